import { stableId, type Notice } from '@signalbox/contracts';
import type { HandOff } from './on-call.js';

export interface HandOffOf {
  readonly tenantId: string;
  readonly schedule: { readonly id: string; readonly name: string; readonly timeZone: string };
  readonly handOff: HandOff;
  /** The one after it; null when none is known. */
  readonly next: HandOff | null;
  readonly nameOf: (userId: string) => string | null;
}

/** What is told of a hand-off: one notice to who goes and one to who comes. The same hand-off gives the same ids. */
export function handOffNotices(of: HandOffOf): Notice[] {
  const { handOff: { fromUserId, toUserId }, schedule } = of;
  return [
    ...(fromUserId === null ? [] : [
      noticeTo(fromUserId, `You are no longer on call for ${schedule.name}`, `${named(of, toUserId, 'Nobody')} is on call now.`, of),
    ]),
    ...(toUserId === null ? [] : [noticeTo(toUserId, `You are on call for ${schedule.name}`, untilWhen(of), of)]),
  ];
}

function untilWhen(of: HandOffOf): string {
  const { next, schedule: { timeZone } } = of;
  if (next === null) return 'Until further notice.';
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full', timeStyle: 'short' }).format(next.at);
  return `Until ${time} (${timeZone}), then ${named(of, next.toUserId, 'nobody')}.`;
}

function named({ nameOf }: HandOffOf, userId: string | null, nobody: string): string {
  return userId === null ? nobody : nameOf(userId) ?? 'somebody';
}

function noticeTo(userId: string, title: string, body: string, { tenantId, schedule, handOff }: HandOffOf): Notice {
  const at = handOff.at.toISOString();
  const id = stableId('oncall_handoff', schedule.id, at, userId);
  return {
    id, tenantId, traceId: stableId('trace', id), eventType: 'oncall_handoff', occurredAt: at,
    title: title.slice(0, 1_024), body, severity: 'info', fingerprint: `oncall_handoff/${id}`,
    fields: [{ label: 'Schedule', value: schedule.name }], targets: [{ type: 'user', id: userId }],
  };
}
