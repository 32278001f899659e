import { MASK } from '@signalbox/access';
import { httpOutcome, networkOutcome, type Outcome } from '@signalbox/delivery-policy';
import { OutboundError, bodySignature, standardKey, standardSignature, type Outbound } from '@signalbox/outbound';
import { Type, type Static } from '@sinclair/typebox';
import { secretsOf } from '../config.js';
import type { DeliveryRequest, Destination, Exchange, OpenDestination, Shown } from '../contract.js';
import { headerName, secretHeaders, secretText } from '../fields.js';
import { redactor, type Redact } from '../redaction.js';
import { settingsFaults } from './settings-rules.js';

const config = Type.Object({
  url: Type.String({
    title: 'URL', description: 'Where each message is posted to.', minLength: 1, maxLength: 2048, pattern: '^[hH][tT][tT][pP][sS]?://',
    problem: 'must be a web address that begins with https:// or http://',
  }),
  secret: Type.Optional(secretText({
    title: 'Secret', description: 'Signs every request. A Standard Webhooks secret (whsec_…) or any text that the receiver knows too.',
  })),
  previousSecret: Type.Optional(secretText({
    title: 'Previous secret', description: 'While you change the secret: requests carry a Standard Webhooks signature of each.',
  })),
  signatureHeader: Type.Optional(headerName({
    title: 'Signature header', description: 'A further header, X-Signature for instance, that carries sha256=<hex>, the HMAC-SHA256 of the body.',
  })),
  headers: Type.Optional(secretHeaders({ title: 'Headers', description: 'Further headers of every request. Their values are kept as secrets.' })),
  timeoutSeconds: Type.Integer({
    title: 'Timeout', description: 'Seconds for connecting, sending and the whole answer.',
    minimum: 1, maximum: 15, default: 15, problem: 'must be between 1 and 15',
  }),
}, { additionalProperties: false });

type Config = Static<typeof config>;

/** Posts each message as JSON; signed as Standard Webhooks says and, if asked for, by an HMAC of the body. */
export const webhook: Destination<typeof config> = {
  kind: 'webhook',
  displayName: 'Webhook',
  config,
  check: settingsFaults,
  summary: ({ url }) => new URL(url).host,
  targets: ({ url }) => {
    const { hostname, port, protocol } = new URL(url);
    return [{ host: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) }];
  },
  open: (settings, { outbound }) => new OpenWebhook(settings, outbound),
};

/** Of each exchange so much of the bodies is kept. */
const KEPT_BYTES = 4096;
const MAX_RESPONSE_BYTES = 16_384;

class OpenWebhook implements OpenDestination {
  private readonly keys: readonly Buffer[];
  private readonly redact: Redact;

  constructor(private readonly settings: Config, private readonly outbound: Outbound) {
    this.keys = [settings.secret, settings.previousSecret].flatMap((secret) => (secret === undefined ? [] : [standardKey(secret)]));
    this.redact = redactor(secretsOf(webhook, settings));
  }

  deliver(batch: readonly DeliveryRequest[]): Promise<Exchange[]> {
    return Promise.all(batch.map((request) => this.post(request)));
  }

  preview(request: DeliveryRequest): Shown {
    const body = bodyOf(request);
    return this.shownRequest(this.headersOf(request, body), body);
  }

  async close(): Promise<void> {
    // Connections belong to the way out, which is shared.
  }

  private async post(request: DeliveryRequest): Promise<Exchange> {
    const body = bodyOf(request);
    const headers = this.headersOf(request, body);
    const started = performance.now();
    const done = (outcome: Outcome, response?: Shown): Exchange => ({
      outcome, request: this.shownRequest(headers, body), ...(response === undefined ? {} : { response }), durationMs: Math.round(performance.now() - started),
    });
    try {
      const answer = await this.outbound.request({
        method: 'POST', url: this.settings.url, headers, body, timeoutMs: this.settings.timeoutSeconds * 1000, maxResponseBytes: MAX_RESPONSE_BYTES,
      });
      return done(httpOutcome(answer, new Date()), { status: answer.status, headers: this.shownHeaders(answer.headers), body: cut(this.redact(answer.body)) });
    } catch (error) {
      if (error instanceof OutboundError) {
        return done(networkOutcome({ code: error.code, requestWritten: error.requestWritten, message: this.redact(error.message) }));
      }
      throw error;
    }
  }

  private headersOf({ deliveryId, attempt, message, now }: DeliveryRequest, body: string): Record<string, string> {
    const { secret, signatureHeader, headers } = this.settings;
    const timestampSeconds = Math.floor(now.getTime() / 1000);
    return {
      ...headers,
      'content-type': 'application/json',
      'user-agent': 'Signalbox',
      'webhook-id': deliveryId,
      'webhook-timestamp': String(timestampSeconds),
      ...(this.keys.length === 0 ? {} : { 'webhook-signature': standardSignature(this.keys, deliveryId, timestampSeconds, body) }),
      ...(signatureHeader === undefined || secret === undefined ? {} : { [signatureHeader]: bodySignature(secret, body) }),
      'x-signalbox-delivery': deliveryId,
      'x-signalbox-attempt': String(attempt),
      'x-signalbox-trace': message.traceId,
      traceparent: `00-${message.traceId.replaceAll('-', '')}-${deliveryId.replaceAll('-', '').slice(0, 16)}-01`,
    };
  }

  private shownRequest(headers: Record<string, string>, body: string): Shown {
    const own = new Set(Object.keys(this.settings.headers ?? {}));
    const shown = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, own.has(name) ? MASK : value]));
    return { method: 'POST', url: this.settings.url, headers: shown, body: cut(this.redact(body)) };
  }

  private shownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(headers).slice(0, 40).map(([name, value]) => [name, this.redact(value).slice(0, 512)]));
  }
}

function bodyOf({ message: { id, topic, payload, timestamp, headers } }: DeliveryRequest): string {
  return JSON.stringify({ id, topic, payload, timestamp, headers });
}

/** To its first bytes, without half a character at the end. */
function cut(text: string): string {
  if (text.length <= KEPT_BYTES / 3 || Buffer.byteLength(text) <= KEPT_BYTES) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, KEPT_BYTES), { stream: true });
}
