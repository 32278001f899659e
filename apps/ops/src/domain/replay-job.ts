export const JOB_STATES = ['running', 'paused', 'done', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];
export const ITEM_STATES = ['pending', 'sent', 'done', 'failed', 'skipped'] as const;
export type ItemState = (typeof ITEM_STATES)[number];
export type JobAction = 'pause' | 'resume' | 'cancel';

const NEXT: Record<JobAction, { readonly from: readonly JobState[]; readonly to: JobState }> = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
};

/** The state after an action; the same when it is there already (asking twice is no fault), nothing when it cannot be done. */
export function afterAction(state: JobState, action: JobAction): JobState | undefined {
  const { from, to } = NEXT[action];
  return state === to || from.includes(state) ? to : undefined;
}

/** How far a job is. `done` are delivered ones; skipped ones needed no replay or could have none. */
export interface JobCounts {
  readonly state: JobState;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ratePerSecond: number | null;
  readonly startedAt: Date;
  readonly pausedAt: Date | null;
  /** Pauses that are over. */
  readonly pausedSeconds: number;
  readonly finishedAt: Date | null;
}

/**
 * Settled letters a second of running time, and how long the rest takes at that pace (or at
 * the job's own limit, if that is slower or nothing is known yet).
 */
export function progress(job: JobCounts, now: Date): { rate: number; etaSeconds: number | null } {
  const settled = job.done + job.failed + job.skipped;
  const until = job.finishedAt ?? job.pausedAt ?? now;
  const seconds = Math.max((until.getTime() - job.startedAt.getTime()) / 1000 - job.pausedSeconds, 0.001);
  const rate = settled / seconds;
  const left = job.total - settled;
  if (job.finishedAt !== null || left <= 0) return { rate: rounded(rate), etaSeconds: 0 };
  const pace = Math.min(rate > 0 ? rate : Infinity, job.ratePerSecond ?? Infinity);
  return { rate: rounded(rate), etaSeconds: job.state !== 'running' || pace === Infinity ? null : Math.ceil(left / pace) };
}

function rounded(rate: number): number {
  return Math.round(rate * 10) / 10;
}
