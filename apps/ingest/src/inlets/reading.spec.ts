import { newId } from '@signalbox/contracts';
import type { Received } from './contract.js';
import { readReceived } from './reading.js';

const inlet = { id: newId(), tenantId: newId() };
const now = new Date('2026-11-21T10:00:00Z');

function read(more: Partial<Received> = {}, prefix = '') {
  return readReceived({ topic: 'a/b', bytes: Buffer.from('1'), headers: [], ...more }, inlet, prefix, now);
}

function message(more: Partial<Received> = {}) {
  const reading = read(more);
  if (reading.kind !== 'message') throw new Error(JSON.stringify(reading));
  return reading.message;
}

it.each<[string, string | Uint8Array, unknown, string | undefined]>([
  ['JSON', '{"a":[1]}', { a: [1] }, undefined],
  ['a JSON text', '"x"', 'x', undefined],
  ['text', 'online', 'online', undefined],
  ['an empty payload', '', '', undefined],
  ['bytes that are no UTF-8', Buffer.from([0xc3, 0x28]), 'wyg=', 'base64'],
  ['JSON that is nested too deep, as text', '['.repeat(80) + ']'.repeat(80), '['.repeat(80) + ']'.repeat(80), undefined],
])('reads %s', (_, given, payload, encoding) => {
  const read = message({ bytes: Buffer.from(given as string) });
  expect(read.payload).toEqual(payload);
  expect(read.headers?.['payload-encoding']).toBe(encoding);
});

it('puts the prefix before the topic, and takes what came as the time when nothing else is told', () => {
  expect(read({}, 'plant-7/')).toMatchObject({ message: { topic: 'plant-7/a/b', acceptedAt: now.toISOString(), timestamp: now.toISOString() } });
});

it('ignores the topics of the broker itself, whatever the prefix', () => {
  expect(read({ topic: '$SYS/broker/uptime' }, 'x/')).toEqual({ kind: 'ignored' });
});

it.each<[string, Partial<Received>, string]>([
  ['a topic with control characters', { topic: 'a\u0001' }, 'control characters'],
  ['an empty topic', { topic: '' }, 'is required'],
  ['a topic that is too long', { topic: 'x'.repeat(1025) }, '1024'],
  ['a payload that is too large', { bytes: Buffer.alloc(524_289) }, '524289 bytes'],
])('refuses %s with the reason', (_, more, why) => {
  expect(read(more)).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) });
});

it('keeps a sender\'s id, makes one of an id that is none, and the same for a repeat', () => {
  expect(message({ id: 'sensor/1' }).id).toBe('sensor/1');
  expect(message().id).not.toBe(message().id);
  const long = { id: 'x'.repeat(300) };
  expect(message(long).id).toBe(message(long).id);
  expect(message(long)).toEqual(message(long));
  expect(message(long).id.length).toBeLessThan(256);
});

it('makes headers of whatever names and values come: names mended, values cut, repeats joined, at most 64', () => {
  const { headers } = message({ headers: [['a b', '1'], ['a b', '2'], ['long', 'x'.repeat(2000)], ['half', '\ud800'], ['', 'x']] });
  expect(headers).toEqual({ 'a-b': '1, 2', long: 'x'.repeat(1024), half: '\ufffd' });
  expect(Object.keys(message({ headers: Array.from({ length: 100 }, (_, n) => [`h${n}`, '1'] as const) }).headers!)).toHaveLength(64);
  expect(message({ headers: [['__proto__', 'x']] }).headers).toEqual(Object.fromEntries([['__proto__', 'x']]));
});
