import { NOTIFICATION_SCHEDULE, nextStep, onceOnly, pauseFarSide, type Outcome, type Schedule } from '@signalbox/delivery-policy';
import type { Logger } from '@signalbox/runtime';
import type { RenderContext, Rendered } from '../channels/contract.js';
import type { Notice } from '../channels/notice.js';
import type { Send, Sent } from '../channels/transport.js';
import type { LiveChannel, LiveConfig } from '../store/live-config.js';
import type { AckUrl } from './ack-links.js';
import { MAY_BEGIN_MS, TRY_MS, type Claimed } from './claims.js';
import type { Lanes } from './lanes.js';
import type { Tried } from './settle.js';

/** Makes the best of one claim: sends, or finds that there is nothing to send. Never throws. */
export type Attempt = (claimed: Claimed, lanes: Lanes) => Promise<Tried>;

export interface AttemptOptions {
  readonly live: LiveConfig;
  readonly send: Send;
  readonly ackUrl: AckUrl;
  readonly log: Logger;
}

/** Everything between the claim and the outcome: is it still wanted, may the channel be used, render, send, what is next. */
export function createAttempt(options: AttemptOptions): Attempt {
  return async (claimed, lanes) => {
    const startedAt = new Date();
    const base = {
      claimed, startedAt, spent: false, outcome: null, pauseUntil: null,
      channel: { id: claimed.channel_id, kind: 'deleted', name: 'deleted channel', version: 0 },
    };
    if (claimed.silenced) return { ...base, step: { do: 'suppress' } };
    if (!isUnknown(claimed) && performance.now() - claimed.askedAtMs > MAY_BEGIN_MS) return { ...base, step: { do: 'wait', at: startedAt } };
    let live: LiveChannel | undefined;
    try {
      live = await options.live.find(claimed.tenant_id, claimed.channel_id);
    } catch (error) {
      options.log.warn({ err: error, channelId: claimed.channel_id }, 'a channel cannot be looked up now');
      if (!isUnknown(claimed)) return { ...base, step: { do: 'wait', at: startedAt } };
    }
    const channel = live === undefined ? base.channel : { id: live.id, kind: live.channel.kind, name: live.name, version: live.version };
    const schedule = scheduleOf(live);
    const refusal = refusalOf(live, claimed, schedule);
    if (live === undefined || refusal !== undefined) {
      const outcome = refusal ?? DELETED;
      return { ...base, channel, outcome, step: nextStep(outcome, claimed.attempts, schedule, startedAt, 0) };
    }
    const closedUntil = lanes.closed(live.id, startedAt);
    if (closedUntil !== null) return { ...base, channel, step: { do: 'wait', at: closedUntil } };
    const { outcome, ...sent } = await sendTo(live, claimed, startedAt, options);
    const now = new Date();
    const decisive = claimed.replay_job_id === null ? outcome : onceOnly(outcome);
    const step = nextStep(decisive, claimed.attempts, schedule, now, Math.random());
    return { ...base, ...sent, channel, spent: true, outcome, step, pauseUntil: pauseFarSide(outcome, now) };
  };
}

const DELETED: Outcome = { kind: 'reject', reason: 'target_deleted', detail: 'the channel was deleted' };

/**
 * Within a replay job nothing is sent twice: a try that another sender began, and never
 * told the end of, was the last. Not to be put off: a row that waits has forgotten it.
 */
function isUnknown({ replay_job_id: job, interrupted_at: begun }: Claimed): boolean {
  return job !== null && begun !== null;
}

/** Why nothing is sent at all. The letter says what to mend; a replay sends it then. */
function refusalOf(live: LiveChannel | undefined, claimed: Claimed, schedule: Schedule): Outcome | undefined {
  if (isUnknown(claimed)) {
    const detail = 'the sender died during a try of this replay: it may have been delivered; replay it again if it was not';
    return { kind: 'reject', reason: 'ambiguous', detail };
  }
  if (live === undefined) return DELETED;
  if (!live.enabled) return { kind: 'reject', reason: 'config', detail: 'the channel is disabled' };
  if (live.broken !== null) {
    const detail = `the channel is switched off until it is changed or enabled again (${live.broken})`;
    return { kind: 'reject', reason: 'config', detail };
  }
  if (claimed.attempts > schedule.delaysMs.length + 1) return { kind: 'reject', reason: 'worker_died', detail: 'the sender died during the last attempt' };
  return undefined;
}

async function sendTo(
  live: LiveChannel,
  claimed: Claimed,
  now: Date,
  { send, ackUrl: linkOf, log }: AttemptOptions,
): Promise<Partial<Sent> & { outcome: Outcome }> {
  const ackUrl = linkOf(claimed, now);
  const notice: Notice = { ...claimed.notice, ...(ackUrl === undefined ? {} : { ackUrl }) };
  const context: RenderContext = {
    now, attempt: claimed.attempts, traceparent: `00-${claimed.trace_id.replaceAll('-', '')}-${claimed.id.replaceAll('-', '').slice(-16)}-01`,
    ...(claimed.recipient === null ? {} : { addressees: claimed.recipient.addresses }),
    ...(claimed.remaining === null ? {} : { recipients: claimed.remaining }),
  };
  let rendered: Rendered;
  try {
    rendered = live.channel.render(notice, live.config as never, context);
  } catch (error) {
    log.error({ err: error, notificationId: claimed.id }, 'a notification cannot be rendered');
    return { outcome: { kind: 'reject', reason: 'template', detail: error instanceof Error ? error.message : String(error) } };
  }
  try {
    return await send(live, rendered, { timeoutMs: TRY_MS, ...(ackUrl === undefined ? {} : { hide: [ackUrl] }) });
  } catch (error) {
    log.error({ err: error, notificationId: claimed.id }, 'an adapter failed; the notification is tried again');
    return { outcome: { kind: 'retry', reason: 'bad_response', detail: 'the adapter failed', ambiguous: true } };
  }
}

/** The channel's own schedule, or the usual one. */
function scheduleOf(channel: LiveChannel | undefined): Schedule {
  const delays = channel?.retryDelaysSeconds;
  return delays === undefined || delays === null ? NOTIFICATION_SCHEDULE : { delaysMs: delays.map((seconds) => seconds * 1_000) };
}
