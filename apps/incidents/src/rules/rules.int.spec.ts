import { AUDIT, EVENTS, eventOrderKey, memberKey, newId, partitionOf, subjects, type Event } from '@signalbox/contracts';
import { Stage, eventually, type Answered } from '@signalbox/testing';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

let stage: Stage;
let tenantId = newId();
let scopeId = newId();
let channel: string;
/** What other services would say of whom they are asked about. */
const known = new Map<string, object>();

beforeAll(async () => {
  stage = await Stage.set(service, schema);
  for (const kind of ['channels', 'members', 'teams'] as const) await stage.answer(kind, (key) => known.get(`${kind} ${key}`));
  await stage.start();
  await stage.start();
});

afterAll(() => stage.stop());

beforeEach(() => {
  [tenantId, scopeId] = [newId(), newId()];
  channel = channelOf(tenantId);
});

type Body = Record<string, unknown> & { errors?: { path: string; message: string }[]; id?: string; data?: Record<string, unknown>[] };

interface As { readonly tenant?: string; readonly headers?: Record<string, string>; readonly replica?: number }

const call = (method: string, path: string, body?: object, { tenant = tenantId, ...as }: As = {}) =>
  stage.call<Body>(method, `/api/v1/${path}`, { tenantId: tenant, body, ...as });

