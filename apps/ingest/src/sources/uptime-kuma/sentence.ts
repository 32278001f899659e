import { meaningOf, type Meaning } from './words.js';

/** What Uptime Kuma's own sentences (`msg`) say. */
export type Sentence =
  | { readonly kind: 'status'; readonly name: string; readonly meaning: Meaning; readonly detail: string }
  | { readonly kind: 'certificate' | 'domain'; readonly name: string; readonly days: string; readonly url?: string };

/** No sentence is longer; and no pattern here takes more steps than a small multiple of this. */
const TEXT_LIMIT = 4096;

/** server/model/monitor.js: `[Shop] [🔴 Down] timeout`. */
const STATUS = /^\[(.{1,255}?)\] \[([^\]]{1,32})\] ?([\s\S]*)$/;
/** server/model/monitor.js: `[Shop][https://…] server certificate shop.example will expire in 7 days`; older versions wrote "will be expired". */
const CERTIFICATE = /^\[(.{1,255}?)\]\s?\[([^\]\s]*)\] (?:(?:\w+ ){1,4})?certificate (?:(\S+) )?will (?:expire|be expired) in (-?\d+) days?\.?$/i;
/** server/model/domain_expiry.js: `Domain name shop.example will expire in 14 days`. */
const DOMAIN = /^Domain name (\S+) will expire in (-?\d+) days?\.?$/i;

/** The sentence that a text is, from its first character to its last; undefined when it is none of them. */
export function sentenceIn(text: string | undefined): Sentence | undefined {
  if (text === undefined || text.length > TEXT_LIMIT) return undefined;
  const status = STATUS.exec(text);
  const meaning = meaningOf(status?.[2]);
  if (status !== null && meaning !== undefined) return { kind: 'status', name: status[1]!, meaning, detail: status[3]!.trim() };
  const certificate = CERTIFICATE.exec(text);
  if (certificate !== null) return { kind: 'certificate', name: certificate[3] ?? certificate[1]!, url: certificate[2], days: certificate[4]! };
  const domain = DOMAIN.exec(text);
  return domain === null ? undefined : { kind: 'domain', name: domain[1]!, days: domain[2]! };
}
