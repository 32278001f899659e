import { DEAD_LETTERS, EVENTS, INCIDENTS, eventOrderKey, newId, partitionOf, subjects, type Event, type IncidentChange } from '@signalbox/contracts';
import { Stage, eventually } from '@signalbox/testing';
import { service } from './app.module.js';
import { NO_RULES } from './domain/rules.js';
import { schema } from './schema.js';
import { apply } from './store/event-store.js';
import { happeningOf } from './store/happening.js';

const tenantId = newId();
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema);
  await stage.start();
});
afterAll(() => stage.stop());

/** Waits until assertions hold. */
function settled(check: () => Promise<unknown>, options: { withinMs: number; describe: string }): Promise<unknown> {
  return eventually(async () => { await check(); return true; }, options);
}

function event(dedupKey: string, change: Partial<Event> = {}): Event {
  const scopeId = change.scopeId ?? SCOPE;
  return {
    id: newId(), traceId: newId(), scopeId, serviceId: newId(), integrationId: scopeId,
    action: 'trigger', dedupKey, summary: `About ${dedupKey}`, source: 'test',
    severity: 'error', acceptedAt: new Date().toISOString(), details: {}, links: [], ...change,
  };
}
const SCOPE = newId();

async function publish(...events: Event[]): Promise<void> {
  await stage.bus.ready();
  for (const e of events) {
    const partition = partitionOf(eventOrderKey(e.scopeId, e.dedupKey));
    await stage.bus.publish(subjects.events(tenantId, partition), EVENTS.encode({ tenantId, events: [e] }));
  }
}

const call = (method: string, path: string, body?: object, as: { tenantId?: string; headers?: Record<string, string> } = {}) =>
  stage.call(method, `/api/v1${path}`, { tenantId, body, ...as });

async function incidentsOf(dedupKey: string): Promise<Record<string, unknown>[]> {
  const { body } = await call('GET', `/incidents?dedupKey=${encodeURIComponent(dedupKey)}`);
  return body.data as Record<string, unknown>[];
}

