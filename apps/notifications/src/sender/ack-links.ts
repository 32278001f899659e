import { signToken } from '@signalbox/access';
import type { AckLink } from '@signalbox/contracts';
import { ENDS } from '../domain/repeat.js';
import type { Claimed } from './claims.js';

/**
 * Makes the signed link with which one click acknowledges; none for the news that
 * it was, or that it is over. Whoever holds it can use it, so it is kept nowhere.
 */
export type AckUrl = (claimed: Claimed, now: Date) => string | undefined;

const DAY_MS = 24 * 3_600_000;

export function ackLinks({ key, ingestUrl, days }: { readonly key: Buffer; readonly ingestUrl: string; readonly days: number }): AckUrl {
  return ({ id, tenant_id: tenantId, event_type: eventType, incident, notice }, now) => {
    if (ENDS.includes(eventType)) return undefined;
    const link: AckLink = {
      tenantId, notificationId: id, title: notice.title.slice(0, 120),
      incident: incident === null ? null : {
        id: incident.id, scopeId: incident.scopeId, serviceId: incident.serviceId,
        integrationId: incident.integrationId, dedupKey: incident.dedupKey,
      },
    };
    return `${ingestUrl.replace(/\/+$/, '')}/a/${signToken(link, key, new Date(now.getTime() + days * DAY_MS))}`;
  };
}
