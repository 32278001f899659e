import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { createHash } from 'node:crypto';
import { badRequest } from './problem.js';

/** What every list takes; extend it with the list's filters. */
export class ListQuery {
  @IsOptional() @IsInt() @Min(1) @Max(200)
  limit: number = 50;

  @IsOptional() @IsString() @MaxLength(512)
  cursor?: string;
}

/** The place after which a list goes on: lists are ordered by a time (to the millisecond) and then by id. */
export interface Cursor {
  readonly at: Date;
  readonly id: string;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

const CHECK_BYTES = 6;

/** Opaque text of a place. Holds no secret: a list is always narrowed to the tenant beside it. */
export function encodeCursor({ at, id }: Cursor): string {
  const body = Buffer.from(JSON.stringify([at.getTime(), id]));
  return Buffer.concat([checkOf(body), body]).toString('base64url');
}

/** The place in a cursor, nothing for none; 400 for a text that was not made by `encodeCursor`. */
export function decodeCursor(text: string): Cursor;
export function decodeCursor(text: string | undefined): Cursor | undefined;
export function decodeCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const body = bytes.subarray(CHECK_BYTES);
  if (body.length === 0 || !checkOf(body).equals(bytes.subarray(0, CHECK_BYTES))) {
    throw badRequest([{ path: 'cursor', message: 'is not a cursor of this list: take nextCursor of the page before, as it is' }]);
  }
  const [at, id] = JSON.parse(body.toString('utf8')) as [number, string];
  return { at: new Date(at), id };
}

/** A page of rows that were read with `limit + 1`: the row too many tells that there is more. */
export function page<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => Cursor): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
}

function checkOf(body: Buffer): Buffer {
  return createHash('sha256').update('signalbox cursor').update(body).digest().subarray(0, CHECK_BYTES);
}
