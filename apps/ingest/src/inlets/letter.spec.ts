import { newId, type ReplayRequest } from '@signalbox/contracts';
import { inletLetter, isOfInlet, messageAgain } from './letter.js';

const inlet = { id: newId(), tenantId: newId() };
const now = new Date('2026-11-21T10:00:00Z');

function replayOf(topic: string, edited?: { payload: unknown }): ReplayRequest {
  const letter = inletLetter(inlet, topic, { topic, bytes: Buffer.alloc(600_000, 'x'), headers: [] }, 'too large', now);
  const { id: letterId, tenantId, traceId, subject, headers } = letter;
  return {
    jobId: newId(), letterId, tenantId, traceId, subject, headers, payload: null,
    raw: letter.raw, ...(edited === undefined ? {} : { ...edited, raw: undefined }),
  } as ReplayRequest;
}

it('keeps the beginning of the payload, and how long it was', () => {
  const letter = inletLetter(inlet, 'a/b', { topic: 'a/b', bytes: Buffer.alloc(600_000, 'x'), headers: [] }, 'too large', now);
  expect(Buffer.from(letter.raw!, 'base64')).toHaveLength(65_536);
  expect(letter).toMatchObject({ tenantId: inlet.tenantId, subject: 'inlet a/b', headers: { 'payload-bytes': '600000', 'payload-kept-bytes': '65536' } });
  expect(isOfInlet(replayOf('a/b'))).toBe(true);
});

it('is a message once an operator has given it a payload, and the same one however often it is replayed', () => {
  const request = replayOf('a/b', { payload: { small: 1 } });
  expect(messageAgain(request, now)).toEqual({
    id: request.letterId, traceId: request.traceId, topic: 'a/b', payload: { small: 1 },
    timestamp: now.toISOString(), acceptedAt: now.toISOString(),
  });
});

it('is none as it was, nor by a topic that is none', () => {
  expect(messageAgain(replayOf('a/b'), now)).toEqual({ why: expect.stringContaining('payload of your own') });
  expect(messageAgain(replayOf('a\u0001', { payload: 1 }), now)).toEqual({ why: expect.stringContaining('control characters') });
});
