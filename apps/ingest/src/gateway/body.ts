import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { FORM_TYPE, MULTIPART_TYPE, TEXT_TYPE, type Headers } from '../sources/contract.js';
import { Refusal, refuse } from './answers.js';
import { multipartFields } from './multipart.js';

/** 512 KB, before and after inflating. */
export const BODY_BYTES = 524_288;

const DISCARDED_BYTES = 32 * 1024 ** 2;
const TOO_LARGE = `The body may be ${BODY_BYTES} bytes at most, inflated.`;
const inflaters = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

/** The whole body, inflated. Refuses with 413 what is too large (without reading on) and with 400 or 415 what cannot be inflated. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES) {
    discard(request);
    refuse(413, TOO_LARGE);
  }
  const raw = await collect(request);
  const encoding = request.headers['content-encoding']?.toLowerCase();
  if (encoding === undefined || encoding === 'identity') return raw;
  const inflater = (inflaters as Record<string, (typeof inflaters)['gzip'] | undefined>)[encoding];
  if (inflater === undefined) refuse(415, `Content-Encoding ${encoding} is not taken here: send gzip, deflate, br or none.`);
  try {
    return await inflater!(raw, { maxOutputLength: BODY_BYTES });
  } catch (error) {
    if (error instanceof RangeError) refuse(413, TOO_LARGE);
    return refuse(400, `The body is not valid ${encoding}.`, [{ path: 'body', message: `is not valid ${encoding}` }]);
  }
}

/** Reads on without keeping: a connection that is closed under a sender that still writes would lose it the answer. What never ends is cut off. */
function discard(request: IncomingMessage): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > DISCARDED_BYTES) request.destroy();
  });
}

function collect(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_BYTES) return void chunks.push(chunk);
      request.removeAllListeners('data');
      discard(request);
      reject(new Refusal(413, TOO_LARGE));
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('the sender went away')));
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The refusal of a body that cannot be read at all, whatever it may mean: a 400, or a 415 when its type is not taken and it is no JSON either. */
export class MalformedBody extends Refusal {
  constructor(detail: string, message: string, status: 400 | 415 = 400) {
    super(status, detail, [{ path: 'body', message }]);
  }
}

interface Sent {
  readonly method: string;
  readonly query: URLSearchParams | undefined;
  readonly headers: Headers;
}

/** What a body that is no JSON may be read as. */
const FORM_TYPES = [FORM_TYPE, MULTIPART_TYPE, TEXT_TYPE] as const;

/**
 * What a source or an API reads: what the query of a GET says (or of an empty POST that says more than who sends it), or the body: JSON whatever
 * its Content-Type says, as many tools cannot set one, or set a form's (no form begins with a brace); else the form or text that it says it is, if
 * that is among the types that `takes` names. Throws MalformedBody.
 */
export function bodyOf({ method, query, headers }: Sent, raw: Buffer, takes: readonly string[] = FORM_TYPES): unknown {
  if (method === 'GET' || raw.length === 0) {
    const said = saidIn(query);
    if (method === 'GET' || Object.keys(said).length > 0) return said;
  }
  const contentType = headers['content-type'];
  const mediaType = contentType?.split(';', 1)[0]!.trim().toLowerCase();
  const form = FORM_TYPES.find((one) => one === mediaType && takes.includes(one));
  if (form === TEXT_TYPE) return parseText(raw);
  if (form === undefined) return mediaType === undefined || mediaType === '' || /[/+]json$/.test(mediaType) ? parseJson(raw) : jsonUnder(mediaType, raw);
  const text = raw.toString('utf8');
  if (/^\s*[{[]/.test(text)) return parseJson(raw);
  return form === FORM_TYPE ? Object.fromEntries(new URLSearchParams(text)) : multipartFields(raw, contentType!) ?? malformedParts();
}

/** JSON that its sender calls something else. What is none is of a type that nobody reads here. */
function jsonUnder(mediaType: string, raw: Buffer): unknown {
  try {
    return parseJson(raw);
  } catch (error) {
    if (error instanceof MalformedBody) {
      throw new MalformedBody(
        `A body of type ${mediaType.slice(0, 80)} is not taken here: send JSON.`,
        `is of type ${mediaType.slice(0, 80)}, and no JSON`,
        415,
      );
    }
    throw error;
  }
}

const CREDENTIALS: readonly string[] = ['integrationId', 'key'];

/** The fields of a query without those that say who sends: a key must not get into an event. */
export function saidIn(query: URLSearchParams | undefined): Record<string, string> {
  return Object.fromEntries([...query ?? []].filter(([name]) => !CREDENTIALS.includes(name)));
}

function malformedParts(): never {
  throw new MalformedBody('The body is not multipart/form-data.', 'holds no part between the boundaries that the Content-Type names');
}

/** The body as JSON. Throws MalformedBody naming where it is broken. */
export function parseJson(raw: Buffer): unknown {
  if (raw.length === 0) throw new MalformedBody('The body is empty; send JSON.', 'is empty; send JSON');
  let text: string;
  try {
    text = utf8.decode(raw);
  } catch {
    throw new MalformedBody('The body is not valid UTF-8.', 'is not valid UTF-8');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new MalformedBody('The body is not valid JSON.', `is not valid JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'cannot be parsed'}`);
  }
}

/**
 * The body of a `text/plain` request: JSON where it is JSON (SNS calls all it sends
 * text), else the text itself. Refuses with 400 what is empty or not UTF-8.
 */
function parseText(raw: Buffer): unknown {
  try {
    return parseJson(raw);
  } catch (error) {
    const said = isUtf8(raw) ? raw.toString('utf8') : '';
    if (said.trim() === '') throw error;
    return said;
  }
}
