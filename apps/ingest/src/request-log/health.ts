import { quantileMs } from './durations.js';

/** What was counted of some requests. */
export interface Sums {
  readonly received: number;
  readonly succeeded: number;
  readonly events: number;
  /** Of all of them together. */
  readonly durationMs: number;
  readonly durations: readonly number[];
}

/** One integration with its counts of the last hour and of the last day. */
export interface IntegrationSums {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly lastReceivedAt: Date | null;
  readonly lastErrorAt: Date | null;
  readonly lastErrorStatus: number | null;
  readonly lastErrorReason: string | null;
  readonly hour: Sums;
  readonly day: Sums;
}

export interface Figures {
  totalReceived: number;
  totalSuccess: number;
  totalErrors: number;
  totalEvents: number;
  successRate: number | null;
  averageLatencyMs: number | null;
  p95LatencyMs: number | null;
}

const NOTHING: Sums = { received: 0, succeeded: 0, events: 0, durationMs: 0, durations: [] };
/** In percent of the last hour's requests: below it somebody should look. */
const HEALTHY_RATE = 95;

/** Health in the words of ING-11: the last day's figures, the last hour's beside them, over all, by type and by integration. */
export function healthOf(integrations: readonly IntegrationSums[]) {
  const ofWindow = (of: readonly IntegrationSums[]) => ({ ...figures(sum(of.map(({ day }) => day))), lastHour: figures(sum(of.map(({ hour }) => hour))) });
  const global = ofWindow(integrations);
  const types = [...new Set(integrations.map(({ type }) => type))].sort();
  return {
    status: global.lastHour.successRate === null || global.lastHour.successRate >= HEALTHY_RATE ? 'healthy' as const : 'degraded' as const,
    global,
    byType: Object.fromEntries(types.map((type) => [type, ofWindow(integrations.filter((one) => one.type === type))])),
    byIntegration: integrations.map((one) => ({
      id: one.id, tenantId: one.tenantId, name: one.name, type: one.type, enabled: one.enabled,
      lastReceivedAt: one.lastReceivedAt?.toISOString() ?? null, lastError: lastErrorOf(one), ...ofWindow([one]),
    })),
  };
}

function lastErrorOf({ lastErrorAt, lastErrorStatus, lastErrorReason }: IntegrationSums) {
  return lastErrorAt === null ? null : { at: lastErrorAt.toISOString(), status: lastErrorStatus ?? 0, reason: lastErrorReason ?? '' };
}

function sum(all: readonly Sums[]): Sums {
  return all.reduce((total, one) => ({
    received: total.received + one.received, succeeded: total.succeeded + one.succeeded,
    events: total.events + one.events, durationMs: total.durationMs + one.durationMs,
    durations: one.durations.map((count, index) => count + (total.durations[index] ?? 0)),
  }), NOTHING);
}

function figures({ received, succeeded, events, durationMs, durations }: Sums): Figures {
  return {
    totalReceived: received, totalSuccess: succeeded, totalErrors: received - succeeded, totalEvents: events,
    successRate: received === 0 ? null : twoDigits((succeeded / received) * 100),
    averageLatencyMs: received === 0 ? null : twoDigits(durationMs / received),
    p95LatencyMs: rounded(quantileMs(durations, 0.95)),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : twoDigits(value);
}

/** Never up to a hundred when one of many failed. */
function twoDigits(value: number): number {
  return Math.floor(value * 100) / 100;
}
