import {
  CHANGES, DEAD_LETTERS, EVENTS, REPLAY_REQUESTS, REPLAY_RESULTS, eventOrderKey, newId, partitionOf, questions, subjects,
  type ChangeEvent, type DeadLetter, type ReplayResult, type TraceEntry,
} from '@signalbox/contracts';
import { Tidy } from '@signalbox/database';
import { Stage, eventually } from '@signalbox/testing';
import { service } from './app.module.js';
import { schema } from './schema.js';
import { STALE } from './store/stale.js';

const HOUR_MS = 3_600_000;
let stage: Stage;
let tenantId: string;
let shop: string;
let other: string;

beforeAll(async () => {
  stage = await Stage.set(service, schema);
  await stage.start();
});
afterAll(() => stage.stop());
beforeEach(async () => {
  tenantId = newId();
  [shop, other] = [await serviceNamed('Shop'), await serviceNamed('Other')];
});

const call = (method: string, path: string, { body, tenant = tenantId }: { body?: unknown; tenant?: string } = {}) =>
  stage.call(method, path, { tenantId: tenant, body });
const serviceNamed = async (name: string): Promise<string> => String((await call('POST', '/api/v1/services', { body: { name } })).body.id);

function change(summary: string, more: Partial<ChangeEvent> = {}): ChangeEvent {
  return {
    id: newId(), traceId: newId(), serviceId: shop, integrationId: newId(), summary,
    acceptedAt: new Date().toISOString(), details: {}, links: [], ...more,
  };
}
const publish = (...changes: ChangeEvent[]) => stage.bus.publish(subjects.changes(tenantId), CHANGES.encode({ tenantId, changes }));
const at = (hoursAgo: number): string => new Date(Date.now() - hoursAgo * HOUR_MS).toISOString();

interface Page { data: (Record<string, unknown> & { summary: string })[]; nextCursor: string | null }
const list = async (path: string): Promise<Page> => (await call('GET', path)).body as unknown as Page;
const told = async (path = '/api/v1/change-events'): Promise<string[]> => (await list(path)).data.map(({ summary }) => summary);
const settled = (count: number) => eventually(async () => (await told()).length === count, { withinMs: 10_000, describe: `${count} change events` });

