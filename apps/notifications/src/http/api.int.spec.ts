import type { Role } from '@signalbox/access';
import { AUDIT, newId, subjects } from '@signalbox/contracts';
import { Stage, eventually, startReceiver, type Answered, type Receiver } from '@signalbox/testing';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

const MASK = '••••••••';
let stage: Stage;
let receiver: Receiver;
let tenantId: string;

beforeAll(async () => {
  receiver = await startReceiver();
  stage = await Stage.set(service, schema, { OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32', OUTBOUND_ALLOW_PRIVATE: 'true' });
  await stage.start();
});

afterAll(async () => {
  await stage.stop();
  await receiver.stop();
});

beforeEach(() => {
  tenantId = newId();
  receiver.requests.length = 0;
  receiver.answer({ status: 200 });
});

type Body = Record<string, never> & Record<string, unknown>;

interface As { readonly role?: Role; readonly tenant?: string; readonly headers?: Record<string, string> }

const call = (method: string, path: string, body?: unknown, { tenant = tenantId, ...as }: As = {}) =>
  stage.call<Body>(method, path, { tenantId: tenant, body, ...as });

const CHANNELS = '/api/v1/customer/notification-channels';
const PROVIDERS = '/api/v1/notifications/providers';
const RULES = '/api/v1/customer/notification-routing-rules';

async function channel(config: object = { url: `${receiver.url}/hook` }, fields: object = {}): Promise<string> {
  const { status, body } = await call('POST', PROVIDERS, { kind: 'webhook', name: 'ops', config, ...fields });
  expect({ status, body }).toMatchObject({ status: 201 });
  return String(body.id);
}

describe('channels', () => {
  it('are made, read, listed with the kinds, changed and deleted by both paths; a creation shows no config', async () => {
    const config = { url: `${receiver.url}/hook`, secret: 'secret of ours', headers: { 'X-Token': 'token of ours' } };
    const created = await call('POST', PROVIDERS, { kind: 'webhook', name: 'ops', config });
    expect(created).toMatchObject({ status: 201, body: { kind: 'webhook', name: 'ops', enabled: true, configSummary: new URL(receiver.url).host } });
    expect(created.body).not.toHaveProperty('config');
    const id = String(created.body.id);
    const read = await call('GET', `${CHANNELS}/${id}`, undefined, { role: 'viewer' });
    expect(read.body).toMatchObject({ id, config: { url: `${receiver.url}/hook`, secret: MASK, headers: { 'X-Token': MASK } }, disabledReason: null });
    const list = await call('GET', PROVIDERS, undefined, { role: 'viewer' });
    expect(list.body).toEqual({
      data: [read.body],
      nextCursor: null,
      kinds: expect.arrayContaining([{ kind: 'slack', displayName: 'Slack' }, { kind: 'webhook', displayName: expect.any(String) }]),
    });

    const etag = read.headers.get('etag')!;
    const changes = { name: 'renamed', config: { secret: MASK, headers: { 'X-Token': MASK, 'X-Other': 'another of ours' } } };
    const renamed = await call('PATCH', `${PROVIDERS}/${id}`, changes, { headers: { 'if-match': etag } });
    expect(renamed).toMatchObject({ status: 200, body: { name: 'renamed', version: 2 } });
    expect((await call('PATCH', `${PROVIDERS}/${id}`, { name: 'late' }, { headers: { 'if-match': etag } })).status).toBe(412);
    await call('POST', `${PROVIDERS}/${id}/test`);
    expect(receiver.requests[0]!.headers).toMatchObject({
      'x-token': 'token of ours', 'x-other': 'another of ours', 'x-signature': expect.stringMatching(/^sha256=/),
    });

    const replaced = { ...pick(read.body, ['kind', 'name']), config: { url: `${receiver.url}/else` } };
    expect((await call('PUT', `${CHANNELS}/${id}`, replaced)).body).toMatchObject({ name: 'ops', config: { url: `${receiver.url}/else` } });
    expect((await call('PUT', `${CHANNELS}/${id}`, { kind: 'slack', name: 'ops', config: {} })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'kind' }] });
    expect((await call('DELETE', `${CHANNELS}/${id}`)).status).toBe(204);
    expect((await call('GET', `${CHANNELS}/${id}`)).status).toBe(404);
    const audited = await eventually(async () => {
      const all = await audit(id);
      expect(all).toHaveLength(4);
      return all;
    }, { describe: 'four audit entries' });
    expect(audited.map(({ action }) => action)).toEqual(['create', 'update', 'update', 'delete']);
    expect(JSON.stringify(audited)).not.toMatch(/of ours/);
  });

  it.each([
    ['an unknown kind', { kind: 'carrier-pigeon', name: 'x', config: {} }, 400, ['kind']],
    ['no name, and a field that there is not', { kind: 'slack', config: {}, colour: 'red' }, 400, ['colour', 'name']],
    ['a config with faults, all at once', { kind: 'webhook', name: 'x', config: { url: 'ftp://x', secrt: 'y' } }, 422, ['config.secrt', 'config.url']],
    ['no config', { kind: 'webhook', name: 'x' }, 400, ['config']],
    ['the metadata address', { kind: 'webhook', name: 'x', config: { url: 'http://169.254.169.254/latest' } }, 422, ['config']],
    ['a schedule of words', { kind: 'webhook', name: 'x', config: { url: 'https://example.com' }, retryDelaysSeconds: ['soon'] }, 400, ['retryDelaysSeconds']],
  ])('refuse %s', async (_name, body, status, paths) => {
    const answer = await call('POST', PROVIDERS, body);
    expect([answer.status, [...new Set((answer.body.errors as unknown as { path: string }[]).map(({ path }) => path))].sort()]).toEqual([status, paths]);
  });

  it('null in a change keeps a field, or takes the schedule back; a fault in a change is 422', async () => {
    const id = await channel(undefined, { retryDelaysSeconds: [60] });
    expect((await call('PATCH', `${PROVIDERS}/${id}`, { name: null, enabled: null, config: null })).body)
      .toMatchObject({ name: 'ops', enabled: true, retryDelaysSeconds: [60] });
    expect((await call('PATCH', `${PROVIDERS}/${id}`, { retryDelaysSeconds: null })).body).toMatchObject({ retryDelaysSeconds: null });
    expect((await call('PATCH', `${PROVIDERS}/${id}`, { config: { url: 'nowhere' } })).status).toBe(422);
  });

  it('belong to their tenant, and to those who may change them', async () => {
    const id = await channel();
    for (const [method, body] of [['GET'], ['PATCH', {}], ['PUT', { name: 'x', config: {} }], ['DELETE'], ['POST', undefined, '/test']] as const) {
      expect([method, (await call(method, `${PROVIDERS}/${id}${method === 'POST' ? '/test' : ''}`, body, { tenant: newId() })).status]).toEqual([method, 404]);
    }
    expect((await call('POST', PROVIDERS, { kind: 'slack', name: 'x', config: {} }, { role: 'editor' })).status).toBe(403);
    expect((await call('DELETE', `${PROVIDERS}/${id}`, undefined, { role: 'editor' })).status).toBe(403);
    expect((await call('GET', `${PROVIDERS}/not-an-id`)).status).toBe(404);
  });

  it('are tried out: 200 when the far side takes it, 502 with what it said when not', async () => {
    const id = await channel();
    expect(await call('POST', `${PROVIDERS}/${id}/test`))
      .toMatchObject({ status: 200, body: { success: true, detail: expect.stringContaining('Test message sent to') } });
    receiver.answer({ status: 500 });
    expect(await call('POST', `${PROVIDERS}/${id}/test`)).toMatchObject({ status: 502, body: { success: false, error: expect.stringContaining('HTTP 500') } });
  });

  it('whose config does not open any more say so, close nobody else, and are mended by a new config', async () => {
    const lost = await channel({ url: `${receiver.url}/lost` });
    await stage.db.query(`update notification_channels set sealed_config = overlay(sealed_config placing 'sb1.00000000' from 1 for 12) where id = $1`, [lost]);
    await stage.end();
    await stage.start();
    const fine = await channel();
    expect((await call('GET', `${PROVIDERS}`)).body.data).toMatchObject([
      { id: fine, disabledReason: null },
      { id: lost, config: {}, disabledReason: expect.stringContaining('does not open') },
    ]);
    expect(await call('POST', `${PROVIDERS}/${lost}/test`)).toMatchObject({ status: 502, body: { success: false } });
    const sent = await call('POST', '/api/v1/notifications/send', { providerIds: [fine, lost], notification: { title: 'x' } });
    expect(sent).toMatchObject({ status: 200, body: { results: [{ success: true }, { success: false, error: expect.stringContaining('does not open') }] } });
    expect((await call('PATCH', `${PROVIDERS}/${lost}`, { config: { url: `${receiver.url}/mended` } })).body).toMatchObject({ disabledReason: null });
    expect((await call('POST', `${PROVIDERS}/${lost}/test`)).status).toBe(200);
  });

  it('come with the JSON Schema of each kind, and the event types with their severities', async () => {
    const kinds = (await call('GET', '/api/v1/channel-types')).body.data as unknown as { kind: string; configSchema: { type: string; properties: object } }[];
    expect(kinds.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['slack', 'email', 'webhook']));
    for (const { configSchema } of kinds) expect(configSchema).toMatchObject({ type: 'object', properties: expect.any(Object) });
    expect((await call('GET', '/api/v1/event-types')).body.data)
      .toContainEqual({ type: 'ssl_failure', description: expect.any(String), defaultSeverity: 'critical' });
  });
});

