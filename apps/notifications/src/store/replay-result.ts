import { REPLAY_RESULTS, newId, subjects, type AttemptRecord, type ReplayResult } from '@signalbox/contracts';
import type { OutboxMessage } from '@signalbox/database';

/** Which letter of which replay job. */
export interface ReplayedLetter { readonly tenantId: string; readonly jobId: string; readonly letterId: string }

/** The message that tells ops what became of a replayed letter. */
export function replayResult(
  letter: ReplayedLetter,
  what: Pick<ReplayResult, 'outcome' | 'reason' | 'detail'>,
  attempts: AttemptRecord[],
  now: Date,
): OutboxMessage {
  const { tenantId, jobId, letterId } = letter;
  return {
    subject: subjects.replays('ops', tenantId), messageId: newId(),
    body: REPLAY_RESULTS.encode({ jobId, letterId, tenantId, attempts, at: now.toISOString(), ...what }),
  };
}
