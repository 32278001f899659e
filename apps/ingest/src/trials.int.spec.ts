import { EVENTS, newId, type Event } from '@signalbox/contracts';
import { Stage } from '@signalbox/testing';
import { service } from './app.module.js';
import { schema } from './schema.js';
import { SOURCES } from './sources/registry.js';

const [tenantId, serviceId] = [newId(), newId()];
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema, { PUBLIC_INGEST_URL: 'https://in.example.com/' });
  await stage.answer('services', (id) => (id === serviceId ? { id, tenantId, name: 'Web shop' } : undefined));
  await stage.start();
});
afterAll(() => stage.stop());

type Body = Record<string, unknown>;

const admin = <T = Body>(method: string, path: string, body?: unknown, as: { tenant?: string; role?: 'viewer' | 'editor' } = {}) =>
  stage.call<T>(method, `/api/v1/${path}`, { tenantId: as.tenant ?? tenantId, role: as.role ?? 'editor', body });

async function integration(fields: Body = {}): Promise<{ id: string; key: string }> {
  return (await admin<{ id: string; key: string }>('POST', 'integrations', { type: 'webhook', name: 'W', serviceId, ...fields })).body;
}

const storedEvents = async (): Promise<Event[]> => (await stage.stored(EVENTS)).flatMap(({ events }) => events);

interface Trial { outcome: string; reason?: string; errors?: { path: string }[]; events: { event_action: string; dedup_key: string; payload: Body }[] }
const tryOut = async (id: string, sample: Body): Promise<Trial> => (await admin<Trial>('POST', `integrations/${id}/try`, sample)).body;

describe('try', () => {
  it('shows what a body would become, and stores nothing', async () => {
    const { id } = await integration();
    const before = (await storedEvents()).length;
    expect(await tryOut(id, { body: { title: 'Disk full', id: 'd1', severity: 'warn', host: 'db-1' } })).toEqual({
      outcome: 'events',
      events: [{
        event_action: 'trigger', dedup_key: 'webhook-d1',
        payload: {
          summary: 'Disk full', source: 'db-1', severity: 'warning',
          custom_details: { title: 'Disk full', id: 'd1', severity: 'warn', host: 'db-1' },
        },
        links: [],
      }],
    });
    expect(await tryOut(id, { body: [] })).toEqual({ outcome: 'ignored', reason: 'the list is empty', events: [] });
    expect(await tryOut(id, { body: { nothing: 1 } })).toMatchObject({ outcome: 'rejected', errors: [{ path: 'summary' }], events: [] });
    expect((await storedEvents()).length).toBe(before);
    expect((await admin<{ data: Body[] }>('GET', `integrations/${id}/requests`)).body.data).toEqual([]);
  });

  it('reads text as the gateway does: JSON whatever its type, a form, or what is neither', async () => {
    const { id } = await integration();
    expect(await tryOut(id, { body: '{"title":"As text","id":"t"}' })).toMatchObject({ events: [{ dedup_key: 'webhook-t' }] });
    expect(await tryOut(id, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'title=As+a+form&id=f' })).toMatchObject({
      events: [{ dedup_key: 'webhook-f', payload: { summary: 'As a form' } }],
    });
    expect(await tryOut(id, { body: '{"title":' })).toMatchObject({ outcome: 'rejected', reason: 'The body is not valid JSON.', errors: [{ path: 'body' }] });
    expect(await tryOut(id, { headers: { 'content-type': 'text/csv' }, body: '{"title":"As CSV","id":"c"}' })).toMatchObject({
      events: [{ dedup_key: 'webhook-c' }],
    });
    expect(await tryOut(id, { headers: { 'content-type': 'text/csv' }, body: 'a,b' })).toMatchObject({ outcome: 'rejected', errors: [{ path: 'body' }] });
  });

  it('shows both what is taken and what is not of many alerts', async () => {
    const { id } = await integration();
    expect(await tryOut(id, { body: [{ title: 'one', id: 1 }, { nothing: 1 }] })).toMatchObject({
      outcome: 'events', errors: [{ path: '[1].summary' }], events: [{ dedup_key: 'webhook-1' }],
    });
  });

  it('tries a mapping and severities before they are saved', async () => {
    const { id } = await integration();
    const sample = { body: { alert: { what: 'Hot' }, level: 'purple' } };
    const mapped = await tryOut(id, { ...sample, mapping: { summaryField: 'alert.what', severityField: 'level' }, severities: { purple: 'low' } });
    expect(mapped.events[0]!.payload).toMatchObject({ summary: 'Hot', severity: 'info' });
    expect((await tryOut(id, sample)).outcome).toBe('rejected');
    expect(await admin('POST', `integrations/${id}/try`, { ...sample, mapping: { summaryField: 7 } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'mapping.summaryField' }] },
    });
    expect(await admin('POST', `integrations/${id}/try`, { ...sample, severities: { a: 'huge' } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'severities.a' }] },
    });
  });

  it('names what is wrong with the request itself', async () => {
    const { id } = await integration();
    expect(await admin('POST', `integrations/${id}/try`, { headers: { 'x-a': 1 }, body: {} })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'headers.x-a' }] },
    });
    expect(await admin('POST', `integrations/${id}/try`, {})).toMatchObject({ status: 400, body: { errors: [{ path: 'body' }] } });
    expect((await admin('POST', `integrations/${id}/try`, { body: {} }, { tenant: newId() })).status).toBe(404);
  });
});