describe('sending now', () => {
  const SEND = '/api/v1/notifications/send';

  it('tries each channel once while the caller waits: 200 when one took it, 502 when none did; what fails stays in the schedule', async () => {
    const [good, bad, off] = [await channel(), await channel({ url: `${receiver.url}/bad` }), await channel(undefined, { enabled: false })];
    receiver.answer(({ url }) => ({ status: url === '/bad' ? 503 : 200 }));
    const notification = {
      title: 'Alert: acceptance rate drop',
      body: 'below',
      severity: 'high',
      fields: [{ label: 'Observed', value: '0.04' }],
      sourceUrl: 'https://app.example.com/x',
    };
    const some = await call('POST', SEND, { providerIds: [good, bad, off, good], notification });
    expect(some.status).toBe(200);
    expect(some.body.results).toEqual([
      { providerId: good, kind: 'webhook', success: true, notificationId: expect.any(String) },
      {
        providerId: bad, kind: 'webhook', success: false, notificationId: expect.any(String),
        error: expect.stringMatching(/far_side_error: HTTP 503; it is tried again at 20/),
      },
      { providerId: off, kind: 'webhook', success: false, notificationId: expect.any(String), error: 'the channel is disabled' },
    ]);
    expect(receiver.requests.find(({ url }) => url === '/hook')!.json()).toMatchObject({
      event: 'ad_hoc',
      notification: { title: notification.title, body: 'below', severity: 'error', fields: notification.fields },
    });
    expect((await call('POST', SEND, { providerIds: [bad], notification })).status).toBe(502);

    const { data } = (await call('GET', `/api/v1/customer/notification-jobs?channelId=${bad}&status=failed`)).body;
    const failed = data as unknown as { id: string; nextAttemptAt: string }[];
    expect(failed).toHaveLength(2);
    receiver.answer({ status: 200 });
    await stage.db.query(`update notifications set due_at = now() + interval '1 hour' where id = $1`, [failed[0]!.id]);
    await stage.db.query(`update notifications set due_at = now() where id = $1`, [failed[1]!.id]);
    await eventually(async () => (await call('GET', `/api/v1/notifications/${failed[1]!.id}`)).body.status === 'sent', { describe: 'the one that was due' });
    expect((await call('GET', `/api/v1/notifications/${failed[0]!.id}`)).body.status).toBe('failed');
  });

  it('a cron tries what is due of its own tenant at once, and answers with counts', async () => {
    const id = await channel();
    receiver.answer({ status: 503 });
    await call('POST', SEND, { providerIds: [id], notification: { title: 'x' } });
    const RETRIES = '/api/cron/retries';
    expect(await call('POST', RETRIES)).toMatchObject({ status: 200, body: { tried: 0, sent: 0, failed: 0, dead: 0 } });
    expect((await call('POST', RETRIES, undefined, { role: 'viewer' })).status).toBe(403);
    receiver.answer({ status: 200 });
    // The sender looks by itself twice a second: until the call is the first to see what is due.
    await eventually(async () => {
      await stage.db.query(`update notifications set status = 'failed', due_at = now() where tenant_id = $1`, [tenantId]);
      const stranger = await call('POST', RETRIES, undefined, { tenant: newId() });
      expect(stranger.body).toEqual({ tried: 0, sent: 0, failed: 0, dead: 0 });
      return (await call('POST', RETRIES)).body.sent === 1;
    }, { describe: 'a call that was first' });
  });

  it('refuses ids that are no channels of the tenant, none, and more than 20', async () => {
    const id = await channel();
    const notification = { title: 'x' };
    expect((await call('POST', SEND, { providerIds: [id, newId()], notification })).body).toMatchObject({ status: 400, errors: [{ path: 'providerIds[1]' }] });
    expect((await call('POST', SEND, { providerIds: [id], notification }, { tenant: newId() })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'providerIds[0]' }] });
    expect((await call('POST', SEND, { providerIds: [], notification })).status).toBe(400);
    expect((await call('POST', SEND, { providerIds: Array.from({ length: 21 }, () => id), notification })).status).toBe(400);
    expect((await call('POST', SEND, { providerIds: [id], notification: null })).status).toBe(400);
    expect((await call('POST', SEND, { providerIds: [id], notification: [] })).status).toBe(400);
    expect(receiver.requests).toHaveLength(0);
  });

  it('the same Idempotency-Key sends once', async () => {
    const body = { providerIds: [await channel()], notification: { title: 'x' } };
    const headers = { 'idempotency-key': newId() };
    // The answer names its caller's notification, so the caller must be the same.
    const caller = await stage.identity({ tenantId });
    const first = await call('POST', SEND, body, { headers: { ...headers, ...caller } });
    const second = await call('POST', SEND, body, { headers: { ...headers, ...caller } });
    expect(second.body).toEqual(first.body);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('routing rules', () => {
  it('are made, read, listed, changed and deleted; aliases of severities become their names', async () => {
    const target = { type: 'channel', id: await channel() };
    const wanted = { name: 'high', priority: 5, stop: true, targets: [target] };
    const created = await call('POST', RULES, { ...wanted, conditions: { severities: ['high', 'critical'], tags: ['tls'] } });
    expect(created).toMatchObject({
      status: 201,
      body: { ...wanted, enabled: true, conditions: { severities: ['error', 'critical'], tags: ['tls'] } },
    });
    const path = `${RULES}/${String(created.body.id)}`;
    expect((await call('PATCH', path, { conditions: { eventTypes: ['ssl_expiry'] }, name: null, targets: null })).body)
      .toMatchObject({ name: 'high', conditions: { eventTypes: ['ssl_expiry'] }, targets: [target], version: 2 });
    expect((await call('PATCH', path, { conditions: null, enabled: false })).body)
      .toMatchObject({ enabled: false, conditions: { eventTypes: ['ssl_expiry'] } });
    expect((await call('PUT', path, { name: 'all', targets: [target] }, { headers: { 'if-match': '"3"' } })).body)
      .toMatchObject({ name: 'all', enabled: true, conditions: {}, version: 4 });
    expect((await call('PUT', path, { name: 'late', targets: [target] }, { headers: { 'if-match': '"3"' } })).status).toBe(412);
    expect((await call('GET', RULES)).body).toMatchObject({ data: [{ name: 'all' }], nextCursor: null });
    expect((await call('GET', path, undefined, { tenant: newId() })).status).toBe(404);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });

  it.each([
    ['no targets', { targets: [] }, 'targets'],
    ['a target of a type that there is not', { targets: [{ type: 'pigeon', id: newId() }] }, 'targets[0].type'],
    ['a channel that there is not', { targets: [{ type: 'channel', id: newId() }] }, 'targets[0].id'],
    ['a throttle, which there is not yet', { throttle: { count: 1, windowSeconds: 60 } }, 'throttle'],
    ['a condition that there is not', { conditions: { teamIds: [newId()] } }, 'conditions.teamIds'],
    ['a type of incidents that there is not', { conditions: { eventTypes: ['ssl_expiry', 'incident.sla_breach'] } }, 'conditions.eventTypes[1]'],
    ['an unknown severity', { conditions: { severities: ['bad'] } }, 'conditions.severities'],
    ['a condition without values', { conditions: { tags: [] } }, 'conditions.tags'],
    ['a text for a list', { conditions: { tags: 'x' } }, 'conditions.tags'],
    ['a list for the conditions', { conditions: [{}] }, 'conditions'],
  ])('refuse %s', async (_name, change, path) => {
    const body = { name: 'x', targets: [{ type: 'channel', id: await channel() }], ...change };
    const answer = await call('POST', RULES, body);
    expect([answer.status, (answer.body.errors as unknown as { path: string }[])[0]?.path]).toEqual([400, path]);
  });
});

describe('notifications', () => {
  it('a raised event reaches the channels of the rules, with the default severity of its type', async () => {
    const targets = [{ type: 'channel', id: await channel() }];
    await call('POST', RULES, { name: 'certificates', conditions: { eventTypes: ['ssl_failure'], branches: ['north'] }, targets });
    const event = { eventType: 'ssl_failure', title: 'shop.example.com', branch: 'north', body: null, tags: null };
    const raised = await call('POST', '/api/v1/notifications/events', event, { role: 'editor' });
    expect(raised).toMatchObject({
      status: 202,
      body: { id: expect.any(String), traceId: expect.any(String), fingerprint: expect.stringMatching(/^ssl_failure\//) },
    });
    const [request] = await receiver.received(1);
    expect(request!.json()).toMatchObject({ event: 'ssl_failure', notification: { title: 'shop.example.com', severity: 'critical' } });
    expect(request!.headers['x-signalbox-trace']).toBe(raised.body.traceId);
  });

  it('are listed newest first, page by page, by what one looks for', async () => {
    const id = await channel();
    for (const title of ['a', 'b', 'c']) await call('POST', '/api/v1/notifications/send', { providerIds: [id], notification: { title } });
    const ids: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 5; pages += 1) {
      const { body }: Answered<Body> = await call('GET', `/api/v1/notifications?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      ids.push(...(body.data as unknown as { id: string }[]).map((one) => one.id));
      cursor = body.nextCursor as unknown as string | null;
    }
    expect(new Set(ids).size).toBe(3);
    const counted = async (query: string): Promise<number> => ((await call('GET', `/api/v1/notifications?${query}`)).body.data as unknown as object[]).length;
    const past = new Date(Date.now() - 3_600_000).toISOString();
    expect([await counted('status=sent&status=failed'), await counted('status=queued'), await counted('eventType=ad_hoc')]).toEqual([3, 0, 3]);
    expect([await counted(`since=${past}`), await counted(`until=${past}`)]).toEqual([3, 0]);
    for (const wrong of ['status=lost', 'since=soon', 'since=2026-W01', 'until=2026-11-21T23:59:60Z', 'cursor=x', 'page=2', 'channelId=x']) {
      expect([wrong, (await call('GET', `/api/v1/notifications?${wrong}`)).status]).toEqual([wrong, 400]);
    }
    expect((await call('GET', `/api/v1/notifications/${ids[0]!}/attempts`)).body)
      .toMatchObject({ data: [{ number: 1, outcome: 'delivered', request: { method: 'POST' }, response: { status: 200 } }] });
    for (const path of ['', '/attempts']) {
      expect((await call('GET', `/api/v1/notifications/${ids[0]!}${path}`, undefined, { tenant: newId() })).status).toBe(404);
    }
    expect((await call('POST', `/api/notifications/${ids[0]!}/acknowledge`, {}, { tenant: newId() })).status).toBe(404);
    expect((await call('POST', `/api/notifications/${ids[0]!}/acknowledge`, {}, { role: 'viewer' })).status).toBe(403);
  });
});

it('no secret is in any row, answer or message, even when the far side repeats all that it got', async () => {
  const canary = 'canary-5f0c2a91';
  receiver.answer(({ headers, text }) => ({
    status: 400,
    headers: { 'x-echo': String(headers['x-token']) },
    body: `${JSON.stringify(headers)} ${text} ${canary}-secret`,
  }));
  const headers = { 'X-Token': `${canary}-token`, Authorization: `Bearer ${canary}-bearer` };
  const id = await channel({ url: `${receiver.url}/hook`, secret: `${canary}-secret`, headers });
  const answers = [
    await call('GET', PROVIDERS), await call('GET', `${PROVIDERS}/${id}`),
    await call('PATCH', `${PROVIDERS}/${id}`, { name: 'x' }), await call('POST', `${PROVIDERS}/${id}/test`),
    await call('POST', '/api/v1/notifications/send', { providerIds: [id], notification: { title: 'x' } }),
    await call('PATCH', `${PROVIDERS}/${id}`, { config: { url: 'ftp://x', secret: `${canary}-other` } }),
  ];
  expect(receiver.requests[0]!.headers['x-token']).toBe(`${canary}-token`);
  const [shown] = (await call('GET', '/api/v1/notifications')).body.data as unknown as { id: string; status: string }[];
  expect(shown).toMatchObject({ status: 'dead_letter' });
  answers.push(await call('GET', '/api/v1/notifications'), await call('GET', `/api/v1/notifications/${shown!.id}/attempts`));
  expect(answers.map(({ text }) => text).join()).not.toContain(canary);
  const tables = await stage.db.query<{ name: string }>(`
    select table_name as name from information_schema.tables where table_schema = 'notifications' and table_type = 'BASE TABLE'`);
  expect(tables.length).toBeGreaterThan(8);
  for (const { name } of tables) {
    expect([name, JSON.stringify(await stage.db.query(`select t::text from notifications.${name} t`)).includes(canary)]).toEqual([name, false]);
  }
  const { streams } = await stage.bus.manager();
  for await (const { config, state } of streams.list()) {
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await streams.getMessage(config.name, { seq }).catch(() => undefined);
      expect([message?.subject, Buffer.from(message?.data ?? []).toString().includes(canary)]).toEqual([message?.subject, false]);
    }
  }
});

const audit = async (resourceId: string) => (await stage.stored(AUDIT, subjects.audit(tenantId))).filter((entry) => entry.resourceId === resourceId);

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}
