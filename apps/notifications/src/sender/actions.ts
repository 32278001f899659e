import type { Identity } from '@signalbox/access';
import { NOTICES, newId, stableId, subjects, type Notice } from '@signalbox/contracts';
import { enqueue, type Database } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import { defaultSeverityOf, severityNamed } from '../domain/event-types.js';
import { subjectOfNotice, type Subject } from '../domain/subject.js';
import { acknowledge } from '../store/acknowledge.js';
import { takeIn } from '../store/intake-store.js';
import type { LiveConfig } from '../store/live-config.js';
import type { Sender } from './sender.js';
import type { Tried } from './settle.js';

export interface NoticeText {
  readonly title: string;
  readonly body?: string | undefined;
  readonly severity?: string | undefined;
  readonly fields?: readonly { label: string; value: string }[] | undefined;
  readonly sourceUrl?: string | undefined;
}

export interface RaisedNoticeText extends NoticeText {
  readonly eventType: string;
  readonly fingerprint?: string | undefined;
  readonly serviceId?: string | undefined;
  readonly tags?: string[] | undefined;
  readonly branch?: string | undefined;
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
    private readonly db: Database, private readonly relay: OutboxRelay, private readonly live: LiveConfig, private readonly sender: Sender,
    private readonly ackUrl: (notificationId: string, subject: Subject) => string,
  ) {}

  runDue(): Promise<number> {
    return this.sender.runDue();
  }

  /** False when the tenant has no such notification. */
  async acknowledge({ tenantId, subject }: Identity, notificationId: string, note: string | null): Promise<boolean> {
    const rows = await this.db.transaction((tx) => acknowledge(tx, {
      tenantId, notificationId, note, userId: subject.type === 'user' ? subject.id : null, tellIncident: true, now: new Date(),
      actor: { type: subject.type === 'service' ? 'system' : subject.type, id: subject.id, name: subject.name, via: 'notification' },
    }));
    if (rows === null) return false;
    this.relay.offer(rows);
    return true;
  }

  /** The places of ids that are no channels of this tenant. */
  unknownChannels({ tenantId }: Identity, ids: readonly string[]): number[] {
    return ids.flatMap((id, index) => (this.live.channel(id)?.tenantId === tenantId ? [] : [index]));
  }

  /** One notification per channel, stored first, then tried once while the caller waits; what fails for now stays in the retry schedule. */
  async send(identity: Identity, channelIds: readonly string[], text: NoticeText): Promise<SendResult[]> {
    const subject = subjectOfNotice(noticeOf(identity, { ...text, eventType: 'ad_hoc', fingerprint: newId() }));
    const ids = await this.db.transaction((tx) => takeIn(tx, [subject], { live: this.live, ackUrl: this.ackUrl, now: new Date(), shard: 0 }, channelIds));
    const tried = await this.sender.sendThese(ids);
    const disabled = channelIds.filter((id) => !tried.some(({ channel }) => channel.id === id));
    return [
      ...tried.map(resultOf),
      ...disabled.map((id) => ({ providerId: id, kind: this.live.channel(id)?.channel.kind ?? 'deleted', success: false, notificationId: '', error: 'the channel is disabled' })),
    ];
  }

  /** Puts a notice on the bus, by way of the outbox. */
  async raise(identity: Identity, text: RaisedNoticeText): Promise<{ id: string; traceId: string; fingerprint: string }> {
    const notice = noticeOf(identity, text);
    const rows = await enqueue(this.db, [{ subject: subjects.notices(identity.tenantId), messageId: notice.id, body: NOTICES.encode(notice) }]);
    this.relay.offer(rows);
    return { id: notice.id, traceId: notice.traceId, fingerprint: notice.fingerprint };
  }
}

function noticeOf({ tenantId }: Identity, text: RaisedNoticeText): Notice {
  const { eventType, title, body, fields, sourceUrl, serviceId, tags, branch } = text;
  return {
    id: newId(), tenantId, traceId: newId(), eventType, title, occurredAt: new Date().toISOString(),
    severity: severityNamed(text.severity ?? '') ?? defaultSeverityOf(eventType),
    fingerprint: text.fingerprint ?? `${eventType}/${stableId(title).slice(0, 18)}`,
    ...(body === undefined ? {} : { body }), ...(fields === undefined ? {} : { fields: [...fields] }), ...(sourceUrl === undefined ? {} : { sourceUrl }),
    ...(serviceId === undefined ? {} : { serviceId }), ...(tags === undefined ? {} : { tags }), ...(branch === undefined ? {} : { branch }),
  };
}

function resultOf({ claimed, channel, outcome, step }: Tried): SendResult {
  const base = { providerId: channel.id, kind: channel.kind, notificationId: claimed.id };
  if (outcome.kind === 'delivered' || outcome.kind === 'accepted') {
    return { ...base, success: true, ...(outcome.remoteId === undefined ? {} : { providerMessageId: outcome.remoteId }) };
  }
  const again = step.do === 'retry' ? `; it is tried again at ${step.at.toISOString()}` : '';
  return { ...base, success: false, error: `${outcome.reason}${outcome.detail === undefined ? '' : `: ${outcome.detail}`}${again}` };
}