async function made(path: string, body: object): Promise<string> {
  const answer = await call('POST', path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id!;
}

const faultsOf = ({ status, body }: Answered<Body>): string[] => [String(status), ...(body.errors ?? []).map(({ path }) => path)];

/** A channel of a tenant, as notifications tells of it. */
function channelOf(tenant: string): string {
  const id = newId();
  known.set(`channels ${id}`, { id, tenantId: tenant });
  return id;
}

const step = (...ids: string[]) => ({ delaySeconds: 300, targets: ids.map((id) => ({ type: 'channel', id })) });

describe('escalation policies', () => {
  it('are made with what is usual, changed by If-Match, listed by cursor, and audited', async () => {
    const told: string[] = [];
    const listener = await stage.bus.ready();
    listener.subscribe(subjects.audit(tenantId), { callback: (_error, message) => void told.push(AUDIT.decode(message.data).action) });
    await listener.flush();
    const answer = await call('POST', 'escalation-policies', { name: 'On call', steps: [step(channel)] });
    expect(answer).toMatchObject({
      status: 201,
      body: { name: 'On call', description: null, rounds: 1, acknowledgeTimeoutSeconds: null, fallback: [], steps: [step(channel)], version: 1 },
    });
    const path = `escalation-policies/${answer.body.id}`;
    expect((await call('PATCH', path, { rounds: 3 }, { headers: { 'if-match': '"7"' } })).status).toBe(412);
    const changed = await call('PATCH', path, { rounds: 3, acknowledgeTimeoutSeconds: 1800 }, { headers: { 'if-match': '"1"' } });
    expect(changed).toMatchObject({ status: 200, body: { rounds: 3, acknowledgeTimeoutSeconds: 1800, steps: [step(channel)], version: 2 } });
    expect((await call('PATCH', path, { acknowledgeTimeoutSeconds: null })).body).toMatchObject({ acknowledgeTimeoutSeconds: null, rounds: 3 });
    await made('escalation-policies', { name: 'Another', steps: [step(channel)] });
    const first = await call('GET', 'escalation-policies?limit=1');
    const second = await call('GET', `escalation-policies?limit=1&cursor=${String(first.body['nextCursor'])}`);
    expect([first, second].map(({ body }) => body.data![0]!['name'])).toEqual(['Another', 'On call']);
    expect((await call('POST', 'escalation-policies', { name: 'on CALL', steps: [step(channel)] })).status).toBe(409);
    expect((await call('GET', path)).headers.get('etag')).toBe('"3"');
    expect((await call('DELETE', path, undefined, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    await eventually(() => Promise.resolve(told.join() === 'create,update,update,create,delete'), { withinMs: 5_000, describe: 'the audit log to be told' });
  });

  it('name every target that is not the tenant\'s, and every field that is out of bounds', async () => {
    const strange = channelOf(newId());
    const body = { name: 'x', steps: [step(channel, strange), step(channel)], fallback: [{ type: 'channel', id: strange }] };
    expect(faultsOf(await call('POST', 'escalation-policies', body))).toEqual(['400', 'steps[0].targets[1].id', 'fallback[0].id']);
    const bad = { name: '', steps: [{ delaySeconds: 29, targets: [] }], rounds: 21, acknowledgeTimeoutSeconds: 1.5, extra: 1 };
    expect(faultsOf(await call('POST', 'escalation-policies', bad))).toEqual(expect.arrayContaining([
      '400', 'name', 'steps[0].delaySeconds', 'steps[0].targets', 'rounds', 'acknowledgeTimeoutSeconds', 'extra',
    ]));
  });

  it('page users, teams and schedules of the tenant, as long as their owner can be asked', async () => {
    const [user, team] = [newId(), newId()];
    known.set(`members ${memberKey(tenantId, user)}`, { tenantId, userId: user, name: 'Ada' });
    known.set(`teams ${team}`, { id: team, tenantId });
    const strangers = newId();
    known.set(`teams ${strangers}`, { id: strangers, tenantId: newId() });
    const schedule = await made('schedules', { name: 'Primary', timeZone: 'UTC' });
    const targets = (ids: [string, string, string]) => ({
      name: 'x',
      steps: [{ delaySeconds: 30, targets: [{ type: 'user', id: ids[0] }, { type: 'team', id: ids[1] }, { type: 'schedule', id: ids[2] }] }],
    });
    expect(faultsOf(await call('POST', 'escalation-policies', targets([newId(), strangers, newId()])))).toEqual([
      '400', 'steps[0].targets[0].id', 'steps[0].targets[1].id', 'steps[0].targets[2].id',
    ]);
    expect(await call('POST', 'escalation-policies', targets([user.toUpperCase(), team, schedule])))
      .toMatchObject({ status: 201, body: targets([user, team, schedule]) });
  });

  it('cannot be deleted while services use them, and are another tenant\'s nothing', async () => {
    const policyId = await made('escalation-policies', { name: 'On call', steps: [step(channel)] });
    const web = await made('services', { name: 'Web', policyId });
    await made('services', { name: 'Shop', policyId });
    expect(await call('DELETE', `escalation-policies/${policyId}`)).toMatchObject({ status: 409, body: { detail: expect.stringContaining(`'Shop', 'Web'`) } });
    for (const [method, body] of [['GET', undefined], ['PATCH', { rounds: 2 }], ['DELETE', undefined]] as const) {
      expect((await call(method, `escalation-policies/${policyId}`, body, { tenant: newId() })).status).toBe(404);
    }
    await call('PATCH', `services/${web}`, { policyId: null });
    expect((await call('DELETE', `escalation-policies/${policyId}`)).body['detail']).toContain(`the service 'Shop'`);
  });

  it('page by the replica that was told of them, before it answers', async () => {
    const policyId = await made('escalation-policies', { name: 'On call', steps: [step(channel)] });
    const id = await made('services', { name: 'Web', policyId });
    await trigger(id, 'cpu');
    const { body } = await call('GET', `incidents?dedupKey=cpu`);
    const timeline = `incidents/${String(body.data![0]!['id'])}/timeline`;
    const isPaged = async () => (await call('GET', timeline)).body.data!.some(({ kind }) => kind === 'escalated');
    await eventually(isPaged, { withinMs: 5_000, describe: 'a page' });
  });
});

describe('what a service says of its incidents', () => {
  const SETTINGS = {
    urgency: 'LOW', sla: { acknowledgeSeconds: { HIGH: 300 }, resolveSeconds: { HIGH: 3600, LOW: 86_400 } },
    autoResolveSeconds: 3600, reopenSeconds: 300, stormPerMinute: 20,
    flapping: { changes: 6, seconds: 900 }, runbookUrl: 'https://runbooks.example.com/web',
  };
  const OFF = {
    policyId: null, urgency: null, sla: null, autoResolveSeconds: null, reopenSeconds: null,
    stormPerMinute: null, flapping: null, dependsOn: [], runbookUrl: null,
  };

  it('is nothing by default, is set and changed one by one, and is switched off by null', async () => {
    expect((await call('POST', 'services', { name: 'Plain' })).body).toMatchObject(OFF);
    const { body } = await call('POST', 'services', { name: 'Web', ...SETTINGS });
    expect(body).toMatchObject(SETTINGS);
    expect((await call('PATCH', `services/${body.id}`, { stormPerMinute: 5 })).body).toMatchObject({ ...SETTINGS, stormPerMinute: 5 });
    expect((await call('PATCH', `services/${body.id}`, OFF)).body).toMatchObject(OFF);
    expect((await call('GET', `services/${body.id}`)).body).toMatchObject({ ...OFF, name: 'Web' });
  });

  it('is checked field by field', async () => {
    const bad = {
      name: 'x', urgency: 'URGENT', sla: { acknowledgeSeconds: { HIGH: 0, NOW: 1 } },
      autoResolveSeconds: 59, reopenSeconds: -1,
      stormPerMinute: 0, flapping: { changes: 2 }, dependsOn: ['x'], runbookUrl: 'javascript:alert(1)',
    };
    expect(new Set(faultsOf(await call('POST', 'services', bad)))).toEqual(new Set([
      '400', 'urgency', 'sla.acknowledgeSeconds.HIGH', 'sla.acknowledgeSeconds.NOW',
      'autoResolveSeconds', 'reopenSeconds', 'stormPerMinute', 'flapping.changes', 'flapping.seconds', 'dependsOn', 'runbookUrl',
    ]));
    const late = { name: 'x', policyId: newId(), dependsOn: [newId()], sla: { acknowledgeSeconds: { HIGH: 600 }, resolveSeconds: { HIGH: 300 } } };
    expect(faultsOf(await call('POST', 'services', late))).toEqual(['400', 'policyId', 'dependsOn[0]', 'sla.acknowledgeSeconds.HIGH']);
  });

  it('takes services of the tenant to depend on, and no circle', async () => {
    const db1 = await made('services', { name: 'Database' });
    const api = await made('services', { name: 'API', dependsOn: [db1] });
    const web = await made('services', { name: 'Web', dependsOn: [api] });
    expect(await call('PATCH', `services/${db1}`, { dependsOn: [web] })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'dependsOn', message: 'would close a circle: Database needs Web needs API needs Database' }] },
    });
    expect(faultsOf(await call('PATCH', `services/${db1}`, { dependsOn: [db1] }))).toEqual(['400', 'dependsOn']);
    expect(faultsOf(await call('POST', 'services', { name: 'Theirs', dependsOn: [db1] }, { tenant: newId() }))).toEqual(['400', 'dependsOn[0]']);
    expect((await call('PATCH', `services/${web}`, { dependsOn: [api, db1] })).body).toMatchObject({ dependsOn: [api, db1] });
  });
});

