import { hashKey } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { earlyInAMinute, eventually } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { Gateway, trigger, type Integration } from '../scenarios/gateway.js';

const gateway = new Gateway();
const { admin, integration, post, events } = gateway;

beforeAll(() => gateway.open());
afterAll(() => gateway.stage.stop());

describe('POST /api/integrations/{type}', () => {
  const alert = {
    version: '4', status: 'firing',
    alerts: [{ status: 'firing', labels: { alertname: 'Down', severity: 'critical' }, annotations: {}, startsAt: '2026-11-21T09:00:00Z', fingerprint: 'abc1' }],
  };

  it('understands the native payload, by the key wherever a tool can put it', async () => {
    const { id, key } = await integration({ type: 'prometheus' });
    const path = `/api/integrations/prometheus?integrationId=${id}`;
    const places: Record<string, string>[] = [
      { authorization: `Bearer ${key}` },
      { 'x-integration-key': key },
      { 'x-api-key': key },
      { authorization: `Basic ${Buffer.from(`any:${key}`).toString('base64')}` },
    ];
    for (const headers of places) {
      expect(await post(path, alert, headers)).toMatchObject({
        status: 202,
        body: { status: 'success', accepted: 1, events: [{ action: 'trigger', dedup_key: 'prometheus-abc1' }] },
      });
    }
    expect((await post(`${path}&key=${key}`, alert)).status).toBe(202);
    expect((await post(path, alert)).status).toBe(401);
    expect((await post(path, alert, { 'x-integration-key': 'wrong' })).status).toBe(401);
    expect((await post(`/api/integrations/github?integrationId=${id}`, alert, { 'x-integration-key': key })).status).toBe(400);
    expect((await post(`/api/integrations/nosuch?integrationId=${id}`, alert, { 'x-integration-key': key })).status).toBe(404);
  });

  it.each([
    'text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', '',
  ])('JSON is an alert also when it is sent as %s', async (contentType) => {
    const { id, key } = await integration({ type: 'prometheus' });
    const headers = { authorization: `Bearer ${key}`, 'content-type': contentType };
    expect(await post(`/api/integrations/prometheus?integrationId=${id}`, alert, headers)).toMatchObject({
      status: 202,
      body: { events: [{ dedup_key: 'prometheus-abc1' }] },
    });
    expect((await post('/api/v2/alerts', alert.alerts, headers)).status).toBe(200);
    expect((await post('/api/events', { event_action: 'resolve', dedup_key: 'k' }, headers)).status).toBe(202);
    expect((await post('/v2/enqueue', { routing_key: key, event_action: 'resolve', dedup_key: 'k' }, { 'content-type': contentType })).status).toBe(202);
  });

  it('takes a GET, an empty POST with a query, form data, and JSON under a form type, where the tool sends them', async () => {
    const [robot, kuma] = [await integration({ type: 'uptimerobot' }), await integration({ type: 'uptime-kuma' })];
    const accepted = (dedupKey: string) => expect.objectContaining({ status: 'success', events: [{ action: 'trigger', dedup_key: dedupKey }] }) as unknown;
    const path = `/api/integrations/uptimerobot?integrationId=${robot.id}&key=${robot.key}`;
    const query = `${gateway.stage.url}${path}&monitorID=7&monitorFriendlyName=Web%20shop&alertType=1`;
    for (const method of ['GET', 'POST']) {
      const response = await fetch(query, { method });
      expect([response.status, await response.json()]).toEqual([202, accepted('uptimerobot-7')]);
    }
    const kumaUrl = `${gateway.stage.url}/api/integrations/uptime-kuma?integrationId=${kuma.id}`;
    const down = JSON.stringify({
      heartbeat: { monitorID: 9, status: 0, msg: 'timeout = 48 s & more' },
      monitor: { id: 9, name: 'Büro' }, msg: '[Büro] [🔴 Down] timeout',
    });
    const form = new FormData();
    form.append('data', down);
    for (const [body, headers] of [[form, {}], [down, { 'content-type': 'application/x-www-form-urlencoded' }]] as const) {
      const response = await fetch(kumaUrl, { method: 'POST', headers: { authorization: `Bearer ${kuma.key}`, ...headers }, body });
      expect([response.status, await response.json()]).toEqual([202, accepted('uptime-kuma-9')]);
    }
  });

  it('the key in a query is no field of what the query says', async () => {
    const { id, key } = await integration({ type: 'webhook' });
    const response = await fetch(`${gateway.stage.url}/api/integrations/webhook?integrationId=${id}&key=${key}&title=Query%20alone`, { method: 'POST' });
    expect(response.status).toBe(202);
    expect((await events()).find(({ summary }) => summary === 'Query alone')?.details).toEqual({ title: 'Query alone' });
  });

  it.each([
    ['splunk-observability', { incidentId: 'answers', detector: 'CPU', rule: 'High', severity: 'Critical', statusExtended: 'anomalous' }, 200],
    ['gitlab', { object_kind: 'push' }, 200],
    ['prometheus', alert, 202],
  ])('%s is answered with the status that it asks for', async (type, body, status) => {
    const { id, key } = await integration({ type });
    expect((await post(`/api/integrations/${type}?integrationId=${id}`, body, { authorization: `Bearer ${key}` })).status).toBe(status);
  });

  it('takes a PUT from a tool that can be set to it, and from no other', async () => {
    const [grafana, honeycomb] = [await integration({ type: 'grafana' }), await integration({ type: 'honeycomb' })];
    const put = (type: string, { id, key }: Integration) =>
      fetch(`${gateway.stage.url}/api/integrations/${type}?integrationId=${id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify(alert),
      });
    const taken = await put('grafana', grafana);
    expect([taken.status, await taken.json()]).toMatchObject([202, { accepted: 1 }]);
    const refused = await put('honeycomb', honeycomb);
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('a secret that is set makes the signature mandatory; two secrets are live at once', async () => {
    const { id, key } = await integration({ type: 'webhook' });
    const body = JSON.stringify({ title: 'Signed', status: 'firing', id: 's1' });
    const send = (secret: string | undefined, headers: Record<string, string> = {}) => post(`/api/integrations/webhook?integrationId=${id}`, body, {
      ...headers, ...(secret === undefined ? {} : { 'x-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }),
    });
    await admin('PUT', `/api/v1/integrations/${id}/signature-secret`, { secret: 'first secret' });
    expect((await send(undefined, { 'x-integration-key': key })).status).toBe(401);
    expect((await send('wrong secret')).status).toBe(401);
    expect((await send('first secret')).status).toBe(202);
    await admin('PUT', `/api/v1/integrations/${id}/signature-secret`, { secret: 'second secret' });
    expect((await send('first secret')).status).toBe(202);
    expect((await send('second secret')).status).toBe(202);
    const shown = await admin('GET', `/api/v1/integrations/${id}`);
    expect(shown.body.hasSignatureSecret).toBe(true);
    expect(JSON.stringify(shown.body)).not.toContain('second secret');
  });

  it('is limited, disabled, rotated and deleted at once', async () => {
    await earlyInAMinute();
    const limited = await integration({ rateLimitPerMinute: 2 });
    const send = (key: string) => post('/api/events', trigger('limit'), { authorization: `Token token=${key}` });
    expect([(await send(limited.key)).status, (await send(limited.key)).status]).toEqual([202, 202]);
    const refused = await send(limited.key);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

    const { id, key } = await integration();
    await admin('PATCH', `/api/v1/integrations/${id}`, { enabled: false });
    expect((await send(key)).status).toBe(403);
    await admin('PATCH', `/api/v1/integrations/${id}`, { enabled: true });
    const rotated = await admin('POST', `/api/v1/integrations/${id}/rotate-key`);
    expect((await send(key)).status).toBe(401);
    expect((await send(String(rotated.body.key))).status).toBe(202);
    await admin('DELETE', `/api/v1/integrations/${id}`);
    await eventually(async () => (await send(String(rotated.body.key))).status === 401, { withinMs: 3_000, describe: 'the key of a deleted integration dies' });
  });

  it('belongs to its tenant alone, and keeps its key out of the database', async () => {
    const { id, key } = await integration();
    expect((await admin('GET', `/api/v1/integrations/${id}`, undefined, newId())).status).toBe(404);
    expect((await admin('PATCH', `/api/v1/integrations/${id}`, { enabled: false }, newId())).status).toBe(404);
    const rows = JSON.stringify(await gateway.stage.db.query('select * from integrations where id = $1', [id]));
    expect(rows).toContain(hashKey(key));
    expect(rows).not.toContain(key);
  });
});
