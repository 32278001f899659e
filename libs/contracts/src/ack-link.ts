/** What the signed token of a one-click acknowledge link (`/a/{token}`) holds: notifications makes it, ingest carries it out. */
export interface AckLink {
  readonly tenantId: string;
  readonly notificationId: string;
  /** What the page shows. */
  readonly title: string;
  /** The incident behind the notification, as an acknowledge event names it; null for a notice. */
  readonly incident: {
    readonly id: string;
    readonly scopeId: string;
    readonly serviceId: string;
    readonly integrationId: string | null;
    readonly dedupKey: string;
  } | null;
}

/** The purpose from which both sides derive the key of these tokens (`deriveKey` of @signalbox/access). */
export const ACK_LINK_PURPOSE = 'ack-link';
