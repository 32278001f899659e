import type { Severity, Urgency } from '@signalbox/contracts';

/** What there is to tell one channel: an incident's change, or something that is no incident. Made by the pipeline, read by `render`. */
export interface Notice {
  /** Stays the same on every retry and every replay: receivers drop a repeat by it. */
  readonly notificationId: string;
  readonly tenantId: string;
  /** `incident.triggered`, `ssl_expiry` … */
  readonly eventType: string;
  /** RFC 3339 UTC. */
  readonly occurredAt: string;
  readonly title: string;
  readonly body?: string;
  readonly severity: Severity;
  readonly urgency?: Urgency;
  readonly fields?: readonly NoticeField[];
  readonly sourceUrl?: string;
  readonly incident?: NoticeIncident;
  /** The signed one-click link that acknowledges. */
  readonly ackUrl?: string;
  readonly traceId: string;
}

export interface NoticeField {
  readonly label: string;
  readonly value: string;
}

export interface NoticeIncident {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly status: string;
  readonly urgency: Urgency;
  readonly severity: Severity;
  readonly service: { readonly id: string; readonly name: string };
  readonly assignee: { readonly id: string; readonly name: string } | null;
  /** Where the console shows it. */
  readonly url: string;
  /** RFC 3339 UTC. */
  readonly openedAt: string;
  readonly acknowledgedAt?: string | null;
  readonly resolvedAt?: string | null;
}

/** The notice behind a channel's "send a test message" button. */
export function testNotice(of: { notificationId: string; tenantId: string; traceId: string; channelName: string; now: Date }): Notice {
  return {
    notificationId: of.notificationId,
    tenantId: of.tenantId,
    traceId: of.traceId,
    eventType: 'channel.test',
    occurredAt: of.now.toISOString(),
    title: 'Test message from Signalbox',
    body: `The channel "${of.channelName}" works. Nothing happened, and there is nothing to do.`,
    severity: 'info',
  };
}
