import { piecesOf, type Piece } from './pieces.js';
import type { Override, Schedule } from './schedule.js';

/** Who is on call, and by what: a layer's turn or an override. Nobody: all are null, or the person is not in the tenant any more. */
export interface OnCall {
  readonly userId: string | null;
  readonly layerId: string | null;
  readonly overrideId: string | null;
  /** Whose time it would be, were they there. */
  readonly absentUserId: string | null;
}

/** A part of the final schedule. */
export interface Entry extends OnCall {
  readonly from: Date;
  readonly to: Date;
}

/** Another person is on call from then on; null is nobody. */
export interface HandOff {
  readonly at: Date;
  readonly fromUserId: string | null;
  readonly toUserId: string | null;
}

const NOBODY: OnCall = { userId: null, layerId: null, overrideId: null, absentUserId: null };
const ALL_ARE_THERE: ReadonlySet<string> = new Set();

/**
 * Who is on call at an instant. `overrides`: those of the schedule that count then, or more, in the order in which they were made.
 * `absent`: ids of people who are not there any more; their time is nobody's.
 */
export function onCallAt(schedule: Schedule, overrides: readonly Override[], at: Date, absent: ReadonlySet<string> = ALL_ARE_THERE): OnCall {
  const [piece] = piecesOf(schedule, overrides, at.getTime(), at.getTime() + 1);
  return piece === undefined ? NOBODY : onCallOf(piece, absent);
}

/** Who is on call throughout a window: entries that follow each other without a break, gaps as entries of nobody, equal neighbours joined. */
export function finalSchedule(schedule: Schedule, overrides: readonly Override[], from: Date, to: Date, absent: ReadonlySet<string> = ALL_ARE_THERE): Entry[] {
  const entries: (OnCall & { from: number; to: number })[] = [];
  const add = (begin: number, end: number, onCall: OnCall): void => {
    const last = entries.at(-1);
    if (last !== undefined && sameOnCall(last, onCall)) last.to = end;
    else if (end > begin) entries.push({ ...onCall, from: begin, to: end });
  };
  let reached = from.getTime();
  for (const piece of piecesOf(schedule, overrides, from.getTime(), to.getTime())) {
    if (piece.from > reached) add(reached, piece.from, NOBODY);
    add(piece.from, piece.to, onCallOf(piece, absent));
    reached = piece.to;
  }
  if (reached < to.getTime()) add(reached, to.getTime(), NOBODY);
  return entries.map((entry) => ({ ...entry, from: new Date(entry.from), to: new Date(entry.to) }));
}

/** Every change of the person on call after `from` and before `to`. */
export function handOffs(schedule: Schedule, overrides: readonly Override[], from: Date, to: Date, absent: ReadonlySet<string> = ALL_ARE_THERE): HandOff[] {
  const entries = finalSchedule(schedule, overrides, from, to, absent);
  return entries.slice(1).flatMap(({ from: at, userId }, index) => {
    const before = entries[index]!.userId;
    return before === userId ? [] : [{ at, fromUserId: before, toUserId: userId }];
  });
}

function onCallOf({ userId, layerId, overrideId }: Piece, absent: ReadonlySet<string>): OnCall {
  return absent.has(userId) ? { userId: null, layerId, overrideId, absentUserId: userId } : { userId, layerId, overrideId, absentUserId: null };
}

function sameOnCall(a: OnCall, b: OnCall): boolean {
  return a.userId === b.userId && a.layerId === b.layerId && a.overrideId === b.overrideId && a.absentUserId === b.absentUserId;
}
