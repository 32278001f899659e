import { dotted, headerFaults, reservedHeaders } from '@signalbox/adapter-config';
import { isUsableSecret } from '@signalbox/outbound';
import type { FieldFault } from '../contract.js';

interface Signed {
  readonly url: string;
  readonly secret?: string;
  readonly previousSecret?: string;
  readonly signatureHeader?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const RESERVED = reservedHeaders('x-signalbox-delivery');

/** What a schema cannot tell of a webhook's settings. */
export function settingsFaults(settings: Signed): FieldFault[] {
  const faults: FieldFault[] = [];
  const signatureHeader = settings.signatureHeader?.toLowerCase();
  if (!URL.canParse(settings.url)) faults.push({ path: 'url', message: 'must be a web address such as https://example.com/hook' });
  if (signatureHeader !== undefined && RESERVED.has(signatureHeader)) {
    faults.push({ path: 'signatureHeader', message: 'is set by Signalbox itself: choose another name' });
  }
  for (const field of ['secret', 'previousSecret'] as const) {
    const secret = settings[field];
    if (secret !== undefined && !isUsableSecret(secret)) faults.push({ path: field, message: 'must have base64 after whsec_' });
  }
  for (const field of ['previousSecret', 'signatureHeader'] as const) {
    if (settings[field] !== undefined && settings.secret === undefined) faults.push({ path: field, message: 'needs a secret beside it' });
  }
  const reserved = signatureHeader === undefined ? RESERVED : new Set([...RESERVED, signatureHeader]);
  return [...faults, ...headerFaults(settings.headers, reserved, dotted)];
}
