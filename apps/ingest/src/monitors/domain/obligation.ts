import type { Decision, NoticeTold } from './decision.js';
import { daysBefore, occurrence, type Recurrence } from './recurrence.js';

export interface ObligationConfig {
  /** RFC 3339: when it is due for the first time. */
  readonly dueAt: string;
  readonly timeZone: string;
  readonly recurrence: Recurrence;
  /** Days before it is due, each once, largest first. */
  readonly remindBefore: readonly number[];
  readonly owner: string | null;
  readonly branch: string | null;
  readonly tags: readonly string[];
}

export interface ObligationState {
  /** Which time of those that recur is owed now, from 0. */
  readonly occurrence: number;
  /** Every moment up to here has been told, or was past when there was nobody to tell. */
  readonly through: string;
  /** Set when nothing is owed any more. */
  readonly finished: boolean;
  readonly lastDone: { readonly at: string; readonly dueAt: string; readonly by: string; readonly note: string | null } | null;
}

export interface Obligation { readonly id: string; readonly name: string; readonly config: ObligationConfig; readonly state: ObligationState }

/** An obligation is overdue when a day has passed since it was due. */
const OVERDUE_DAYS = 1;
const DAY_MS = 86_400_000;

interface Moment { readonly at: Date; readonly daysLeft: number }

/** From now on this is owed (its first time, or a later one): what lies in the past is not told, except that it is overdue. */
export function beginObligation(config: ObligationConfig, now: Date, before?: ObligationState, number = 0): { state: ObligationState; dueAt: Date | null } {
  return owed(config, number, before?.lastDone ?? null, now);
}

/** When the time that is owed now is due. */
export function dueDateOf({ dueAt, recurrence, timeZone }: ObligationConfig, state: ObligationState): Date {
  return occurrence(new Date(dueAt), recurrence, timeZone, state.occurrence);
}

/** What an obligation is shown as. */
export function obligationStatus(config: ObligationConfig, state: ObligationState, now: Date): 'open' | 'due' | 'overdue' | 'done' {
  if (state.finished) return 'done';
  const due = dueDateOf(config, state);
  if (overdueAt(config, due) <= now) return 'overdue';
  return due <= now ? 'due' : 'open';
}

/** Tells the newest of the moments that have passed: who was away for two reminders is reminded once. */
export function decideObligation(obligation: Obligation, now: Date): Decision<ObligationState> {
  const { config, state } = obligation;
  if (state.finished) return { state, dueAt: null, told: [] };
  const moments = momentsOf(config, dueDateOf(config, state));
  const passed = moments.filter(({ at }) => at <= now && at.toISOString() > state.through).at(-1);
  const through = passed === undefined ? state.through : passed.at.toISOString();
  return { state: { ...state, through }, dueAt: nextOf(moments, through), told: passed === undefined ? [] : [reminder(obligation, passed, now)] };
}

/** Somebody has done what is owed now. Whoever was told that it is overdue is told that it is done. */
export function completeObligation(obligation: Obligation, by: string, note: string | null, now: Date): Decision<ObligationState> {
  const { config, state } = obligation;
  const due = dueDateOf(config, state);
  const lastDone = { at: now.toISOString(), dueAt: due.toISOString(), by, note };
  const wasOverdue = overdueAt(config, due).toISOString() <= state.through;
  const told = wasOverdue
    ? [notice(obligation, due, { key: 'done', eventType: 'obligation_overdue', severity: 'info', title: `Done: ${obligation.name}` })]
    : [];
  const next = config.recurrence === 'none'
    ? { state: { ...state, finished: true, lastDone }, dueAt: null }
    : owed(config, state.occurrence + 1, lastDone, now);
  return { ...next, told };
}

function owed(config: ObligationConfig, number: number, lastDone: ObligationState['lastDone'], now: Date): { state: ObligationState; dueAt: Date | null } {
  const due = occurrence(new Date(config.dueAt), config.recurrence, config.timeZone, number);
  const overdue = overdueAt(config, due);
  const through = (overdue <= now ? new Date(overdue.getTime() - 1) : now).toISOString();
  return { state: { occurrence: number, through, finished: false, lastDone }, dueAt: nextOf(momentsOf(config, due), through) };
}

/** Everything that is to be told of one time, in order; the last is that it is overdue. */
function momentsOf(config: ObligationConfig, due: Date): Moment[] {
  const before = [...config.remindBefore.filter((days) => days > 0), 0].sort((a, b) => b - a);
  return [...before, -OVERDUE_DAYS].map((daysLeft) => ({ at: daysBefore(due, daysLeft, config.timeZone), daysLeft }));
}

function nextOf(moments: readonly Moment[], through: string): Date | null {
  return moments.find(({ at }) => at.toISOString() > through)?.at ?? null;
}

function overdueAt({ timeZone }: ObligationConfig, due: Date): Date {
  return daysBefore(due, -OVERDUE_DAYS, timeZone);
}

function reminder(obligation: Obligation, moment: Moment, now: Date): NoticeTold {
  const due = dueDateOf(obligation.config, obligation.state);
  if (moment.daysLeft < 0) {
    return notice(obligation, due, { key: 'overdue', eventType: 'obligation_overdue', severity: 'error', title: `Overdue: ${obligation.name}` });
  }
  // Counted anew: a reminder that was kept up must not tell the time that there was.
  const daysLeft = Math.max(0, Math.round((due.getTime() - now.getTime()) / DAY_MS));
  const when = moment.daysLeft === 0 ? 'Due now' : daysLeft === 0 ? 'Due today' : `Due in ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}`;
  return notice(obligation, due, { key: `due-${moment.daysLeft}`, eventType: 'obligation_due', severity: 'warning', title: `${when}: ${obligation.name}` });
}

/** The fingerprint is of the type and the time: who acknowledges a reminder silences neither that it is overdue nor the next time. */
function notice({ id, config }: Obligation, due: Date, told: Pick<NoticeTold, 'key' | 'eventType' | 'severity' | 'title'>): NoticeTold {
  const { owner, branch, tags, timeZone } = config;
  const fields = [['Due', `${due.toISOString()} (${timeZone})`], ['Owner', owner], ['Branch', branch]] as const;
  return {
    tell: 'notice', ...told, key: `${due.toISOString()}/${told.key}`, fingerprint: `${told.eventType}/${id}/${due.toISOString()}`, tags,
    fields: fields.flatMap(([label, value]) => (value === null ? [] : [{ label, value }])), ...(branch === null ? {} : { branch }),
  };
}