describe('incidents', () => {
  it('opens, counts, acknowledges over HTTP, resolves, and tells of each change once, in order', async () => {
    await publish(event('k1'), event('k1'), event('k1', { severity: 'critical' }));
    const merged = { status: 'OPEN', eventCount: 3, severity: 'critical', number: expect.any(Number) };
    await settled(async () => expect((await incidentsOf('k1'))[0]).toMatchObject(merged), { withinMs: 5_000, describe: 'an open incident' });
    const [incident] = await incidentsOf('k1');
    expect((await call('GET', `/incidents?number=${String(incident!.number)}`)).body.data).toEqual([incident]);
    expect((await call('GET', '/incidents?number=one')).status).toBe(400);
    const acknowledged = await call('POST', `/incidents/${String(incident!.id)}/acknowledge`, { note: 'on it' });
    expect(acknowledged).toMatchObject({ status: 200, body: { status: 'ACKNOWLEDGED' } });
    await publish(event('k1', { action: 'resolve' }));
    await settled(async () => expect((await incidentsOf('k1'))[0]).toMatchObject({ status: 'RESOLVED' }), { withinMs: 5_000, describe: 'a resolved incident' });
    const timeline = await call('GET', `/incidents/${String(incident!.id)}/timeline`);
    expect((timeline.body.data as { kind: string }[]).map((e) => e.kind)).toEqual(['triggered', 'repeated', 'updated', 'acknowledged', 'resolved']);
    await settled(async () => expect((await changes()).filter((c) => c.incident.dedupKey === 'k1').map((c) => [c.change, c.version]))
      .toEqual([['triggered', 1], ['updated', 2], ['acknowledged', 3], ['resolved', 4]]), { withinMs: 5_000, describe: 'all changes on the bus' });
  });

  it('a second copy of an event changes nothing', async () => {
    const e = event('k2');
    await publish(e, e);
    await publish(event('k2-after'));
    await settled(async () => expect(await incidentsOf('k2-after')).toHaveLength(1), { withinMs: 5_000, describe: 'the last event' });
    await settled(async () => expect((await incidentsOf('k2'))[0]).toMatchObject({ eventCount: 1 }), { withinMs: 5_000, describe: 'one event counted' });
  });

  it('what jsonb cannot hold does not fail a batch, and the original is kept', async () => {
    await publish(event('k3', { details: { evil: 'a\u0000b', lone: '\ud800' } }), event('k3-neighbour'));
    await settled(async () => expect(await incidentsOf('k3')).toHaveLength(1), { withinMs: 5_000, describe: 'the odd one' });
    const rows = await stage.db.query<{ raw: Buffer }>(`select raw from incidents.incident_events where event->>'dedupKey' = 'k3'`);
    expect((JSON.parse(rows[0]!.raw.toString()) as Event).details).toEqual({ evil: 'a\u0000b', lone: '\ud800' });
  });

  it('tells of changes that are together more than the bus takes at once', async () => {
    const details = { text: 'x'.repeat(300_000) };
    const events = ['trigger', 'resolve', 'trigger', 'resolve', 'trigger'].map((action) => event('large', { action: action as Event['action'], details }));
    const happenings = events.map((one) => happeningOf({ tenantId, event: one }));
    await stage.db.transaction((tx) => apply(tx, happenings, { now: new Date(), shard: 0, rulesOf: () => NO_RULES }));
    await settled(async () => expect((await changes()).filter((c) => c.incident.dedupKey === 'large').map((c) => c.change))
      .toEqual(['triggered', 'resolved', 'triggered', 'resolved', 'triggered']), { withinMs: 10_000, describe: 'all changes on the bus' });
  });

  it('a message that is no event becomes a dead letter, and the line goes on', async () => {
    await stage.bus.publish(subjects.events(tenantId, partitionOf(eventOrderKey(SCOPE, 'k4'))), Buffer.from('not json'));
    await publish(event('k4'));
    await settled(async () => expect(await incidentsOf('k4')).toHaveLength(1), { withinMs: 5_000, describe: 'the event behind it' });
    await settled(async () => {
      expect(await stage.stored(DEAD_LETTERS)).toHaveLength(1);
    }, { withinMs: 5_000, describe: 'its dead letter' });
  });

  it('another tenant sees nothing of it', async () => {
    const [incident] = await incidentsOf('k4');
    expect((await call('GET', `/incidents/${String(incident!.id)}`, undefined, { tenantId: newId() })).status).toBe(404);
    expect((await call('POST', `/incidents/${String(incident!.id)}/resolve`, {}, { tenantId: newId() })).status).toBe(404);
  });

  it('several replicas keep the order of each key and open one incident, while one of them comes and goes', async () => {
    await stage.start();
    const rounds = 40;
    for (let i = 0; i < rounds; i += 1) {
      await publish(...['a', 'b', 'c', 'd', 'e'].flatMap((k) => [event(`many-${k}`), event(`many-${k}`), event(`many-${k}`, { action: 'resolve' })]));
      if (i === rounds / 2) await stage.end();
    }
    await settled(async () => {
      for (const k of ['a', 'b', 'c', 'd', 'e']) {
        const rows = await stage.db.query<{ status: string; event_count: number }>(
          `select status, event_count from incidents.incidents where dedup_key = $1`,
          [`many-${k}`],
        );
        expect(rows).toHaveLength(rounds);
        for (const row of rows) expect(row).toEqual({ status: 'RESOLVED', event_count: 3 });
      }
    }, { withinMs: 20_000, describe: 'every round opened and closed one incident per key' });
  }, 60_000);

  it('survives the death of NATS between two events', async () => {
    await publish(event('n1'));
    await stage.nats.kill('SIGKILL');
    await stage.nats.restart();
    await settled(() => publish(event('n2')), { withinMs: 10_000, describe: 'NATS is back' });
    await settled(async () => {
      expect(await incidentsOf('n1')).toHaveLength(1);
      expect(await incidentsOf('n2')).toHaveLength(1);
    }, { withinMs: 15_000, describe: 'both incidents' });
  }, 40_000);

  it('a service names the team that answers for it, of the same tenant', async () => {
    const [ours, theirs] = [newId(), newId()];
    const teams = new Map([[ours, tenantId], [theirs, newId()]]);
    await stage.answer('teams', (id) => (teams.has(id) ? { id, tenantId: teams.get(id)!, name: 'Shop', memberIds: [] } : undefined));
    const post = (body: object) => call('POST', '/services', { name: `owned ${newId()}`, ...body });
    for (const teamId of [theirs, newId()]) expect((await post({ teamId })).body).toMatchObject({ status: 400, errors: [{ path: 'teamId' }] });
    expect((await post({})).body).toMatchObject({ teamId: null });
    const { body } = await post({ teamId: ours.toUpperCase() });
    expect(body).toMatchObject({ teamId: ours });
    const patch = (change: object) => call('PATCH', `/services/${String(body.id)}`, change);
    expect((await patch({ teamId: theirs })).body).toMatchObject({ status: 400, errors: [{ path: 'teamId' }] });
    expect((await patch({ description: 'all of it' })).body).toMatchObject({ teamId: ours });
    expect((await patch({ teamId: null })).body).toMatchObject({ teamId: null, description: 'all of it' });
  });

  it('services: created, renamed with If-Match, refused when the name is taken, and their names show on incidents', async () => {
    const created = await call('POST', '/services', { name: 'Web shop' });
    expect(created.status).toBe(201);
    const id = String(created.body.id);
    expect((await call('POST', '/services', { name: 'web SHOP' })).status).toBe(409);
    expect((await call('POST', '/services', { nme: 'x' })).body).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([expect.objectContaining({ path: 'nme' })]),
    });
    expect((await call('PATCH', `/services/${id}`, { name: 'Shop' }, { headers: { 'if-match': '"9"' } })).status).toBe(412);
    expect((await call('PATCH', `/services/${id}`, { name: 'Shop' }, { headers: { 'if-match': '"1"' } })).body).toMatchObject({ name: 'Shop', version: 2 });
    await publish(event('named', { serviceId: id }));
    await settled(
      async () => expect((await incidentsOf('named'))[0]).toMatchObject({ service: { id, name: 'Shop' } }),
      { withinMs: 5_000, describe: 'the name on the incident' },
    );
  });
});

const changes = async (): Promise<IncidentChange[]> => (await stage.stored(INCIDENTS)).flatMap((envelope) => envelope.changes);