/** All pages of a list, two rows at a time. */
async function walked(path: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = await list(`${path}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    found.push(...page.data.map(({ summary }) => summary));
    cursor = page.nextCursor;
  }
  return found;
}

async function openIncident(): Promise<string> {
  const [id, scopeId] = [newId(), newId()];
  await stage.bus.publish(subjects.events(tenantId, partitionOf(eventOrderKey(scopeId, 'k'))), EVENTS.encode({
    tenantId, events: [{
      id, traceId: newId(), scopeId, serviceId: shop, integrationId: scopeId,
      action: 'trigger', dedupKey: 'k', summary: 'Down',
      source: 'test', severity: 'error',
      acceptedAt: new Date().toISOString(), details: {}, links: [],
    }],
  }));
  const [incident] = await eventually(async () => {
    const { body } = await call('GET', '/api/v1/incidents');
    return (body.data as { id: string }[]).length > 0 ? body.data as { id: string }[] : undefined;
  }, { withinMs: 10_000, describe: 'the incident' });
  return incident!.id;
}

const letters = (): Promise<DeadLetter[]> => stage.stored(DEAD_LETTERS, subjects.deadLetters(tenantId));

it('a change event is shown whole, once, however often it comes; it opens no incident', async () => {
  const images = [{ src: 'https://ci.example.com/a.png', alt: 'a' }];
  const one = change('Deployed 2.4', {
    source: 'ci',
    occurredAt: at(1),
    details: { build: 812, odd: 'a\u0000b' },
    links: [{ href: 'https://ci.example.com/812', text: 'Build' }],
    images,
  });
  await publish(one, one);
  await publish(one);
  await publish(change('The last'));
  await settled(2);
  expect((await list('/api/v1/change-events')).data[1]).toEqual({
    id: one.id, at: one.occurredAt, acceptedAt: one.acceptedAt, summary: 'Deployed 2.4',
    source: 'ci',
    service: { id: shop, name: 'Shop' },
    integrationId: one.integrationId,
    details: { build: 812, odd: 'a\ufffdb' }, links: one.links, images, traceId: one.traceId,
  });
  expect((await call('GET', '/api/v1/incidents')).body.data).toEqual([]);
  expect(await told(`/api/v1/change-events?serviceId=${other}`)).toEqual([]);
  expect((await call('GET', '/api/v1/change-events', { tenant: newId() })).body.data).toEqual([]);

  const ledger = await stage.db.query<{ entry: string; count: number }>(
    `select entry, sum(count)::int as count from ledger where tenant_id = $1 and ledger = 'changes' group by 1`,
    [tenantId],
  );
  expect(Object.fromEntries(ledger.map(({ entry, count }) => [entry, count]))).toEqual({ in: 4, kept: 2, duplicate: 2 });

  const connection = await stage.bus.ready();
  const answer = await connection.request(questions.trace('incidents'), JSON.stringify({ tenantId, traceId: one.traceId }));
  expect(JSON.parse(answer.string()) as TraceEntry[]).toEqual([
    expect.objectContaining({ service: 'incidents', kind: 'change.kept', id: one.id, summary: 'Deployed 2.4' }),
  ]);
});

it('are listed newest first, by service and time, page by page', async () => {
  await publish(...[5, 1, 3, 2, 4].map((hours) => change(`${hours} h`, { occurredAt: at(hours), serviceId: hours % 2 === 0 ? other : shop })));
  await settled(5);
  expect(await walked('/api/v1/change-events')).toEqual(['1 h', '2 h', '3 h', '4 h', '5 h']);
  expect(await told(`/api/v1/change-events?serviceId=${other}`)).toEqual(['2 h', '4 h']);
  expect(await told(`/api/v1/change-events?since=${at(4.5)}&until=${at(1.5)}`)).toEqual(['2 h', '3 h', '4 h']);
  for (const wrong of ['serviceId=shop', 'since=yesterday', 'service=x']) {
    expect(await call('GET', `/api/v1/change-events?${wrong}`)).toMatchObject({ status: 400, body: { errors: [{ path: wrong.split('=')[0] }] } });
  }
});

it('beside an incident: the 24 hours before it opened, its own service first', async () => {
  const two = at(2);
  await publish(
    change('other, 1 h', { serviceId: other, occurredAt: at(1) }),
    change('shop, 2 h', { occurredAt: two }), change('shop, 2 h too', { occurredAt: two }),
    change('shop, 23 h', { occurredAt: at(23) }),
    change('other, 3 h', { serviceId: other, occurredAt: at(3) }), change('shop, 25 h', { occurredAt: at(25) }), change('shop, later', { occurredAt: at(-1) }),
  );
  await settled(7);
  const incident = await openIncident();
  const path = `/api/v1/incidents/${incident}/changes`;
  const all = await told(path);
  expect([...all.slice(0, 2).toSorted(), ...all.slice(2)]).toEqual(['shop, 2 h', 'shop, 2 h too', 'shop, 23 h', 'other, 1 h', 'other, 3 h']);
  expect(await walked(path)).toEqual(all);
  expect((await call('GET', path, { tenant: newId() })).status).toBe(404);
});

it('what cannot be taken in is a dead letter, the others are kept, and a replay brings it back', async () => {
  const bad = change('Bad', { occurredAt: 'twenty characters or more' });
  await publish(change('Good'), bad, change('Good too'));
  await stage.bus.publish(subjects.changes(tenantId), Buffer.from('no JSON'));
  await publish(change('The last'));
  await settled(3);
  const [letter, unreadable] = await eventually(
    async () => ((await letters()).length === 2 ? letters() : undefined),
    { withinMs: 10_000, describe: 'both letters' },
  );
  expect(letter).toMatchObject({
    kind: 'event',
    owner: 'incidents',
    subject: subjects.changes(tenantId),
    payload: { id: bad.id, summary: 'Bad' },
    traceId: bad.traceId,
    integrationId: bad.integrationId,
  });
  expect(Buffer.from(unreadable!.raw!, 'base64').toString()).toBe('no JSON');

  const replay = async (payload: unknown): Promise<ReplayResult> => {
    const jobId = newId();
    const { id: letterId, kind, headers, subject, traceId } = letter!;
    const request = { jobId, letterId, tenantId, kind, payload, headers, subject, traceId };
    await stage.bus.publish(subjects.replays('incidents', tenantId), REPLAY_REQUESTS.encode(request));
    const result = async () => (await stage.stored(REPLAY_RESULTS, subjects.replays('ops', tenantId))).find((one) => one.jobId === jobId);
    return eventually(result, { withinMs: 10_000, describe: 'the result' });
  };
  expect(await replay({ ...bad, summary: '' })).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('summary') });
  expect(await replay({ ...bad, occurredAt: at(1) })).toMatchObject({ outcome: 'delivered' });
  expect(await told()).toContain('Bad');
});

it('are deleted 90 days after they were accepted, whenever they happened', async () => {
  const days = (count: number): string => at(24 * count);
  await publish(change('91 days', { acceptedAt: days(91) }), change('89 days', { acceptedAt: days(89) }), change('old news', { occurredAt: days(400) }));
  await settled(3);
  await new Tidy({ db: stage.db, what: 'old change events', stale: STALE, warn: (message, error) => { throw new Error(message, { cause: error }); } }).run();
  expect(await told()).toEqual(['89 days', 'old news']);
});
