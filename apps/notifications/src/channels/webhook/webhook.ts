import { Type, type Static } from '@sinclair/typebox';
import { headerFaults, jsonPointer, reservedHeaders } from '@signalbox/adapter-config';
import { httpOutcome } from '@signalbox/delivery-policy';
import { bodySignature, isUsableSecret, standardKey, standardSignature } from '@signalbox/outbound';
import type { FieldError } from '../config.js';
import type { HttpChannel, Limits, RenderContext } from '../contract.js';
import { headerName, secretHeaders, secretText, webAddress } from '../fields.js';
import type { Notice } from '../notice.js';
import { clean, cut, link } from '../text.js';
import { webTarget } from '../web-target.js';

const config = Type.Object({
  url: webAddress({ title: 'URL', description: 'Where each notification is posted to.' }),
  secret: Type.Optional(secretText({
    title: 'Secret', description: 'Signs every request. A Standard Webhooks secret (whsec_…) or any text that the receiver knows too.',
  })),
  previousSecret: Type.Optional(secretText({
    title: 'Previous secret', description: 'While you change the secret: requests carry a Standard Webhooks signature of each.',
  })),
  signatureHeader: headerName({
    title: 'Signature header', description: 'The header that carries sha256=<hex>, the HMAC-SHA256 of the body.',
    default: 'X-Signature',
  }),
  headers: Type.Optional(secretHeaders({ title: 'Headers', description: 'Further headers of every request. Their values are kept as secrets.' })),
}, { additionalProperties: false });

type Config = Static<typeof config>;

/** Nobody limits a generic receiver; these keep a request well below what servers take by default (256 KB is common). */
const limits: Limits = { title: 1024, body: 16_000, fields: 50, fieldLabel: 200, fieldValue: 1000, requestBytes: 262_144 };

/** Posts to any HTTP endpoint; signed as Standard Webhooks says and by an HMAC of the body. */
export const webhook: HttpChannel<typeof config> = {
  kind: 'webhook',
  displayName: 'Outbound Webhook',
  transport: 'http',
  config,
  limits,
  idempotent: true,
  check: settingsFaults,
  configSummary: ({ url }) => new URL(url).host,
  targets: ({ url }) => [webTarget(url)],
  render(notice, settings, context) {
    const body = JSON.stringify(payload(notice));
    return { kind: 'http', method: 'POST', url: settings.url, headers: headers(notice, settings, context, body), body };
  },
  interpret: (answer, { now }) => httpOutcome(answer, now),
};

/** The body of `origins/integrations-guide.md`; a notice that is no incident comes as `notification`. */
function payload(notice: Notice): object {
  const head = { event: notice.eventType, timestamp: notice.occurredAt };
  const { incident } = notice;
  if (incident !== undefined) {
    const { id, status, urgency, service, assignee, url } = incident;
    return {
      ...head,
      incident: {
        id, title: text(incident.title, limits.title), status, urgency,
        service: named(service), assignee: assignee && named(assignee), url,
      },
    };
  }
  return {
    ...head,
    notification: {
      title: text(notice.title, limits.title),
      body: text(notice.body ?? '', limits.body),
      severity: notice.severity,
      fields: (notice.fields ?? []).slice(0, limits.fields)
        .map(({ label, value }) => ({ label: text(label, limits.fieldLabel), value: text(value, limits.fieldValue) })),
      sourceUrl: link(notice.sourceUrl) ?? null,
    },
  };
}

function named({ id, name }: { readonly id: string; readonly name: string }): object {
  return { id, name: text(name, limits.fieldLabel) };
}

function text(value: string, limit: number): string {
  return cut(clean(value), limit);
}

function headers(notice: Notice, settings: Config, { now, attempt, traceparent }: RenderContext, body: string): Record<string, string> {
  const timestampSeconds = Math.floor(now.getTime() / 1000);
  const keys = [settings.secret, settings.previousSecret].flatMap((secret) => (secret === undefined ? [] : [standardKey(secret)]));
  return {
    ...settings.headers,
    'content-type': 'application/json',
    'user-agent': 'Signalbox',
    'webhook-id': notice.notificationId,
    'webhook-timestamp': String(timestampSeconds),
    ...(keys.length === 0 ? {} : { 'webhook-signature': standardSignature(keys, notice.notificationId, timestampSeconds, body) }),
    ...(settings.secret === undefined ? {} : { [settings.signatureHeader]: bodySignature(settings.secret, body) }),
    'x-signalbox-attempt': String(attempt),
    'x-signalbox-trace': notice.traceId,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

const RESERVED = reservedHeaders();

/** What a schema cannot tell of the settings. */
function settingsFaults(settings: Config): FieldError[] {
  const faults: FieldError[] = [];
  const signatureHeader = settings.signatureHeader.toLowerCase();
  if (RESERVED.has(signatureHeader)) faults.push({ path: '/signatureHeader', message: 'is set by Signalbox itself: choose another name' });
  for (const field of ['secret', 'previousSecret'] as const) {
    const secret = settings[field];
    if (secret !== undefined && !isUsableSecret(secret)) faults.push({ path: `/${field}`, message: 'must have base64 after whsec_' });
  }
  if (settings.previousSecret !== undefined && settings.secret === undefined) faults.push({ path: '/previousSecret', message: 'needs a secret beside it' });
  return [...faults, ...headerFaults(settings.headers, new Set([...RESERVED, signatureHeader]), jsonPointer)];
}
