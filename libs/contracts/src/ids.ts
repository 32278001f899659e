import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** A fresh UUIDv7: unique, and sorted by the time of its making. */
export function newId(): string {
  return v7();
}

/**
 * The same parts always give the same id (a UUID of version 8 made from SHA-256), so that a repeat of a request,
 * an event or a delivery is recognised wherever it turns up, without having been stored first.
 */
export function stableId(...parts: readonly string[]): string {
  return uuid(digest(parts), 8);
}

/** As `stableId`, but a UUIDv7 of that time, so that it is sorted like every other id of a resource. */
export function stableIdAt(at: Date, ...parts: readonly string[]): string {
  const bytes = digest(parts);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  return uuid(bytes, 7);
}

function digest(parts: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
}

function uuid(bytes: Buffer, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID of any version (the only form in which ids reach a subject or a query). */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}
