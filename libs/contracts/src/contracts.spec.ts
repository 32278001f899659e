import {
  AUDIT, CALLBACKS, CHANGES, ContractError, DEAD_LETTERS, EVENTS, HELD, INCIDENTS, MESSAGES, NOTICES, OUTCOMES, PARTITIONS,
  REPLAY_REQUESTS, REPLAY_RESULTS, ROUTES, STREAMS, isId, newId, partitionOf, stableId, subjects, tenantOfSubject,
} from './index.js';

const all = [EVENTS, CHANGES, MESSAGES, ROUTES, HELD, INCIDENTS, NOTICES, OUTCOMES, CALLBACKS, DEAD_LETTERS, REPLAY_REQUESTS, REPLAY_RESULTS, AUDIT];

describe('contracts', () => {
  it.each(all.map((c) => [c.type, c] as const))('%s: its example survives the wire', (_type, c) => {
    const encode = c.encode as (value: unknown) => Uint8Array;
    expect(c.decode(encode(c.example))).toEqual(c.example);
    expect(STREAMS[c.stream]).toBeDefined();
  });

  it('refuses to publish what does not fit, naming the field', () => {
    const broken = structuredClone(EVENTS.example);
    (broken.events[0] as { severity: string }).severity = 'huge';
    expect(() => EVENTS.encode(broken)).toThrow(/\/events\/0\/severity/);
  });

  it('reads tolerantly: a field of a newer version is no error', () => {
    const newer = { type: 'events', version: 2, data: { ...EVENTS.example, extra: 1 } };
    expect(EVENTS.decode(Buffer.from(JSON.stringify(newer))).tenantId).toBe(EVENTS.example.tenantId);
  });

  it.each(['', 'null', '[]', '{"type":"messages","data":{}}', '{"type":"events"}', '\u0000'])('refuses to read %j', (text) => {
    expect(() => EVENTS.decode(Buffer.from(text))).toThrow(ContractError);
  });

  it('a notice takes characters beyond 16 bits, as many as the API and the tables count', () => {
    const long = { ...NOTICES.example, eventType: '😀'.repeat(120), title: '😀'.repeat(1024), fingerprint: '😀'.repeat(255) };
    expect(NOTICES.decode(NOTICES.encode(long))).toEqual(long);
  });

  it('no two contracts share a type', () => {
    expect(new Set(all.map((c) => c.type)).size).toBe(all.length);
  });
});

describe('ids and partitions', () => {
  it('stable ids are equal for equal parts, and parts cannot run into each other', () => {
    expect(stableId('a', 'b')).toBe(stableId('a', 'b'));
    expect(stableId('ab', 'c')).not.toBe(stableId('a', 'bc'));
    expect(isId(stableId('a'))).toBe(true);
  });

  it('fresh ids sort by time', () => {
    const ids = Array.from({ length: 1000 }, newId);
    expect([...ids].sort()).toEqual(ids);
  });

  it('spreads keys over all partitions, evenly enough', () => {
    const counts = new Array<number>(PARTITIONS).fill(0);
    for (let i = 0; i < 8000; i += 1) counts[partitionOf(`scope/host-${i}/cpu`)]! += 1;
    for (const count of counts) expect(count).toBeGreaterThan(700);
  });

  it('a subject names its tenant', () => {
    const tenant = newId();
    expect(tenantOfSubject(subjects.events(tenant, 3))).toBe(tenant);
    expect(tenantOfSubject(subjects.replays('delivery', tenant))).toBe(tenant);
  });
});
