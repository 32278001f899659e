import { isUsableSecret } from './signature.js';
import type { FieldFault } from '../contract.js';

interface Signed {
  readonly url: string;
  readonly secret?: string;
  readonly previousSecret?: string;
  readonly signatureHeader?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers that are ours to set, or that would let a request be smuggled or sent elsewhere. */
const RESERVED = new Set([
  'host', 'content-length', 'content-type', 'content-encoding', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'te', 'trailer', 'expect',
  'proxy-authorization', 'proxy-connection', 'user-agent', 'traceparent', 'webhook-id', 'webhook-timestamp', 'webhook-signature',
  'x-signalbox-delivery', 'x-signalbox-attempt', 'x-signalbox-trace',
]);

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What a schema cannot tell of a webhook's settings. */
export function headerFaults(settings: Signed): FieldFault[] {
  const faults: FieldFault[] = [];
  const signatureHeader = settings.signatureHeader?.toLowerCase();
  if (!URL.canParse(settings.url)) faults.push({ path: 'url', message: 'must be a web address such as https://example.com/hook' });
  if (signatureHeader !== undefined && RESERVED.has(signatureHeader)) faults.push({ path: 'signatureHeader', message: 'is set by Signalbox itself: choose another name' });
  for (const field of ['secret', 'previousSecret'] as const) {
    const secret = settings[field];
    if (secret !== undefined && !isUsableSecret(secret)) faults.push({ path: field, message: 'must have base64 after whsec_' });
  }
  for (const field of ['previousSecret', 'signatureHeader'] as const) {
    if (settings[field] !== undefined && settings.secret === undefined) faults.push({ path: field, message: 'needs a secret beside it' });
  }
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(settings.headers ?? {})) {
    const path = `headers.${name}`;
    const lower = name.toLowerCase();
    if (!TOKEN.test(name)) faults.push({ path, message: 'is no header name' });
    else if (RESERVED.has(lower) || lower === signatureHeader) faults.push({ path, message: 'is set by Signalbox itself' });
    else if (seen.has(lower)) faults.push({ path, message: 'is there twice' });
    else if (!HEADER_VALUE.test(value)) faults.push({ path, message: 'must be one line of plain characters' });
    seen.add(lower);
  }
  return faults;
}
