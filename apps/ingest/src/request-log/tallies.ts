import { DURATION_COLUMNS, bucketOf } from './durations.js';

/** The requests of one integration that arrived in one minute, as this process counted them since they were last written. */
export interface Tally {
  readonly integrationId: string;
  readonly tenantId: string;
  /** Its beginning, in milliseconds since 1970. */
  readonly minute: number;
  received: number;
  succeeded: number;
  events: number;
  durationMs: number;
  /** One count for each of `DURATION_COLUMNS`. */
  readonly durations: number[];
  lastReceivedAt: number;
  lastError: LastError | undefined;
}

export interface LastError { readonly at: number; readonly status: number; readonly reason: string }

export interface Counted {
  readonly at: number;
  readonly status: number;
  readonly events: number;
  readonly durationMs: number;
  readonly reason: string | undefined;
}

const MINUTE_MS = 60_000;
/** While they cannot be written: so many integrations' minutes are held, further ones are not counted. */
const MOST_TALLIES = 20_000;

/** Counts every request per integration and minute, in memory, until the counts are taken to be written. */
export class Tallies {
  private minutes = new Map<number, Map<string, Tally>>();
  private size = 0;

  /** Counts one request; false when there is no room for it. */
  add(integration: { readonly id: string; readonly tenantId: string }, { at, status, events, durationMs, reason }: Counted): boolean {
    const tally = this.tallyOf(Math.floor(at / MINUTE_MS) * MINUTE_MS, integration.id, integration.tenantId);
    if (tally === undefined) return false;
    tally.received += 1;
    tally.events += events;
    tally.durationMs += durationMs;
    tally.durations[bucketOf(durationMs)]! += 1;
    tally.lastReceivedAt = Math.max(tally.lastReceivedAt, at);
    if (status < 400) tally.succeeded += 1;
    else tally.lastError = { at, status, reason: reason ?? '' };
    return true;
  }

  /** Everything that was counted since the last time, in an order that is the same for all who write it. */
  take(): Tally[] {
    const taken = [...this.minutes.values()].flatMap((minute) => [...minute.values()]);
    this.minutes = new Map();
    this.size = 0;
    return taken.sort((a, b) => (a.integrationId === b.integrationId ? a.minute - b.minute : a.integrationId < b.integrationId ? -1 : 1));
  }

  /** Counts what was taken and could not be written once more. Gives how many requests there was no room for. */
  giveBack(tallies: readonly Tally[]): number {
    let lost = 0;
    for (const taken of tallies) {
      const tally = this.tallyOf(taken.minute, taken.integrationId, taken.tenantId);
      if (tally === undefined) lost += taken.received;
      else merge(tally, taken);
    }
    return lost;
  }

  private tallyOf(minute: number, integrationId: string, tenantId: string): Tally | undefined {
    let ofMinute = this.minutes.get(minute);
    if (ofMinute === undefined) this.minutes.set(minute, ofMinute = new Map());
    let tally = ofMinute.get(integrationId);
    if (tally === undefined && this.size < MOST_TALLIES) {
      tally = {
        integrationId, tenantId, minute, received: 0, succeeded: 0, events: 0, durationMs: 0,
        durations: DURATION_COLUMNS.map(() => 0), lastReceivedAt: 0, lastError: undefined,
      };
      ofMinute.set(integrationId, tally);
      this.size += 1;
    }
    return tally;
  }
}

function merge(into: Tally, from: Tally): void {
  into.received += from.received;
  into.succeeded += from.succeeded;
  into.events += from.events;
  into.durationMs += from.durationMs;
  for (const [index, count] of from.durations.entries()) into.durations[index]! += count;
  into.lastReceivedAt = Math.max(into.lastReceivedAt, from.lastReceivedAt);
  if (from.lastError !== undefined && from.lastError.at > (into.lastError?.at ?? 0)) into.lastError = from.lastError;
}
