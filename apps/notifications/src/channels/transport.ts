import { networkOutcome, type Outcome } from '@signalbox/delivery-policy';
import { OutboundError, type Outbound } from '@signalbox/outbound';
import { secretsOf } from './config.js';
import type { Channel, HttpAnswer, HttpRequest, MailAnswer, MailRequest, Rendered } from './contract.js';
import { converse } from './email/session.js';
import { redactor, type Redact } from './redaction.js';
import { cutBytes } from './text.js';

/** One try as it is shown and kept: no secret in it, bodies cut to 4 KB. For e-mail the "status" is the server's reply code. */
export interface Exchange {
  readonly request: { readonly method: string; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };
  readonly response?: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
  readonly durationMs: number;
}

export interface Sent {
  readonly outcome: Outcome;
  readonly exchange: Exchange;
  /** E-mail: who still lacks the message. The next try gives them to `render` as `context.recipients`. */
  readonly remaining?: readonly string[];
}

/** A kind of channel with the settings of one configured channel (validated, secrets open). */
export interface OpenChannel {
  readonly channel: Channel;
  readonly config: object;
}

export interface SendOptions {
  /** For the whole try: connecting, sending and reading the answer. */
  readonly timeoutMs: number;
  /** What else must not be recorded beside the channel's secrets: the notice's acknowledge link, with which anyone could acknowledge. */
  readonly hide?: readonly string[];
}

export type Send = (to: OpenChannel, rendered: Rendered, options: SendOptions) => Promise<Sent>;

export const EXCHANGE_BYTES = 4096;
const MAX_RESPONSE_BYTES = 16_384;

/** The one edge of this folder that talks to the outside: sends what `render` made, asks `interpret` what the answer means, records both without secrets. */
export function createTransport(outbound: Outbound): Send {
  return async ({ channel, config }, rendered, { timeoutMs, hide = [] }) => {
    const started = performance.now();
    const tried = await attempt(outbound, channel, rendered, timeoutMs);
    const durationMs = Math.round(performance.now() - started);
    // Not before: it takes as long as all the rest of the sending.
    const redact = redactor([...secretsOf(channel, config), ...hide]);
    return {
      outcome: redactOutcome(tried.outcome, redact),
      exchange: { request: shownRequest(rendered, redact), ...(tried.response === undefined ? {} : { response: shown(tried.response, redact) }), durationMs },
      ...(tried.remaining === undefined ? {} : { remaining: tried.remaining }),
    };
  };
}

interface Tried {
  readonly outcome: Outcome;
  readonly response?: HttpAnswer;
  readonly remaining?: readonly string[];
}

async function attempt(outbound: Outbound, channel: Channel, rendered: Rendered, timeoutMs: number): Promise<Tried> {
  try {
    if (channel.transport === 'http' && rendered.kind === 'http') {
      const answer = await post(outbound, rendered, timeoutMs);
      return { outcome: channel.interpret(answer, { now: new Date() }), response: answer };
    }
    if (channel.transport === 'smtp' && rendered.kind === 'smtp') {
      const answer = await mail(outbound, rendered, timeoutMs);
      return {
        outcome: channel.interpret(answer, { now: new Date() }),
        response: { status: replyCode(answer), headers: {}, body: answer.failure?.message ?? answer.response },
        remaining: rendered.envelope.to.filter((address) => !answer.accepted.includes(address)),
      };
    }
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return { outcome: networkOutcome(error), ...(rendered.kind === 'smtp' ? { remaining: rendered.envelope.to } : {}) };
  }
  throw new TypeError(`a ${channel.kind} channel cannot send a rendered ${rendered.kind} request`);
}

async function post(outbound: Outbound, { method, url, headers, body }: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
  const answer = await outbound.request({ method, url, headers, body, timeoutMs, maxResponseBytes: MAX_RESPONSE_BYTES });
  return { status: answer.status, headers: answer.headers, body: answer.body };
}

async function mail(outbound: Outbound, request: MailRequest, timeoutMs: number): Promise<MailAnswer> {
  const started = performance.now();
  const socket = await outbound.connectGuarded(request.host, request.port, { timeoutMs });
  return await converse(socket, request, Math.max(1, timeoutMs - (performance.now() - started)));
}

function replyCode({ failure, response }: MailAnswer): number {
  return failure?.replyCode ?? (Number.parseInt(response, 10) || 0);
}

function shownRequest(rendered: Rendered, redact: Redact): Exchange['request'] {
  if (rendered.kind === 'http') return { ...shown(rendered, redact), method: rendered.method, url: redact(rendered.url) };
  const { message, envelope, host, port, security } = rendered;
  const headers = { 'message-id': message.messageId, from: message.from.address, to: envelope.to.join(', '), subject: message.subject };
  return { ...shown({ headers, body: message.text }, redact), method: 'SMTP', url: `${security === 'tls' ? 'smtps' : 'smtp'}://${host}:${port}` };
}

/** Redacted first, then cut: a secret that straddles the cut would otherwise leave its first half. */
function shown<T extends Pick<HttpAnswer, 'headers' | 'body'>>(of: T, redact: Redact): T {
  return {
    ...of,
    headers: Object.fromEntries(Object.entries(of.headers).map(([name, value]) => [name, cutBytes(redact(value), 1024)])),
    body: cutBytes(redact(of.body), EXCHANGE_BYTES),
  };
}

function redactOutcome(outcome: Outcome, redact: Redact): Outcome {
  if (outcome.kind === 'delivered') return outcome.remoteId === undefined ? outcome : { ...outcome, remoteId: redact(outcome.remoteId) };
  if (outcome.kind === 'accepted') return { ...outcome, remoteId: redact(outcome.remoteId) };
  return outcome.detail === undefined ? outcome : { ...outcome, detail: redact(outcome.detail) };
}
