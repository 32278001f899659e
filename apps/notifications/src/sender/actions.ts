import { auditMessage, type Identity } from '@signalbox/access';
import { NOTICES, newId, stableId, subjects, type Notice } from '@signalbox/contracts';
import { enqueue, type Database } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import { defaultSeverityOf, severityNamed } from '../domain/event-types.js';
import { subjectOfNotice } from '../domain/subject.js';
import { acknowledge } from '../store/acknowledge.js';
import { takeIn, type TakenIn } from '../store/intake-store.js';
import type { LiveConfig } from '../store/live-config.js';
import type { Recipients } from '../store/recipients.js';
import { CLAIM_MS } from './claims.js';
import type { RunCounts, Sender } from './sender.js';
import type { Tried } from './settle.js';

export interface NoticeText {
  readonly title: string;
  readonly body?: string | null | undefined;
  readonly severity?: string | null | undefined;
  readonly fields?: readonly { label: string; value: string }[] | null | undefined;
  readonly sourceUrl?: string | null | undefined;
}

export interface RaisedNoticeText extends NoticeText {
  readonly eventType: string;
  readonly fingerprint?: string | null | undefined;
  readonly serviceId?: string | null | undefined;
  readonly tags?: string[] | null | undefined;
  readonly branch?: string | null | undefined;
}

export interface SendResult {
  readonly providerId: string;
  readonly kind: string;
  readonly success: boolean;
  readonly notificationId: string;
  readonly providerMessageId?: string;
  readonly error?: string;
}

/** What people and programs do with notifications, beside what happens by itself. */
export class NotificationActions {
  constructor(
    private readonly db: Database,
    private readonly relay: OutboxRelay,
    private readonly live: LiveConfig,
    private readonly recipients: Recipients,
    private readonly sender: Sender,
  ) {}

  runDue({ tenantId }: Identity): Promise<RunCounts> {
    return this.sender.runDue(tenantId);
  }

  /** False when the tenant has no such notification. */
  async acknowledge(identity: Identity, notificationId: string, note: string | null): Promise<boolean> {
    const { tenantId, subject } = identity;
    const rows = await this.db.transaction(async (tx) => {
      const told = await acknowledge(tx, {
        tenantId, notificationId, note, userId: subject.type === 'user' ? subject.id : null, tellIncident: true, now: new Date(),
        actor: { type: subject.type === 'service' ? 'system' : subject.type, id: subject.id, name: subject.name, via: 'notification' },
      });
      if (told === null) return null;
      const audit = auditMessage(identity, { action: 'acknowledge', resource: 'notifications', resourceId: notificationId, after: { ackNote: note } });
      return [...told, ...await enqueue(tx, [audit])];
    });
    if (rows === null) return false;
    this.relay.offer(rows);
    return true;
  }

  /** The places of ids that are no channels of this tenant. */
  async unknownChannels({ tenantId }: Identity, ids: readonly string[]): Promise<number[]> {
    const found = await Promise.all(ids.map((id) => this.live.find(tenantId, id)));
    return found.flatMap((channel, index) => (channel === undefined ? [index] : []));
  }

  /** One notification per channel, stored first, then tried once while the caller waits; what fails for now stays in the retry schedule. */
  async send({ tenantId }: Identity, channelIds: readonly string[], text: NoticeText): Promise<SendResult[]> {
    const subject = subjectOfNotice(noticeOf(tenantId, { ...text, eventType: 'ad_hoc', fingerprint: newId() }));
    const now = new Date();
    // Should this process die before it has sent them, the sender finds them when a claim would have run out.
    const direct = { targets: channelIds.map((id) => ({ type: 'channel' as const, id })), dueAt: new Date(now.getTime() + CLAIM_MS) };
    const { taken } = await this.db.transaction((tx) => takeIn(tx, [subject], { live: this.live, recipients: this.recipients, now, shard: 0, direct }));
    const { tried, waiting } = await this.sender.sendThese(taken.flatMap(({ id, suppressed }) => (suppressed === undefined ? [id] : [])));
    return Promise.all(taken.map(async (one): Promise<SendResult> => {
      const channelId = one.channelId!; // every target was one
      const kind = (await this.live.find(tenantId, channelId))?.channel.kind ?? 'deleted';
      const ownTry = tried.find(({ claimed }) => claimed.id === one.id);
      return { providerId: channelId, kind, notificationId: one.id, ...resultOf(one, ownTry, waiting.get(channelId)) };
    }));
  }

  /** Puts a notice on the bus, by way of the outbox. */
  async raise({ tenantId }: Identity, text: RaisedNoticeText): Promise<{ id: string; traceId: string; fingerprint: string }> {
    const notice = noticeOf(tenantId, text);
    const rows = await enqueue(this.db, [{ subject: subjects.notices(tenantId), messageId: notice.id, body: NOTICES.encode(notice) }]);
    this.relay.offer(rows);
    return { id: notice.id, traceId: notice.traceId, fingerprint: notice.fingerprint };
  }
}

function noticeOf(tenantId: string, text: RaisedNoticeText): Notice {
  const { eventType, title, severity, fingerprint, ...optional } = text;
  return {
    id: newId(), tenantId, traceId: newId(), eventType, title, occurredAt: new Date().toISOString(),
    severity: severityNamed(severity ?? '') ?? defaultSeverityOf(eventType),
    fingerprint: fingerprint ?? `${eventType}/${stableId(title)}`,
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined && value !== null)) as Partial<Notice>),
  };
}

type Result = Pick<SendResult, 'success' | 'error' | 'providerMessageId'>;

function resultOf({ suppressed }: TakenIn, tried: Tried | undefined, closedUntil: Date | undefined): Result {
  if (suppressed !== undefined) return { success: false, error: 'the channel is disabled' };
  if (tried === undefined || tried.outcome === null) {
    const until = closedUntil ?? (tried?.step.do === 'wait' ? tried.step.at : undefined);
    if (until === undefined) return { success: false, error: 'it is sent in a moment' };
    return { success: false, error: `the far side asked to be left alone; it is sent after ${until.toISOString()}` };
  }
  const { outcome, step } = tried;
  if (outcome.kind === 'delivered' || outcome.kind === 'accepted') {
    return { success: true, ...(outcome.remoteId === undefined ? {} : { providerMessageId: outcome.remoteId }) };
  }
  const again = step.do === 'retry' ? `; it is tried again at ${step.at.toISOString()}` : '';
  return { success: false, error: `${outcome.reason}${outcome.detail === undefined ? '' : `: ${outcome.detail}`}${again}` };
}