const CPU = [{ field: 'dedupKey', operator: '=~', value: 'cpu.*' }];
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

describe('what keeps incidents quiet', () => {
  it('a silence begins now, quiets what is open at once, and wakes it at once when it is ended or deleted', async () => {
    const web = await made('services', { name: 'Web' });
    await trigger(web, 'cpu-1');
    const silence = await call('POST', 'silences', { name: 'deploy', matchers: CPU, endsAt: inHours(2) });
    expect(silence).toMatchObject({ status: 201, body: { name: 'deploy', matchers: CPU, createdBy: 'Ada', version: 1 } });
    await becomes('cpu-1', 'SUPPRESSED');
    await call('PATCH', `silences/${silence.body.id}`, { endsAt: inHours(-0.01), startsAt: inHours(-1) });
    await becomes('cpu-1', 'OPEN');
    const again = await made('silences', { name: 'again', matchers: CPU, endsAt: inHours(2) });
    await becomes('cpu-1', 'SUPPRESSED');
    await trigger(web, 'cpu-2');
    await becomes('cpu-2', 'SUPPRESSED');
    await call('DELETE', `silences/${again}`);
    await becomes('cpu-1', 'OPEN');
    await becomes('cpu-2', 'OPEN');
  });

  it('a silence that somebody deletes by hand is noted, whatever their search path', async () => {
    await trigger(await made('services', { name: 'Web' }), 'cpu-1');
    const id = await made('silences', { name: 'deploy', matchers: CPU, endsAt: inHours(2) });
    await becomes('cpu-1', 'SUPPRESSED');
    await stage.db.transaction(async (tx) => {
      await tx.query('set local search_path to public');
      await tx.query('delete from incidents.silences where id = $1', [id]);
    });
    await becomes('cpu-1', 'OPEN');
  });

  it('each kind is stored as it was sent, changed field by field, listed, and another tenant\'s nothing', async () => {
    const web = await made('services', { name: 'Web' });
    const window = {
      name: 'backup', serviceIds: [web], startsAt: '2026-03-01T01:00:00.000Z', endsAt: '2026-03-01T03:00:00.000Z',
      timeZone: 'Europe/Berlin', recurrence: 'weekly', recursUntil: '2027-01-01T00:00:00.000Z',
    };
    const notCritical = [{ field: 'severity', operator: '!=', value: 'critical' }];
    const kinds: [path: string, body: object, change: object][] = [
      ['silences', { name: 'deploy', matchers: CPU, startsAt: inHours(1), endsAt: inHours(2) }, { name: 'release' }],
      ['maintenance-windows', { matchers: [], ...window }, { recursUntil: null }],
      ['inhibition-rules', { name: 'over', source: CPU, target: notCritical, equal: ['details.host'] }, { equal: [] }],
      ['grouping-rules', { name: 'by host', matchers: CPU, by: ['details.host', 'serviceId'], windowSeconds: 300 }, { windowSeconds: 60 }],
    ];
    for (const [path, body, change] of kinds) {
      const answer = await call('POST', path, body);
      expect(answer).toMatchObject({ status: 201, body });
      const one = `${path}/${answer.body.id}`;
      expect((await call('PATCH', one, change, { headers: { 'if-match': '"9"' } })).status).toBe(412);
      expect(await call('PATCH', one, change, { headers: { 'if-match': '"1"' } })).toMatchObject({ status: 200, body: { ...body, ...change, version: 2 } });
      expect((await call('GET', path)).body.data).toMatchObject([{ ...body, ...change }]);
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        expect((await call(method, one, method === 'PATCH' ? change : undefined, { tenant: newId() })).status).toBe(404);
      }
      expect((await call('DELETE', one, undefined, { headers: { 'if-match': '"1"' } })).status).toBe(412);
      expect((await call('DELETE', one)).status).toBe(204);
      expect((await call('GET', path)).body.data).toEqual([]);
    }
  });

  it('a tenant has a bounded number of rules, of which silences that are over are none', async () => {
    const rule = { name: 'x', source: CPU, target: CPU };
    for (let made = 0; made < 50; made += 1) expect((await call('POST', 'inhibition-rules', rule)).status).toBe(201);
    expect(await call('POST', 'inhibition-rules', rule)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('50 inhibition rules') } });
    expect((await call('POST', 'inhibition-rules', rule, { tenant: newId() })).status).toBe(201);
    const rows = (count: number, endsAt: string) => stage.db.query(
      `insert into silences (id, tenant_id, version, name, matchers, starts_at, ends_at, created_by, created_at, updated_at)
       select gen_random_uuid(), $1, 1, 'x', '[]', '2020-01-01', $2, 'x', now(), now() from generate_series(1, $3::int)`, [tenantId, endsAt, count]);
    await rows(499, inHours(1));
    await rows(10, inHours(-1));
    expect((await call('POST', 'silences', { name: 'x', matchers: CPU, endsAt: inHours(1) })).status).toBe(201);
    expect((await call('POST', 'silences', { name: 'x', matchers: CPU, endsAt: inHours(1) })).status).toBe(409);
  });

  it('faults are named one by one', async () => {
    const silence = {
      name: 'x',
      matchers: [{ field: 'titel', operator: '=', value: '' }, { field: 'title', operator: '=~', value: '(' }],
      endsAt: inHours(-1),
    };
    expect(faultsOf(await call('POST', 'silences', silence))).toEqual(['400', 'matchers[0].field', 'matchers[1].value']);
    expect(faultsOf(await call('POST', 'silences', { name: 'x', matchers: CPU, endsAt: inHours(-1) }))).toEqual(['400', 'endsAt', 'endsAt']);
    expect(faultsOf(await call('POST', 'silences', { name: 'x', matchers: [], endsAt: 'tomorrow' }))).toEqual(['400', 'matchers', 'endsAt']);
    const window = { name: 'x', startsAt: '2026-03-01T00:00:00Z', endsAt: '2026-03-02T00:00:00Z' };
    expect(faultsOf(await call('POST', 'maintenance-windows', { ...window, recursUntil: inHours(1) }))).toEqual(['400', 'recursUntil', 'serviceIds', 'endsAt']);
    expect(faultsOf(await call('POST', 'maintenance-windows', { ...window, matchers: CPU, recurrence: 'daily', timeZone: 'Mars' })))
      .toEqual(['400', 'timeZone']);
    expect(faultsOf(await call('POST', 'maintenance-windows', { ...window, matchers: CPU, recurrence: 'daily', recursUntil: '2026-02-01T00:00:00Z' })))
      .toEqual(['400', 'endsAt', 'recursUntil']);
    expect(faultsOf(await call('POST', 'maintenance-windows', { ...window, serviceIds: [newId()] }))).toEqual(['400', 'serviceIds[0]']);
    expect(faultsOf(await call('POST', 'inhibition-rules', { name: 'x', source: CPU, target: [], equal: ['details.'] }))).toEqual(['400', 'target', 'equal']);
    expect(faultsOf(await call('POST', 'inhibition-rules', { name: 'x', source: CPU, target: CPU, equal: ['details.'] }))).toEqual(['400', 'equal']);
    expect(faultsOf(await call('POST', 'grouping-rules', { name: 'x', by: ['host'], windowSeconds: 60, more: 1 }))).toEqual(['400', 'more', 'by']);
    expect(faultsOf(await call('POST', 'grouping-rules', { name: 'x', by: ['host'], windowSeconds: 60 }))).toEqual(['400', 'by']);
    expect(faultsOf(await call('POST', 'maintenance-windows', { ...window, matchers: CPU }))).toEqual(['400', 'endsAt']);
    const made1 = await made('maintenance-windows', { ...window, matchers: CPU, startsAt: inHours(-1), endsAt: inHours(25) });
    expect(faultsOf(await call('PATCH', `maintenance-windows/${made1}`, { recurrence: 'daily' }))).toEqual(['400', 'endsAt']);
    expect(await call('PATCH', `maintenance-windows/${made1}`, { endsAt: inHours(-0.5) })).toMatchObject({ status: 200 });
  });
});

