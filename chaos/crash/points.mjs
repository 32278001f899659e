/**
 * Where a service can die between two steps: `{ name, service, with, rule }`. `rule` is for hook.cjs; `with` says what has to be going on for the
 * point to be reached: `load`, `bus away` (the gateway spools), `full spool` (it drains), `poison` (events that the store refuses), `replay` (a job runs).
 */
export const POINTS = [
  ...around('ingest', 'lane: publish of events', 'publish', '^events\\.'),
  ...around('ingest', 'lane: publish of messages', 'publish', '^messages\\.'),
  ...around('ingest', 'spool: insert', 'query', '^insert into spool', { with: 'bus away' }),
  ...around('ingest', 'drain: publish', 'publish', '^(events|messages)\\.', { with: 'full spool', nth: 2 }),
  ...around('ingest', 'drain: delete', 'query', '^delete from spool', { with: 'full spool' }),

  ...around('incidents', 'event batch: commit', 'commit', 'into incident_events', { nth: 3 }),
  ...around('incidents', 'outbox relay: publish', 'publish', '^incidents\\.', { nth: 2 }),
  ...around('incidents', 'outbox relay: delete', 'query', '^delete from outbox', { nth: 2 }),
  ...around('incidents', 'poisoned event: commit', 'commit', 'savepoint one_event', { with: 'poison' }),
  ...around('incidents', 'poisoned event: publish of its letter', 'publish', '^dead-letters\\.', { with: 'poison' }),
  ...around('incidents', 'timeline: commit', 'commit', 'into timeline.*on conflict \\(id\\) do nothing', { nth: 2 }),

  ...around('notifications', 'intake: commit', 'commit', 'incident_versions', { nth: 3 }),
  ...around('notifications', 'claim', 'query', 'claim = gen_random_uuid'),
  ...around('notifications', 'send', 'send', '^/notified', { nth: 3 }),
  ...around('notifications', 'settle: commit', 'commit', 'notification_attempts', { nth: 3 }),
  ...around('notifications', 'outbox relay: publish', 'publish', '^outcomes\\.', { nth: 3 }),
  ...around('notifications', 'replay: intake: commit', 'commit', 'replay_job_id = \\$2', { with: 'replay' }),
  ...around('notifications', 'replay: send', 'send', '^/notified', { with: 'replay' }),
  ...around('notifications', 'replay: settle: commit', 'commit', 'notification_attempts', { with: 'replay' }),

  ...around('delivery', 'matcher: publish', 'publish', '^routes\\.', { nth: 3 }),
  ...around('delivery', 'matcher: commit', 'commit', 'into deliveries.*on conflict \\(id\\) do nothing', { nth: 3 }),
  ...around('delivery', 'worker: admit: commit', 'commit', 'select id from deliveries where id = any'),
  ...around('delivery', 'worker: send', 'send', '^/fast', { nth: 3 }),
  ...around('delivery', 'worker: settle: commit', 'commit', 'before as \\(select d\\.id', { nth: 3 }),
  ...around('delivery', 'worker: ack', 'ack', '^\\+ACK', { nth: 3 }),
  ...around('delivery', 'worker: again', 'ack', '^-NAK'),
  ...around('delivery', 'worker: hold: publish', 'publish', '^held\\.'),
  ...around('delivery', 'worker: dead letter: publish', 'publish', '^dead-letters\\.'),
  ...around('delivery', 'worker: give up', 'ack', '^\\+TERM'),
  ...around('delivery', 'replay: publish', 'publish', '^routes\\.', { with: 'replay' }),
  ...around('delivery', 'replay: admit: commit', 'commit', 'select id from deliveries where id = any', { with: 'replay' }),
  ...around('delivery', 'replay: send', 'send', '^/refusing', { with: 'replay' }),
  ...around('delivery', 'replay: settle: commit', 'commit', 'before as \\(select d\\.id', { with: 'replay' }),

  ...around('ops', 'letter intake: commit', 'commit', 'into dead_letter_messages'),
  ...around('ops', 'replay step: commit', 'commit', `set state = 'replaying'`, { with: 'replay' }),
  ...around('ops', 'replay step: publish', 'publish', '^replays\\.', { with: 'replay' }),
  ...around('ops', 'result intake: commit', 'commit', 'update replay_items i set state = case k\\.outcome', { with: 'replay' }),
];

/** The points before and after one step. */
function around(service, step, on, match, { with: going = 'load', nth = 1 } = {}) {
  return ['before', 'after'].map((when) => ({ name: `${service}: ${when} ${step}`, service, with: going, rule: { on, when, match, nth } }));
}
