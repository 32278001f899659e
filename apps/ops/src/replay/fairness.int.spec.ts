import { newId } from '@signalbox/contracts';
import { Stage, eventually } from '@signalbox/testing';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema);
  await stage.start();
});

afterAll(() => stage.stop());

let ordered = 0;

/** Jobs of one letter each whose items are in this state, newer than all before. */
async function jobs(tenantId: string, count: number, state: 'pending' | 'sent'): Promise<string[]> {
  ordered += 1;
  const ids = Array.from({ length: count }, () => newId());
  await stage.db.query(
    `with letters as (
       insert into dead_letter_messages (tenant_id, id, kind, owner, reason, detail, state, subject, payload, headers, attempts, trace_id, size_bytes, died_at)
       select $1, id, 'route', 'delivery', 'timeout', '', case $3 when 'sent' then 'replaying' else 'dead' end, 'routes.x', '{}', '{}', '[]', id, 2, now()
       from unnest($2::uuid[]) id),
     jobs as (
       insert into replay_jobs (id, tenant_id, state, selection, total, started_by, started_at)
       select id, $1, 'running', '{"ids":1}', 1, '{"type":"user","id":"u","name":"Ada"}', now() - interval '1 hour' + $4 * interval '1 second'
       from unnest($2::uuid[]) id returning id)
     insert into replay_items (job_id, letter_id, position, state, owner, sent_after, sent_at)
     select id, id, 1, $3, 'delivery', 0, now() from jobs`, [tenantId, ids, state, ordered]);
  return ids;
}

const sent = async (ids: readonly string[]): Promise<number> =>
  (await stage.db.query<{ n: number }>(`select count(*) as n from replay_items where job_id = any($1::uuid[]) and state <> 'pending'`, [ids]))[0]!.n;

it('jobs that only wait for the owners of their letters keep no other job waiting, however many they are', async () => {
  await jobs(newId(), 250, 'sent');
  const others = await jobs(newId(), 2, 'pending');
  await eventually(async () => (await sent(others)) === 2, { withinMs: 8_000, describe: 'the newer jobs go out' });
});

it('a job that cannot be carried out keeps no other job waiting', async () => {
  const [broken] = await jobs(newId(), 1, 'pending');
  // As any fault of one job's data would: whenever its letters are claimed.
  await stage.db.query(`create function broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$`);
  await stage.db.query(`create trigger broken before update on replay_items for each row when (old.job_id = '${broken!}') execute function broken()`);
  const others = await jobs(newId(), 2, 'pending');
  await eventually(async () => (await sent(others)) === 2, { withinMs: 8_000, describe: 'the newer jobs go out' });
  expect(await sent([broken!])).toBe(0);
});
