import { setTimeout as sleep } from 'node:timers/promises';
import { asOwner } from './store.mjs';

/**
 * Begins a replay of all dead letters of these kinds, which must be some. `ended()` waits for its end and gives the job with what it did to each letter:
 * `{ job, items: [{ state, reason, id, taken, death }] }`: `id` is what the far side knows it by (null for an event), `taken` how often the far side has
 * taken it since the job began, `death` how the letter stands. Null when ops died before it took the job on.
 */
export async function replayDead({ scene, system, receivers, say }, kinds) {
  const before = takenOf(receivers);
  const jobs = async () => (await asOwner(system.databaseUrl, 'select id from ops.replay_jobs')).map(({ id }) => id);
  const known = await jobs();
  // Ops may die of the very job that it has just taken on, and never answer.
  await scene.api.post('/api/v1/customer/dead-letter/replay', { filter: { state: ['dead'], kind: kinds } })
    .catch((error) => say(`      the replay was asked for, and not answered: ${error.message}`));
  const id = (await jobs()).find((job) => !known.includes(job));
  return id === undefined ? null : { ended: () => ended(system, id, receivers, before) };
}

/** Straight from the tables: ops itself may be dead just now. */
async function ended({ databaseUrl }, id, receivers, before, withinMs = 120_000) {
  for (const deadline = Date.now() + withinMs; ; await sleep(200)) {
    const [job] = await asOwner(databaseUrl, 'select id, state, total, done, failed, skipped, finished_at from ops.replay_jobs where id = $1', [id]);
    const left = await asOwner(databaseUrl, `select letter_id from ops.replay_items where job_id = $1 and state in ('pending', 'sent')`, [id]);
    if ((job.finished_at === null || left.length > 0) && Date.now() < deadline) continue;
    const items = await asOwner(databaseUrl,
      `select i.state, i.reason, coalesce(l.delivery_id, l.notification_id) as id, l.state as death
       from ops.replay_items i left join ops.dead_letter_messages l on l.id = i.letter_id where i.job_id = $1`, [id]);
    const now = takenOf(receivers);
    return { job, items: items.map((item) => ({ ...item, taken: (now.get(item.id) ?? 0) - (before.get(item.id) ?? 0) })) };
  }
}

function takenOf({ taken }) {
  const sums = new Map();
  for (const ids of Object.values(taken)) for (const [id, times] of ids) sums.set(id, (sums.get(id) ?? 0) + times);
  return sums;
}

/** What is wrong with how a job ended: it sent something twice, lost count of something, or told of a delivery that was none. */
export function wrongsOf({ job, items }) {
  const said = { done: 0, failed: 0, skipped: 0, pending: 0, sent: 0 };
  for (const { state } of items) said[state] += 1;
  const isOver = job.finished_at !== null && job.done + job.failed + job.skipped === Number(job.total);
  return [
    ...(isOver ? [] : [`job ${job.id} is not over: ${JSON.stringify(job)}`]),
    ...(['done', 'failed', 'skipped'].every((state) => said[state] === job[state]) ? [] : [
      `job ${job.id} counts ${JSON.stringify(job)}, its items are ${JSON.stringify(said)}`,
    ]),
    ...items.filter(({ taken }) => taken > 1).map(({ id, taken }) => `job ${job.id} sent ${id} ${taken} times`),
    ...items.filter(({ state, id, taken }) => state === 'done' && id !== null && taken === 0)
      .map(({ id }) => `job ${job.id} calls ${id} delivered, and it was not`),
    ...items.filter(({ state, death }) => state === 'done' ? death !== 'replayed' : state === 'failed' && death !== 'dead')
      .map(({ state, id, death }) => `job ${job.id}: ${id} is ${state}, and its letter ${death}`),
  ];
}
