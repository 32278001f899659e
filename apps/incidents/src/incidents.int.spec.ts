import { createIdentitySigner, newIdentityKeys, pemFromEnv } from '@signalbox/access';
import { EVENTS, INCIDENTS, eventOrderKey, newId, partitionOf, questions, subjects, type DirectoryQuestion, type Event, type IncidentChange } from '@signalbox/contracts';
import { Database, migrate } from '@signalbox/database';
import { Bus } from '@signalbox/messaging';
import { startService, type RunningService } from '@signalbox/runtime';
import { eventually, freshDatabase, startNats, type Server } from '@signalbox/testing';
import { randomBytes } from 'node:crypto';
import { service } from './app.module.js';
import { NO_RULES } from './domain/rules.js';
import { schema } from './schema.js';
import { apply } from './store/event-store.js';
import { happeningOf } from './store/happening.js';

const keys = newIdentityKeys();
const signer = createIdentitySigner(pemFromEnv(keys.privateKey));
const tenantId = newId();
let nats: Server;
let db: Database;
let bus: Bus;
let env: NodeJS.ProcessEnv;
let running: RunningService[] = [];

beforeAll(async () => {
  nats = await startNats();
  const { url } = await freshDatabase();
  await migrate([schema], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  env = {
    SERVICE_PORT: '0', BIND_ADDRESS: '127.0.0.1', NATS_URL: nats.url, DATABASE_URL: url, LOG_LEVEL: 'error',
    SIGNALBOX_MASTER_KEY: randomBytes(32).toString('base64'), IDENTITY_PUBLIC_KEY: keys.publicKey,
  };
  db = new Database({ url, schema: 'incidents' });
  bus = new Bus({ servers: nats.url, name: 'test' });
  running = [await startService(service, env)];
  await ready();
});

afterAll(async () => {
  await Promise.all(running.map((s) => s.stop()));
  await bus.close();
  await db.close();
  await nats.stop();
});

/** Waits until assertions hold. */
function settled(check: () => Promise<unknown>, options: { withinMs: number; describe: string }): Promise<unknown> {
  return eventually(async () => { await check(); return true; }, options);
}

async function ready(): Promise<void> {
  await settled(async () => {
    for (const s of running) expect((await fetch(`http://127.0.0.1:${s.port}/readyz`)).status).toBe(200);
  }, { withinMs: 15_000, describe: 'the service is ready' });
}

function event(dedupKey: string, change: Partial<Event> = {}): Event {
  const scopeId = change.scopeId ?? SCOPE;
  return {
    id: newId(), traceId: newId(), scopeId, serviceId: newId(), integrationId: scopeId, action: 'trigger', dedupKey, summary: `About ${dedupKey}`, source: 'test',
    severity: 'error', acceptedAt: new Date().toISOString(), details: {}, links: [], ...change,
  };
}
const SCOPE = newId();

async function publish(...events: Event[]): Promise<void> {
  await bus.ready();
  for (const e of events) {
    const partition = partitionOf(eventOrderKey(e.scopeId, e.dedupKey));
    await bus.publish(subjects.events(tenantId, partition), EVENTS.encode({ tenantId, events: [e] }));
  }
}

async function call(path: string, init: RequestInit = {}, tenant = tenantId): Promise<{ status: number; body: Record<string, unknown> }> {
  const identity = { tenantId: tenant, subject: { type: 'user' as const, id: newId(), name: 'Ada' }, role: 'admin' as const, scopes: [] };
  const response = await fetch(`http://127.0.0.1:${running[0]!.port}${path}`, {
    ...init, headers: { 'content-type': 'application/json', 'x-signalbox-identity': await signer.sign(identity, 'incidents'), ...init.headers },
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) as Record<string, unknown> };
}

async function incidentsOf(dedupKey: string): Promise<Record<string, unknown>[]> {
  const { body } = await call(`/api/v1/incidents?dedupKey=${encodeURIComponent(dedupKey)}`);
  return body.data as Record<string, unknown>[];
}

describe('incidents', () => {
  it('opens, counts, acknowledges over HTTP, resolves, and tells of each change once, in order', async () => {
    await publish(event('k1'), event('k1'), event('k1', { severity: 'critical' }));
    await settled(async () => expect((await incidentsOf('k1'))[0]).toMatchObject({ status: 'OPEN', eventCount: 3, severity: 'critical', number: expect.any(Number) }), { withinMs: 5_000, describe: 'an open incident' });
    const [incident] = await incidentsOf('k1');
    expect((await call(`/api/v1/incidents?number=${String(incident!.number)}`)).body.data).toEqual([incident]);
    expect((await call('/api/v1/incidents?number=one')).status).toBe(400);
    const acknowledged = await call(`/api/v1/incidents/${String(incident!.id)}/acknowledge`, { method: 'POST', body: JSON.stringify({ note: 'on it' }) });
    expect(acknowledged).toMatchObject({ status: 200, body: { status: 'ACKNOWLEDGED' } });
    await publish(event('k1', { action: 'resolve' }));
    await settled(async () => expect((await incidentsOf('k1'))[0]).toMatchObject({ status: 'RESOLVED' }), { withinMs: 5_000, describe: 'a resolved incident' });
    const timeline = await call(`/api/v1/incidents/${String(incident!.id)}/timeline`);
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
    const rows = await db.query<{ raw: Buffer }>(`select raw from incidents.incident_events where event->>'dedupKey' = 'k3'`);
    expect((JSON.parse(rows[0]!.raw.toString()) as Event).details).toEqual({ evil: 'a\u0000b', lone: '\ud800' });
  });

  it('tells of changes that are together more than the bus takes at once', async () => {
    const details = { text: 'x'.repeat(300_000) };
    const events = ['trigger', 'resolve', 'trigger', 'resolve', 'trigger'].map((action) => event('large', { action: action as Event['action'], details }));
    await db.transaction((tx) => apply(tx, events.map((one) => happeningOf({ tenantId, event: one })), { now: new Date(), shard: 0, rulesOf: () => NO_RULES }));
    await settled(async () => expect((await changes()).filter((c) => c.incident.dedupKey === 'large').map((c) => c.change))
      .toEqual(['triggered', 'resolved', 'triggered', 'resolved', 'triggered']), { withinMs: 10_000, describe: 'all changes on the bus' });
  });

  it('a message that is no event becomes a dead letter, and the line goes on', async () => {
    await bus.publish(subjects.events(tenantId, partitionOf(eventOrderKey(SCOPE, 'k4'))), Buffer.from('not json'));
    await publish(event('k4'));
    await settled(async () => expect(await incidentsOf('k4')).toHaveLength(1), { withinMs: 5_000, describe: 'the event behind it' });
    await settled(async () => {
      const info = await (await bus.manager()).streams.info('DEAD_LETTERS');
      expect(info.state.messages).toBe(1);
    }, { withinMs: 5_000, describe: 'its dead letter' });
  });

  it('another tenant sees nothing of it', async () => {
    const [incident] = await incidentsOf('k4');
    expect((await call(`/api/v1/incidents/${String(incident!.id)}`, {}, newId())).status).toBe(404);
    expect((await call(`/api/v1/incidents/${String(incident!.id)}/resolve`, { method: 'POST', body: '{}' }, newId())).status).toBe(404);
  });

  it('several replicas keep the order of each key and open one incident, while one of them comes and goes', async () => {
    running.push(await startService(service, env));
    await ready();
    const rounds = 40;
    for (let i = 0; i < rounds; i += 1) {
      await publish(...['a', 'b', 'c', 'd', 'e'].flatMap((k) => [event(`many-${k}`), event(`many-${k}`), event(`many-${k}`, { action: 'resolve' })]));
      if (i === rounds / 2) await running.pop()!.stop();
    }
    await settled(async () => {
      for (const k of ['a', 'b', 'c', 'd', 'e']) {
        const rows = await db.query<{ status: string; event_count: number }>(`select status, event_count from incidents.incidents where dedup_key = $1`, [`many-${k}`]);
        expect(rows).toHaveLength(rounds);
        for (const row of rows) expect(row).toEqual({ status: 'RESOLVED', event_count: 3 });
      }
    }, { withinMs: 20_000, describe: 'every round opened and closed one incident per key' });
  }, 60_000);

  it('survives the death of NATS between two events', async () => {
    await publish(event('n1'));
    await nats.kill('SIGKILL');
    await nats.restart();
    await settled(() => publish(event('n2')), { withinMs: 10_000, describe: 'NATS is back' });
    await settled(async () => {
      expect(await incidentsOf('n1')).toHaveLength(1);
      expect(await incidentsOf('n2')).toHaveLength(1);
    }, { withinMs: 15_000, describe: 'both incidents' });
  }, 40_000);

  it('a service names the team that answers for it, of the same tenant', async () => {
    const [ours, theirs] = [newId(), newId()];
    const teams = new Map([[ours, tenantId], [theirs, newId()]]);
    (await bus.ready()).subscribe(questions.directory('teams'), {
      callback: (_error, message) => {
        const { key } = JSON.parse(message.string()) as DirectoryQuestion;
        const owner = teams.get(key);
        message.respond(JSON.stringify(owner === undefined ? null : { kind: 'teams', key, version: 1, value: { id: key, tenantId: owner, name: 'Shop', memberIds: [] } }));
      },
    });
    const post = (body: object) => call('/api/v1/services', { method: 'POST', body: JSON.stringify({ name: `owned ${newId()}`, ...body }) });
    for (const teamId of [theirs, newId()]) expect((await post({ teamId })).body).toMatchObject({ status: 400, errors: [{ path: 'teamId' }] });
    expect((await post({})).body).toMatchObject({ teamId: null });
    const { body } = await post({ teamId: ours.toUpperCase() });
    expect(body).toMatchObject({ teamId: ours });
    const patch = (change: object) => call(`/api/v1/services/${String(body.id)}`, { method: 'PATCH', body: JSON.stringify(change) });
    expect((await patch({ teamId: theirs })).body).toMatchObject({ status: 400, errors: [{ path: 'teamId' }] });
    expect((await patch({ description: 'all of it' })).body).toMatchObject({ teamId: ours });
    expect((await patch({ teamId: null })).body).toMatchObject({ teamId: null, description: 'all of it' });
  });

  it('services: created, renamed with If-Match, refused when the name is taken, and their names show on incidents', async () => {
    const created = await call('/api/v1/services', { method: 'POST', body: JSON.stringify({ name: 'Web shop' }) });
    expect(created.status).toBe(201);
    const id = String(created.body.id);
    expect((await call('/api/v1/services', { method: 'POST', body: JSON.stringify({ name: 'web SHOP' }) })).status).toBe(409);
    expect((await call('/api/v1/services', { method: 'POST', body: JSON.stringify({ nme: 'x' }) })).body).toMatchObject({ status: 400, errors: expect.arrayContaining([expect.objectContaining({ path: 'nme' })]) });
    expect((await call(`/api/v1/services/${id}`, { method: 'PATCH', body: JSON.stringify({ name: 'Shop' }), headers: { 'if-match': '"9"' } })).status).toBe(412);
    expect((await call(`/api/v1/services/${id}`, { method: 'PATCH', body: JSON.stringify({ name: 'Shop' }), headers: { 'if-match': '"1"' } })).body).toMatchObject({ name: 'Shop', version: 2 });
    await publish(event('named', { serviceId: id }));
    await settled(async () => expect((await incidentsOf('named'))[0]).toMatchObject({ service: { id, name: 'Shop' } }), { withinMs: 5_000, describe: 'the name on the incident' });
  });
});

async function changes(): Promise<IncidentChange[]> {
  const manager = await bus.manager();
  const info = await manager.streams.info('INCIDENTS');
  const found: IncidentChange[] = [];
  for (let seq = info.state.first_seq; seq <= info.state.last_seq; seq += 1) {
    found.push(...INCIDENTS.decode((await manager.streams.getMessage('INCIDENTS', { seq })).data).changes);
  }
  return found;
}
