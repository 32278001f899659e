import { PARTITIONS } from './partitions.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface StreamDeclaration {
  readonly name: string;
  readonly subjects: readonly string[];
  /** `log`: kept for its age and read by cursors. `work`: a message leaves when it is acknowledged. */
  readonly retention: 'log' | 'work';
  readonly maxAgeMs: number;
  /** Its part of the room that the operator gives to the bus (STREAM_MAX_MEGABYTES): the server reserves it. */
  readonly share: number;
  /** A repeated Nats-Msg-Id within this window is stored once. */
  readonly duplicateWindowMs: number;
  /** Ordered streams are read per partition: the last token of their subjects. */
  readonly partitions: number;
}

function log(name: string, subject: string, partitions: number, maxAgeMs = 7 * DAY_MS): StreamDeclaration {
  return { name, subjects: [subject], retention: 'log', maxAgeMs, share: 1, duplicateWindowMs: 2 * MINUTE_MS, partitions };
}

/** Every stream on the bus. All of them refuse when full (discard new): a full stream never forgets. */
export const STREAMS = {
  EVENTS: log('EVENTS', 'events.*.*', PARTITIONS),
  CHANGES: { ...log('CHANGES', 'changes.*', 1), share: 0.1 },
  MESSAGES: log('MESSAGES', 'messages.*.*', PARTITIONS),
  INCIDENTS: log('INCIDENTS', 'incidents.*.*', PARTITIONS),
  NOTICES: { ...log('NOTICES', 'notices.*', 1), share: 0.1 },
  ROUTES: { ...log('ROUTES', 'routes.*', 1), retention: 'work', duplicateWindowMs: 10 * MINUTE_MS },
  HELD: { ...log('HELD', 'held.*.*', 1), duplicateWindowMs: 10 * MINUTE_MS },
  OUTCOMES: { ...log('OUTCOMES', 'outcomes.*', 1), share: 0.1 },
  CALLBACKS: { ...log('CALLBACKS', 'callbacks.*', 1), share: 0.1 },
  DEAD_LETTERS: log('DEAD_LETTERS', 'dead-letters.*', 1, 30 * DAY_MS),
  REPLAYS: log('REPLAYS', 'replays.*.*', 1),
  AUDIT: { ...log('AUDIT', 'audit.*', 1, 30 * DAY_MS), share: 0.1 },
  ADVISORIES: { ...log('ADVISORIES', '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>', 1, DAY_MS), share: 0.1 },
} as const satisfies Record<string, StreamDeclaration>;

export type StreamName = keyof typeof STREAMS;

/** The key-value bucket of configuration read models (ReadModel in @signalbox/messaging). */
export const DIRECTORY_BUCKET = 'directory';

/** The subjects of the bus, made in one place. Every id in them is a UUID, so no token needs escaping. */
export const subjects = {
  events: (tenantId: string, partition: number) => `events.${tenantId}.${partition}`,
  changes: (tenantId: string) => `changes.${tenantId}`,
  messages: (tenantId: string, partition: number) => `messages.${tenantId}.${partition}`,
  incidents: (tenantId: string, partition: number) => `incidents.${tenantId}.${partition}`,
  notices: (tenantId: string) => `notices.${tenantId}`,
  routes: (tenantId: string) => `routes.${tenantId}`,
  held: (tenantId: string, routeId: string) => `held.${tenantId}.${routeId}`,
  outcomes: (tenantId: string) => `outcomes.${tenantId}`,
  callbacks: (tenantId: string) => `callbacks.${tenantId}`,
  deadLetters: (tenantId: string) => `dead-letters.${tenantId}`,
  replays: (service: string, tenantId: string) => `replays.${service}.${tenantId}`,
  audit: (tenantId: string) => `audit.${tenantId}`,
  directory: (kind: string, key: string) => `$KV.${DIRECTORY_BUCKET}.${kind}.${key}`,
} as const;

/** The tenant in a subject of ours (its second token; the third for replays, whose second is the service). */
export function tenantOfSubject(subject: string): string {
  const tokens = subject.split('.');
  return (tokens[0] === 'replays' ? tokens[2] : tokens[1]) ?? '';
}
