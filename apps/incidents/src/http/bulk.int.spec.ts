import { newId } from '@signalbox/contracts';
import type { Answered } from '@signalbox/testing';
import { Served } from '../scenarios/served.js';

let served: Served;
beforeAll(async () => { served = await Served.start(); });
afterAll(async () => { await served.stop(); });

function call(method: string, path: string, body?: object, tenant = served.tenantId): Promise<Answered> {
  return served.call(method, `/incidents${path}`, body, {}, tenant);
}
const bulk = (body: object, tenant?: string): Promise<Answered> => call('POST', '/bulk', body, tenant);
const opened = (dedupKey: string): Promise<string> => served.opened(dedupKey);

describe('many incidents', () => {
  it('are acted on at once, and each says what became of it', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, (_, index) => opened(`many-${index}`)));
    await call('POST', `/${ids[0]!}/resolve`, {});
    const strange = newId();
    const snoozed = await bulk({ ids: [...ids, strange], action: 'snooze', minutes: 10 });
    expect(snoozed.body).toMatchObject({ count: 60, nextCursor: null });
    const results = snoozed.body.results as { id: string; outcome: string; status: string | null; detail: string | null }[];
    expect(results.map(({ id }) => id)).toEqual([...ids, strange]);
    expect(results[0]).toMatchObject({ outcome: 'refused', status: 'RESOLVED', detail: expect.stringMatching(/is resolved/) });
    expect(results.slice(1, 60).every(({ outcome, status }) => outcome === 'done' && status === 'SNOOZED')).toBe(true);
    expect(results[60]).toEqual({ id: strange, outcome: 'not_found', detail: null, status: null, version: null });
    expect((await bulk({ ids: [ids[0], ids[1]], action: 'resolve' })).body.results)
      .toMatchObject([{ outcome: 'unchanged' }, { outcome: 'done', status: 'RESOLVED' }]);
    expect((await bulk({ ids, action: 'resolve' }, newId())).body).toMatchObject({
      count: 0,
      results: expect.arrayContaining([expect.objectContaining({ outcome: 'not_found' })]),
    });
    expect(new Set((await served.changes()).filter(({ change }) => change === 'snoozed').map(({ incident }) => incident.id)).size).toBeGreaterThanOrEqual(59);
  });

  it('are found by a filter, page by page, and counted before anything is done', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, (_, index) => opened(`filtered-${index}`)));
    const filter = { text: 'filtered-', limit: 3 };
    expect((await bulk({ filter, action: 'edit', priority: 'P3', dryRun: true })).body).toMatchObject({ count: 3, results: [] });
    expect((await call('GET', `/${ids[0]!}`)).body.version).toBe(1);
    const first = await bulk({ filter, action: 'edit', priority: 'P3', tags: ['batch'] });
    const second = await bulk({ filter: { ...filter, cursor: first.body.nextCursor }, action: 'edit', priority: 'P3', tags: ['batch'] });
    expect([first.body.count, second.body.count, second.body.nextCursor]).toEqual([3, 2, null]);
    expect((await call('GET', '?priority=P3&tag=batch')).body.data).toHaveLength(5);
    expect((await bulk({ ids: [ids[0]], action: 'edit', priority: null })).body.results).toMatchObject([{ outcome: 'done' }]);
    expect((await call('GET', `/${ids[0]!}`)).body.priority).toBeNull();
    const into = await opened('bulk-main');
    expect((await bulk({ filter: { tag: 'batch' }, action: 'merge', intoId: into })).body.results)
      .toMatchObject(ids.map(() => ({ outcome: 'done', status: 'SUPPRESSED' })));
    expect((await bulk({ ids: [ids[0], into], action: 'merge', intoId: into })).body.results).toMatchObject([{ outcome: 'done' }, { outcome: 'refused' }]);
    expect((await call('GET', `/${into}`)).body.groupedCount).toBe(5);
    expect((await call('GET', '?quiet=merged&quiet=manual&tag=batch')).body.data).toHaveLength(5);
  });

  it('names everything that is wrong', async () => {
    const ids = [await opened('faulty')];
    for (const [body, path] of [
      [{ action: 'resolve' }, 'ids'], [{ ids, filter: {}, action: 'resolve' }, 'ids'], [{ ids: null, filter: null, action: 'resolve' }, 'ids'],
      [{ ids, action: 'delete' }, 'action'], [{ ids, action: 'snooze' }, 'until'], [{ ids, action: 'resolve', text: 'x' }, 'text'],
      [{ ids, action: 'note' }, 'text'], [{ ids, action: 'merge', intoId: null }, 'intoId'], [{ ids, action: 'reassign' }, 'assignee'],
      [{ ids: ['x'], action: 'resolve' }, 'ids'], [{ ids: Array.from({ length: 501 }, () => newId()), action: 'resolve' }, 'ids'],
      [{ filter: { status: 'OPEN' }, action: 'resolve' }, 'filter.status'], [{ filter: { nope: 1 }, action: 'resolve' }, 'filter.nope'],
    ] as const) expect((await bulk(body)).body).toMatchObject({ status: 400, errors: expect.arrayContaining([expect.objectContaining({ path })]) });
    expect((await bulk({ ids, action: 'reassign', assignee: null })).status).toBe(200);
  });
});
