import { progress, type JobState } from '../domain/replay-job.js';
import type { LetterFilter } from './letter-filter.js';

/** What a job was asked for, as it is shown: a filter, or so many letters by their ids. */
export type ShownSelection = { readonly filter: LetterFilter } | { readonly ids: number };

export interface JobRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly state: JobState;
  readonly selection: ShownSelection;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rate_per_second: number | null;
  readonly edited: boolean;
  readonly route_id: string | null;
  readonly started_by: { readonly type: string; readonly id: string; readonly name: string };
  readonly started_at: Date;
  readonly paused_at: Date | null;
  readonly paused_seconds: number;
  readonly finished_at: Date | null;
  readonly updated_at: Date;
}

/** All but the edited payload, which may be large. */
export const JOB_COLUMNS = `id, tenant_id, state, selection, total, done, failed, skipped, rate_per_second, edited, route_id, started_by, started_at, paused_at,
  paused_seconds, finished_at, updated_at`;

/** A replay job as the API shows it. */
export interface ReplayJob {
  readonly id: string;
  readonly state: JobState;
  readonly selection: ShownSelection;
  readonly total: number;
  /** Delivered. */
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  /** Letters settled a second. */
  readonly rate: number;
  readonly etaSeconds: number | null;
  readonly ratePerSecond: number | null;
  readonly edited: boolean;
  readonly routeId: string | null;
  readonly startedBy: JobRow['started_by'];
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly updatedAt: string;
}

export function jobOf(row: JobRow, now: Date = new Date()): ReplayJob {
  const { id, state, selection, total, done, failed, skipped, edited } = row;
  return {
    id, state, selection, total, done, failed, skipped,
    ...progress({
      state, total, done, failed, skipped, ratePerSecond: row.rate_per_second, startedAt: row.started_at, pausedAt: row.paused_at,
      pausedSeconds: row.paused_seconds, finishedAt: row.finished_at,
    }, now),
    ratePerSecond: row.rate_per_second, edited, routeId: row.route_id, startedBy: row.started_by,
    startedAt: row.started_at.toISOString(), finishedAt: row.finished_at?.toISOString() ?? null, updatedAt: row.updated_at.toISOString(),
  };
}
