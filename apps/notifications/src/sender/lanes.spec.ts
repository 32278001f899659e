import type { Outcome } from '@signalbox/delivery-policy';
import { Lanes } from './lanes.js';

const now = new Date('2026-11-21T09:30:00.000Z');
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);
const LIMITED: Outcome = { kind: 'retry', reason: 'rate_limited', afterMs: 30_000 };
const roomOf = (lanes: Lanes, id: string, at: Date): number => lanes.rooms(at).find(({ channelId }) => channelId === id)?.room ?? lanes.perChannel;

describe('how many tries may be in the air', () => {
  it('so many overall and a few to each channel', () => {
    const lanes = new Lanes(10, 3);
    for (const id of ['a', 'a', 'a', 'b']) lanes.enter(id);
    expect([lanes.room, roomOf(lanes, 'a', now), roomOf(lanes, 'b', now), roomOf(lanes, 'c', now), lanes.busy]).toEqual([6, 0, 2, 3, true]);
    for (const id of ['a', 'a', 'a', 'b']) lanes.leave(id);
    expect([lanes.room, lanes.rooms(now), lanes.busy]).toEqual([10, [], false]);
  });

  it('none to a channel that asked to be left alone, then one at a time, then as before', () => {
    const lanes = new Lanes(10, 3);
    lanes.heed('a', LIMITED, later(30), now);
    lanes.heed('a', LIMITED, later(20), now);
    expect([roomOf(lanes, 'a', now), lanes.closed('a', now)]).toEqual([0, later(30)]);
    expect([roomOf(lanes, 'a', later(30)), lanes.closed('a', later(30))]).toEqual([1, null]);
    lanes.enter('a');
    expect(roomOf(lanes, 'a', later(31))).toBe(0);
    lanes.leave('a');
    expect([roomOf(lanes, 'a', later(89)), roomOf(lanes, 'a', later(90))]).toEqual([1, 3]);
  });

  it('half of all to the channels in trouble together', () => {
    const lanes = new Lanes(8, 3);
    for (const id of ['a', 'b', 'c', 'd', 'e']) lanes.heed(id, { kind: 'retry', reason: 'timeout' }, null, now);
    for (const id of ['a', 'b', 'c', 'healthy']) lanes.enter(id);
    expect(lanes.troubled(later(59))).toEqual({ ids: ['a', 'b', 'c', 'd', 'e'], room: 1 });
    for (const id of ['d', 'a']) lanes.enter(id);
    expect([lanes.troubled(later(59)).room, roomOf(lanes, 'e', later(59)), roomOf(lanes, 'healthy', later(59)), lanes.room]).toEqual([0, 0, 2, 2]);
    expect(lanes.troubled(later(60))).toEqual({ ids: [], room: 4 });
  });

  it.each<[string, Outcome, number]>([
    ['a failure worth another try', { kind: 'retry', reason: 'timeout' }, 1],
    ['a delivery', { kind: 'delivered' }, 3],
    ['a message that is refused', { kind: 'reject', reason: 'payload_refused' }, 3],
  ])('after %s', (_name, outcome, room) => {
    const lanes = new Lanes(10, 3);
    lanes.heed('a', outcome, null, now);
    expect(roomOf(lanes, 'a', now)).toBe(room);
  });
});
