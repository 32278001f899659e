import { newId } from '@signalbox/contracts';
import { directoryMessage } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { NO_PLAN } from '../domain/incident-state.js';
import { Served } from '../scenarios/served.js';

let served: Served;
const [web, shop, sre] = [newId(), newId(), newId()];

interface Given {
  readonly service: string;
  readonly opened: string;
  readonly acknowledgedAfter?: number;
  readonly resolvedAfter?: number;
  readonly urgency?: string;
  readonly told?: boolean;
  readonly acknowledge?: 'met' | 'breached';
}

beforeAll(async () => {
  served = await Served.start();
  const { db, tenantId, bus } = served;
  await db.query(
    `insert into services (id, tenant_id, version, name, team_id, created_at, updated_at)
     values ($1, $3, 1, 'Web', $4, now(), now()), ($2, $3, 1, 'Shop', null, now(), now())`,
    [web, shop, tenantId, sre],
  );
  const { subject, body } = directoryMessage('teams', sre, 1, { id: sre, tenantId, name: 'SRE', memberIds: [] });
  await bus.ready();
  await bus.publish(subject, body);
  const given: Given[] = [
    { service: web, opened: '2026-03-01T10:00:00Z', acknowledgedAfter: 60, resolvedAfter: 600, acknowledge: 'met' },
    { service: web, opened: '2026-03-01T23:59:59Z', acknowledgedAfter: 180, resolvedAfter: 1200, acknowledge: 'breached' },
    { service: web, opened: '2026-03-02T00:00:00Z', acknowledgedAfter: 600, urgency: 'LOW' },
    { service: shop, opened: '2026-03-02T09:00:00Z' },
    // Quiet from its birth to its end, and another one's.
    { service: web, opened: '2026-03-02T09:00:00Z', resolvedAfter: 86_400, told: false },
    { service: web, opened: '2026-04-01T00:00:00Z', acknowledgedAfter: 5 },
  ];
  for (const [index, one] of given.entries()) await insert(tenantId, index + 1, one);
  await insert(newId(), 1, given[0]!);
});

afterAll(async () => { await served.stop(); });

async function insert(tenantId: string, number: number, given: Given): Promise<void> {
  const { service, opened, acknowledgedAfter, resolvedAfter, urgency = 'HIGH', told = true, acknowledge } = given;
  const after = (seconds: number | undefined): Date | null => (seconds === undefined ? null : new Date(Date.parse(opened) + seconds * 1_000));
  const sla = acknowledge === undefined ? null : { acknowledge: { by: opened, warnAt: opened, state: acknowledge }, resolve: null, heldSince: null };
  const plan = { ...NO_PLAN, told, sla };
  await served.db.query(
    `insert into incidents (id, tenant_id, number, service_id, service_name, scope_id, dedup_key, title, source, status, severity,
       urgency, event_count, version, opened_at, acknowledged_at, resolved_at, last_triggered_at, details, links, plan)
     values ($1, $2, $3, $4, 'x', $5, 'k', 't', 's', 'RESOLVED', 'error', $6, 1, 1, $7, $8, $9, $7, '{}', '[]', $10)`,
    [newId(), tenantId, number, service, newId(), urgency, opened, after(acknowledgedAfter), after(resolvedAfter), JSON.stringify(plan)]);
}

const report = (query: string) => served.call('GET', `/reports/response-times?since=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z${query}`);

describe('response times', () => {
  it('are means, medians and ninetieth percentiles of those that got so far, by service and in all', async () => {
    const { body } = await report('');
    expect(body).toMatchObject({ since: '2026-03-01T00:00:00.000Z', until: '2026-04-01T00:00:00.000Z', groupBy: 'service' });
    const ofWeb = {
      key: web, name: 'Web', opened: 3, acknowledged: 3, resolved: 2,
      acknowledgeSeconds: { mean: 280, median: 180, p90: 516 }, resolveSeconds: { mean: 900, median: 900, p90: 1140 },
      sla: { acknowledge: { met: 1, breached: 1 }, resolve: { met: 0, breached: 0 } },
    };
    const ofShop = {
      key: shop, name: 'Shop', opened: 1, acknowledged: 0, resolved: 0, acknowledgeSeconds: null, resolveSeconds: null,
      sla: { acknowledge: { met: 0, breached: 0 }, resolve: { met: 0, breached: 0 } },
    };
    expect(body.data).toEqual([ofWeb, ofShop]);
    expect(body.total).toEqual({ ...ofWeb, key: null, name: null, opened: 4 });
  });

  it('are by day of UTC, by urgency, and by the team that answers for the service', async () => {
    const counts = async (groupBy: string): Promise<unknown[]> => {
      const { data } = (await report(`&groupBy=${groupBy}`)).body as { data: { key: string; name: string; opened: number }[] };
      return data.map(({ key, name, opened }) => [key, name, opened]);
    };
    expect(await counts('day')).toEqual([['2026-03-01', '2026-03-01', 2], ['2026-03-02', '2026-03-02', 2]]);
    expect(await counts('urgency')).toEqual([['HIGH', 'HIGH', 3], ['LOW', 'LOW', 1]]);
    const byTeam = JSON.stringify([[sre, 'SRE', 3], [null, null, 1]]);
    await eventually(async () => JSON.stringify(await counts('team')) === byTeam, { withinMs: 5_000, describe: 'the team by its name' });
  });

  it('of a tenant without incidents are none, and the window has an end', async () => {
    expect((await served.call('GET', '/reports/response-times', undefined, {}, newId())).body)
      .toMatchObject({ data: [], total: { opened: 0, acknowledgeSeconds: null } });
    expect((await served.call('GET', '/reports/response-times?since=2024-01-01T00:00:00Z&until=2026-01-01T00:00:00Z')).body)
      .toMatchObject({ status: 400, errors: [{ path: 'since', message: 'must be at most 366 days before until' }] });
    expect((await served.call('GET', '/reports/response-times?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z')).body)
      .toMatchObject({ status: 400, errors: [{ path: 'since' }] });
    expect((await report('&groupBy=colour')).body).toMatchObject({ status: 400, errors: [{ path: 'groupBy' }] });
  });
});