describe('test', () => {
  it.each(SOURCES.map(({ type }) => type))('%s: sends an alert that says what it is, and closes it again', async (type) => {
    const { id } = await integration({ type, ...(type === 'webhook' ? { mapping: { actionField: 'nowhere', resolveValues: ['gone'] } } : {}) });
    const key = `signalbox-test-${id}`;
    for (const [resolve, action] of [[false, 'trigger'], [true, 'resolve']] as const) {
      const { status, body } = await admin('POST', `integrations/${id}/test`, { resolve });
      expect({ status, body }).toMatchObject({ status: 202, body: { status: 'success', accepted: 1, events: [{ action, dedup_key: key }] } });
      const event = (await storedEvents()).find((one) => one.traceId === body.traceId)!;
      expect(event).toMatchObject({ action, dedupKey: key, scopeId: id, serviceId, integrationId: id, summary: expect.stringMatching(/^Test: /) as string });
      expect(Math.abs(Date.parse(event.occurredAt!) - Date.now())).toBeLessThan(30_000);
    }
  });

  it('is not sent for a disabled integration, another tenant, or by a viewer', async () => {
    const { id } = await integration({ enabled: false });
    expect(await admin('POST', `integrations/${id}/test`, {})).toMatchObject({ status: 409, body: { type: 'urn:signalbox:problem:disabled' } });
    expect((await admin('POST', `integrations/${id}/test`, {}, { tenant: newId() })).status).toBe(404);
    expect((await admin('POST', `integrations/${id}/test`, {}, { role: 'viewer' })).status).toBe(403);
    expect(await admin('POST', `integrations/${id}/test`, { resolve: 'yes' })).toMatchObject({ status: 400, body: { errors: [{ path: 'resolve' }] } });
  });
});

describe('types and set-up', () => {
  it('tell how each source is set up, with the address of this gateway', async () => {
    const { data } = (await admin<{ data: { type: string; setup: string; kinds: Body[] }[] }>('GET', 'integration-types')).body;
    expect(data.map(({ type }) => type)).toEqual(SOURCES.map(({ type }) => type));
    for (const { type, setup, kinds } of data) {
      expect(setup).toContain('in.example.com');
      expect(setup).not.toMatch(/<your-ingest-host>|^## /m);
      expect(kinds.length).toBeGreaterThan(0);
      expect((await admin('GET', `integration-types/${type}`)).body).toEqual(data.find((one) => one.type === type));
    }
    expect((await admin('GET', 'integration-types/nosuch')).status).toBe(404);
  });

  it("tell an integration's own id and key, the key not to viewers", async () => {
    const { id, key } = await integration({ type: 'prometheus' });
    const { setup } = (await admin<{ setup: string }>('GET', `integrations/${id}/setup`)).body;
    expect(setup).toContain(`https://in.example.com/api/integrations/prometheus?integrationId=${id}`);
    expect(setup).toContain(`credentials: ${key}`);
    const shown = (await admin<{ setup: string }>('GET', `integrations/${id}/setup`, undefined, { role: 'viewer' })).body.setup;
    expect([shown.includes(key), shown.includes('credentials: ••••••••')]).toEqual([false, true]);
    expect((await admin('GET', `integrations/${id}/setup`, undefined, { tenant: newId() })).status).toBe(404);
  });
});
