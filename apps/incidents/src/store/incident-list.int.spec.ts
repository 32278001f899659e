import { newId } from '@signalbox/contracts';
import { Database } from '@signalbox/database';
import { freshDatabase } from '@signalbox/testing';
import { NO_PLAN } from '../domain/incident-state.js';
import { schema } from '../schema.js';
import { conditionOf, listIncidents, type IncidentFilter } from './incident-list.js';
import { SHOWN } from './shown-incident.js';

const [tenantId, otherId, serviceId, userId, teamId] = [newId(), newId(), newId(), newId(), newId()];
let db: Database;

/** 30,000 incidents a minute apart, a tenth of them another tenant's; few of them have what is filtered for. */
beforeAll(async () => {
  const { url } = await freshDatabase(schema);
  db = new Database({ url, schema: 'incidents' });
  const quiet = { kind: 'manual', ruleId: null, name: 'known', until: null, byIncidentId: null };
  await db.query(
    `insert into incidents (id, tenant_id, number, service_id, service_name, scope_id, dedup_key, title, source, status,
       severity, urgency, event_count, version, opened_at, last_triggered_at, details, links, priority, assignee, tags, plan)
     select gen_random_uuid(), case when n % 10 = 0 then $2::uuid else $1::uuid end, n,
       case when n % 1000 = 1 then $3::uuid else gen_random_uuid() end, 'x', gen_random_uuid(), 'key-' || n, 'About ' || n, 'test',
       case when n % 1000 = 1 then 'SUPPRESSED' when n % 1000 = 3 then 'SNOOZED' else 'RESOLVED' end,
       'error', 'HIGH', 1, 1, '2026-11-01T00:00:00Z'::timestamptz - make_interval(mins => n), now(),
       jsonb_build_object('x', repeat('details', 60)), '[]', case when n % 1000 = 1 then 'P1' end,
       case when n % 1000 = 1 then jsonb_build_object('type', 'user', 'id', $4::text, 'name', 'Ada') end,
       case when n % 1000 = 1 then '["checkout"]'::jsonb else '[]' end, case when n % 1000 = 1 then $5::jsonb end
     from generate_series(1, 30000) n`,
    [tenantId, otherId, serviceId, userId, JSON.stringify({ ...NO_PLAN, quiet })]);
  await db.query(
    `insert into services (id, tenant_id, version, name, team_id, created_at, updated_at) values ($1, $2, 1, 'Web', $3, now(), now())`,
    [serviceId, tenantId, teamId]);
  await db.query('vacuum analyze incidents');
}, 60_000);

afterAll(async () => { await db.close(); });

describe('a list of incidents', () => {
  it.each<[string, IncidentFilter, number]>([
    ['nothing', {}, 51], ['status', { status: ['SNOOZED'] }, 30], ['service', { service: serviceId }, 30], ['team', { team: teamId }, 30],
    ['assignee', { assignee: userId }, 30], ['priority', { priority: ['P1', 'P2'] }, 30], ['tag', { tag: 'checkout' }, 30],
    ['kind of quiet', { quiet: ['manual', 'merged'] }, 30], ['dedup key', { dedupKey: 'key-12345' }, 1], ['number', { number: 12_345 }, 1],
    ['time', { since: '2026-10-20T00:00:00Z', until: '2026-10-20T00:30:00Z' }, 27],
  ])('is found by %s without a walk through the tenant', async (_, filter, expected) => {
    const rows = await listIncidents(db, tenantId, filter, 50);
    expect(rows).toHaveLength(expected);
    expect(rows.map(({ openedAt }) => openedAt)).toEqual(rows.map(({ openedAt }) => openedAt).sort().reverse());
    const { where, values } = conditionOf(tenantId, filter);
    const lines = await db.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, costs off) ${SHOWN} where ${where} order by i.opened_at desc, i.id desc limit 51`, values);
    const plan = lines.map((row) => row['QUERY PLAN']);
    const passedOver = plan.flatMap((line) => [...line.matchAll(/Rows Removed by Filter: (\d+)/g)].map(([, count]) => Number(count)));
    expect([plan.some((line) => /Seq Scan on incidents/.test(line)), passedOver.every((count) => count <= 100)]).toEqual([false, true]);
  });

  it('goes on behind a place, and holds only what fits all of it', async () => {
    const [first] = await listIncidents(db, tenantId, { tag: 'checkout' }, 1);
    const rest = await listIncidents(db, tenantId, { tag: 'checkout' }, 50, { at: first!.openedAt, id: first!.id });
    expect([rest.length, rest.some(({ id }) => id === first!.id)]).toEqual([29, false]);
    expect(await listIncidents(db, tenantId, { tag: 'checkout', status: ['RESOLVED'] }, 50)).toEqual([]);
    expect(await listIncidents(db, otherId, { assignee: userId }, 50)).toEqual([]);
    expect((await listIncidents(db, tenantId, { text: '00% of' }, 50))).toEqual([]);
  });
});
