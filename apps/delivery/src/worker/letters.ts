import { DEAD_LETTERS, OUTCOMES, REPLAY_RESULTS, newId, stableId, subjects, type AttemptRecord, type ReplayRequest, type RouteJob } from '@signalbox/contracts';
import type { OutboxMessage } from '@signalbox/database';
import type { Job } from '../consumers/matcher.js';

export interface Death {
  readonly job: Job;
  readonly reason: string;
  readonly detail: string;
  /** Every attempt of this run, the last one included. */
  readonly attempts: readonly AttemptRecord[];
  readonly destinationHost: string | undefined;
  /** Where on ROUTES it died: makes a second letter of the same death the same message. */
  readonly sequence: number;
  readonly at: Date;
}

/** The letter of a delivery has the same id however often it dies: a replay that fails brings the same letter back. */
export function letterIdOf(job: RouteJob): string {
  return job.replay?.letterId ?? stableId('route-letter', job.tenantId, job.deliveryId);
}

/** The dead letter of a job: with it, a replay can do everything again. */
export function deadLetter({ job, reason, detail, attempts, destinationHost, sequence, at }: Death): OutboxMessage {
  const id = letterIdOf(job);
  const { replay: _replay, heldSince: _heldSince, ...fresh } = job;
  return {
    subject: subjects.deadLetters(job.tenantId), messageId: `${id}/${sequence}`,
    body: DEAD_LETTERS.encode({
      id, tenantId: job.tenantId, kind: 'route', owner: 'delivery', reason, detail,
      subject: subjects.routes(job.tenantId), payload: { ...fresh, attemptsBefore: 0 },
      headers: { ...job.message.headers }, attempts: [...attempts], traceId: job.message.traceId, routeId: job.routeId, deliveryId: job.deliveryId,
      diedAt: at.toISOString(), ...(destinationHost === undefined ? {} : { destinationHost }),
    }),
  };
}

/** A message that this service cannot even read: its bytes, as they were. */
export function unreadableLetter(of: { tenantId: string; subject: string; sequence: number; bytes: Uint8Array; error: unknown }, at: Date): OutboxMessage {
  const id = stableId('unreadable', of.subject, String(of.sequence));
  return {
    subject: subjects.deadLetters(of.tenantId), messageId: id,
    body: DEAD_LETTERS.encode({
      id, tenantId: of.tenantId, kind: 'route', owner: 'delivery', reason: 'unprocessable',
      detail: of.error instanceof Error ? of.error.message : String(of.error),
      subject: of.subject, payload: null, raw: Buffer.from(of.bytes).toString('base64'), headers: {}, attempts: [], traceId: newId(), diedAt: at.toISOString(),
    }),
  };
}

/** Tells ops how a replay ended. */
export function replayResult(
  request: Pick<ReplayRequest, 'jobId' | 'letterId' | 'tenantId'>, outcome: 'delivered' | 'failed',
  attempts: readonly AttemptRecord[], why: { reason?: string; detail?: string }, at: Date,
): OutboxMessage {
  return {
    subject: subjects.replays('ops', request.tenantId), messageId: newId(),
    body: REPLAY_RESULTS.encode({
      jobId: request.jobId, letterId: request.letterId, tenantId: request.tenantId, outcome, ...why, attempts: [...attempts], at: at.toISOString(),
    }),
  };
}

/** Tells the incident's timeline what became of a delivery that told of it. */
export function outcomeReport(
  job: Job,
  route: { id: string; name: string } | undefined,
  status: 'delivered' | 'dead',
  attempt: number,
  reason: string | undefined,
  at: Date,
): OutboxMessage[] {
  if (job.incidentId === undefined) return [];
  const id = stableId('delivery-outcome', job.deliveryId, job.replay?.jobId ?? '', status);
  return [{
    subject: subjects.outcomes(job.tenantId), messageId: id,
    body: OUTCOMES.encode({
      id, tenantId: job.tenantId, traceId: job.message.traceId, kind: 'delivery',
      incidentId: job.incidentId, subjectId: job.deliveryId, channel: null, status, attempt,
      at: at.toISOString(), ...(route === undefined ? {} : { route: { id: route.id, name: route.name } }), ...(reason === undefined ? {} : { reason }),
    }),
  }];
}
