import { HeldFlow } from './held-flow.js';

const since = new Date('2026-11-21T09:30:00.000Z');
const route = (id = 'a', tenantId = 't', concurrency = 4) => ({ id, tenantId, concurrency, since });
let made = 0;

/** Fills the room that a route has; gives the deliveries. */
function fill(flow: HeldFlow, nowMs: number, to = route()): string[] {
  const ids = Array.from({ length: flow.room(to, nowMs) }, () => `${made += 1}`);
  flow.released(to.id, ids, nowMs);
  return ids;
}

describe('how many held jobs of a route are out', () => {
  it('twice what it works on at a time, and no more before some of them have ended', () => {
    const flow = new HeldFlow(128);
    const [first, second] = fill(flow, 0);
    expect(flow.out('a')).toHaveLength(8);
    expect(flow.room(route(), 60_000)).toBe(0);
    flow.ended('a', [first!, second!, 'another']);
    expect(flow.room(route(), 60_000)).toBe(2);
  });

  it('twice as many each time so many were worked off quickly, up to what its tenant may have out', () => {
    const flow = new HeldFlow(50);
    const sizes = [0, 100, 200, 300, 400].map((nowMs) => {
      const ids = fill(flow, nowMs);
      flow.ended('a', ids);
      return ids.length;
    });
    expect(sizes).toEqual([8, 16, 32, 50, 50]);
  });

  it('half as many at each look while one of them is late', () => {
    const flow = new HeldFlow(128);
    for (const nowMs of [0, 100, 200]) flow.ended('a', fill(flow, nowMs));
    const ids = fill(flow, 300);
    flow.ended('a', ids.slice(1));
    expect(ids).toHaveLength(64);
    expect([1_400, 1_420, 1_440, 1_460].map((nowMs) => flow.room(route(), nowMs))).toEqual([31, 15, 7, 7]);
  });

  it('of all routes of a tenant together no more than it may have out, but one of each; other tenants have theirs', () => {
    const flow = new HeldFlow(10);
    const routes = [route('a'), route('b'), route('c'), route('d', 'other')];
    expect(routes.map((to) => fill(flow, 0, to).length)).toEqual([8, 2, 1, 8]);
    expect(flow.room(route('c'), 10)).toBe(0);
  });

  it('begins anew when its destination was closed meanwhile, and forgets what is never heard of again', () => {
    const flow = new HeldFlow(128);
    fill(flow, 0);
    expect(flow.room({ ...route(), since: new Date(since.getTime() + 1) }, 10)).toBe(8);
    fill(flow, 0);
    flow.forget('a');
    expect(flow.room(route(), 10)).toBe(8);
    fill(flow, 0);
    expect([flow.room(route(), 599_000), flow.room(route(), 601_000)]).toEqual([0, 8]);
  });
});