describe('a rule that is only tried', () => {
  interface Preview { events: number; incidents: number; quiet: number; examples: { number: number; would: string; title: string; incidentId: string }[] }
  const preview = async (path: string, body: object): Promise<Preview> => {
    const answer = await call('POST', `${path}/preview`, body);
    expect(answer.status).toBe(200);
    return answer.body as unknown as Preview;
  };

  it('tells of each kind what it would have done to the last events, and stores nothing', async () => {
    const web = await made('services', { name: 'Web' });
    for (const key of ['cpu-1', 'cpu-2', 'disk']) await trigger(web, key, { host: 'a' });
    const before = (await call('GET', 'incidents')).body.data!;
    const silence = await preview('silences', { name: 'x', matchers: CPU, startsAt: inHours(1), endsAt: inHours(2) });
    const [second, first] = silence.examples;
    expect(silence).toEqual({
      events: 3, incidents: 3, quiet: 2,
      examples: [
        { ...second, title: 'About cpu-2', would: 'quiet', byIncidentId: null },
        { ...first, title: 'About cpu-1', would: 'quiet' },
      ],
    });
    const grouping = await preview('grouping-rules', { name: 'x', by: ['details.host'], windowSeconds: 60 });
    expect(grouping).toMatchObject({
      quiet: 2,
      examples: [
        { title: 'About disk', would: 'grouped behind #1' },
        { title: 'About cpu-2', would: 'grouped behind #1', byIncidentId: before.at(-1)!['id'] },
      ],
    });
    const disk = [{ field: 'dedupKey', operator: '=', value: 'disk' }];
    expect(await preview('inhibition-rules', { name: 'x', source: CPU, target: disk }))
      .toMatchObject({ quiet: 1, examples: [{ title: 'About disk', would: 'inhibited by #1' }] });
    const window = (from: number, to: number) => ({
      name: 'x',
      serviceIds: [web],
      startsAt: inHours(24 + from),
      endsAt: inHours(24 + to),
      recurrence: 'daily',
    });
    expect((await preview('maintenance-windows', window(-1, 1))).quiet).toBe(3);
    expect((await preview('maintenance-windows', window(1, 2))).quiet).toBe(0);
    expect((await call('GET', 'incidents')).body.data).toEqual(before);
    expect((await call('GET', 'silences')).body.data).toEqual([]);
  });

  it('is refused as a stored one is, and sees the tenant\'s events alone', async () => {
    const mistyped = { name: 'x', matchers: [{ field: 'x', operator: '=', value: '' }], endsAt: inHours(1) };
    expect(faultsOf(await call('POST', 'silences/preview', mistyped))).toEqual(['400', 'matchers[0].field']);
    expect(await preview('grouping-rules', { name: 'x', windowSeconds: 60 })).toEqual({ events: 0, incidents: 0, quiet: 0, examples: [] });
  });
});

/** Waits until the newest incident of a key has a status. */
async function becomes(dedupKey: string, status: string): Promise<void> {
  const isSo = async () => (await call('GET', `incidents?dedupKey=${dedupKey}`)).body.data?.[0]?.['status'] === status;
  await eventually(isSo, { withinMs: 5_000, describe: `${dedupKey} to be ${status}` });
}

/** Sends a trigger and waits until it is taken in. */
async function trigger(serviceId: string, dedupKey: string, details: Event['details'] = {}): Promise<void> {
  const event: Event = {
    id: newId(), traceId: newId(), scopeId, serviceId, integrationId: scopeId,
    action: 'trigger', dedupKey, summary: `About ${dedupKey}`, source: 'test', severity: 'critical',
    acceptedAt: new Date().toISOString(), details, links: [],
  };
  await stage.bus.publish(subjects.events(tenantId, partitionOf(eventOrderKey(scopeId, dedupKey))), EVENTS.encode({ tenantId, events: [event] }));
  const isTakenIn = async () => (await stage.db.query('select 1 from incident_events where event_id = $1', [event.id])).length > 0;
  await eventually(isTakenIn, { withinMs: 10_000, describe: 'the event is taken in' });
}
