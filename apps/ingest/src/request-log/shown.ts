import { MASK } from '@signalbox/access';
import { headersWithoutSecrets, queryWithoutSecrets, withoutSecrets } from '../refused/secrets.js';
import type { FieldError, Headers } from '../sources/contract.js';

/** A secret that was cut in two would be known by neither half: so much beyond the cut is looked at. */
const BEYOND_CUT_BYTES = 2_048;
const MALFORMED = 'is not valid JSON';

/** The headers of a request as they may be shown: of a credential one sees that it was there. `secrets`: what must not stand in any value. */
export function shownHeaders(headers: Headers, secrets: readonly string[]): Record<string, string> {
  const kept = headersWithoutSecrets(headers, secrets);
  return Object.fromEntries(Object.keys(headers).filter((name) => headers[name] !== undefined).map((name) => [name, kept[name] ?? MASK]));
}

/** A request's path and query as they may be shown: without the parameters that may hold a key. */
export function shownPath(path: string, query: URLSearchParams | undefined, secrets: readonly string[]): string {
  const kept = queryWithoutSecrets(query, secrets);
  return kept.size === 0 ? path : `${path}?${kept.toString()}`;
}

/** The beginning of a body, its secrets overwritten, of at most `limit` bytes and cut between characters: a copy, so that the whole is not kept alive. */
export function bodyBeginning(body: Buffer, secrets: readonly string[], limit: number): Buffer {
  const masked = withoutSecrets(body.subarray(0, limit + BEYOND_CUT_BYTES), secrets);
  let end = Math.min(limit, masked.length);
  for (let steps = 0; steps < 3 && end > 0 && end < masked.length && (masked[end]! & 0xc0) === 0x80; steps += 1) end -= 1;
  return Buffer.from(masked.subarray(0, end));
}

/** What the parser says of malformed JSON quotes it, and so perhaps a part of a secret: only that it is malformed is shown. */
export function shownErrors(errors: readonly FieldError[], secrets: readonly string[]): FieldError[] {
  return errors.map(({ path, message }) => ({
    path,
    message: message.startsWith(MALFORMED) ? MALFORMED : withoutSecrets(Buffer.from(message), secrets).toString('utf8'),
  }));
}
