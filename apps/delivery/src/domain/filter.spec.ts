import { compileFilter, unmetBy } from './filter.js';

function takes(filter: unknown, payload: unknown): boolean {
  const compiled = compileFilter(filter);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
  return compiled.filter(payload);
}

function faults(filter: unknown): string[] {
  const compiled = compileFilter(filter);
  return compiled.ok ? [] : compiled.faults.map(({ path }) => path);
}

const payload = {
  value: 91, text: 'high load', on: true, none: null,
  site: { name: 'north', tags: ['a', 'b'], geo: { lat: 1 } }, readings: [{ v: 5 }, { v: 7 }],
};

describe('payload filters', () => {
  it.each<[unknown]>([
    [{}], [{ value: 91 }], [{ value: { $gt: 90 } }], [{ value: { $gte: 91, $lt: 92 } }],
    [{ value: { $lte: 91 } }], [{ value: { $ne: 90 } }], [{ value: { $in: [1, 91] } }],
    [{ value: { $nin: [1, 2] } }], [{ 'site.name': 'north' }],
    [{ 'site.name': { $in: ['north', 'south'] } }], [{ 'readings.1.v': 7 }], [{ 'site.tags.0': 'a' }],
    [{ on: true }], [{ none: null }], [{ none: { $exists: true } }], [{ gone: { $exists: false } }], [{ gone: { $ne: 1 } }], [{ gone: { $nin: [1] } }],
    [{ text: { $startsWith: 'high' } }], [{ text: { $endsWith: 'load' } }], [{ text: { $contains: 'gh lo' } }], [{ 'site.tags': { $contains: 'b' } }],
    [{ 'site.geo': { lat: 1 } }], [{ 'site.tags': ['a', 'b'] }], [{ 'site.geo': { $in: [{ lat: 1 }] } }], [{ readings: { $contains: { v: 7 } } }],
    [{ $or: [{ value: 1 }, { on: true }] }], [{ $and: [{ value: 91 }, { on: true }] }],
    [{ $not: { value: 1 } }], [{ value: { $not: { $gt: 95 } } }], [{ value: 91, on: true }],
    [{ text: { $gt: 'hig' } }],
  ])('%j takes it', (filter) => expect(takes(filter, payload)).toBe(true));

  it.each<[unknown]>([
    [{ value: '91' }], [{ value: { $gt: 91 } }], [{ value: { $gt: '1' } }], [{ text: { $gt: 1 } }],
    [{ none: { $gt: -1 } }], [{ gone: { $lt: 1 } }], [{ gone: null }], [{ 'value.deeper': 1 }],
    [{ 'readings.2.v': 7 }], [{ 'site.tags.length': 2 }], [{ 'constructor.name': 'Object' }],
    [{ __proto__: 1, gone: 1 }], [{ 'text.length': 9 }], [{ 'site.geo': { lat: 1, lon: 2 } }],
    [{ $or: [{ value: 1 }, { on: false }] }], [{ $and: [{ value: 91 }, { on: false }] }], [{ $not: { value: 91 } }],
    [{ value: 91, on: false }], [{ 'site.tags': ['b', 'a'] }], [{ 'site.tags': { 0: 'a', 1: 'b' } }],
  ])('%j does not take it', (filter) => expect(takes(filter, payload)).toBe(false));

  it.each([[null], [7], ['text'], [[1]]])('looks at a payload that is %j without failing', (odd) => {
    expect(takes({ value: { $gt: 1 } }, odd)).toBe(false);
    expect(takes({ value: { $exists: false } }, odd)).toBe(true);
  });

  it('names every fault at once, where it is', () => {
    expect(faults({
      a: { $gt: true }, b: { $in: [] }, c: { $exists: 1 }, d: { $foo: 1 }, $or: [],
      $and: [{ e: { $lt: null } }], $gt: 1, 'x..y': 1, f: { $startsWith: 5 },
    }).sort()).toEqual([
      'filter.$and.0.e.$lt', 'filter.$gt', 'filter.$or', 'filter.a.$gt', 'filter.b.$in',
      'filter.c.$exists', 'filter.d.$foo', 'filter.f.$startsWith', 'filter.x..y',
    ]);
    expect(faults([])).toEqual(['filter']);
    expect(faults(null)).toEqual(['filter']);
  });

  it('says which conditions a payload does not meet, and what it has there', () => {
    const filter = { value: { $gt: 95 }, on: true, gone: 1, 'site.name': 'south', $or: [{ value: 1 }, { on: false }], $not: { value: 1 } };
    expect(unmetBy(payload, filter)).toEqual([
      { path: 'value', wants: { $gt: 95 }, found: 91 }, { path: 'gone', wants: 1 },
      { path: 'site.name', wants: 'south', found: 'north' }, { path: '$or', wants: filter.$or },
    ]);
  });

  it('refuses expressions, and says what to use instead', () => {
    expect(compileFilter({ text: { $regex: '(a+)+$' } })).toMatchObject({
      ok: false,
      faults: [{ path: 'filter.text.$regex', message: expect.stringContaining('$contains') }],
    });
  });

  it('refuses what is nested without end, and what is endless', () => {
    let deep: unknown = { a: 1 };
    for (let i = 0; i < 50_000; i += 1) deep = { $not: deep };
    expect(compileFilter(deep)).toMatchObject({ ok: false });
    expect(compileFilter({ $or: Array.from({ length: 300 }, (_, n) => ({ [`k${n}`]: n })) })).toMatchObject({ ok: false });
  });

  it('takes time linear in a hostile payload', () => {
    const started = performance.now();
    expect(takes({ text: { $contains: `${'a'.repeat(1000)}b` } }, { text: 'a'.repeat(500_000) })).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
