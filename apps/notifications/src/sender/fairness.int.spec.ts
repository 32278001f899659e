import { newId } from '@signalbox/contracts';
import { Database } from '@signalbox/database';
import { freshDatabase } from '@signalbox/testing';
import { schema } from '../schema.js';
import { claimDue, type ClaimLimits } from './claims.js';

let db: Database;

beforeAll(async () => {
  db = new Database({ url: (await freshDatabase(schema)).url, schema: 'notifications' });
});

afterAll(() => db.close());

beforeEach(() => db.query('truncate notifications, far_sides'));

/** Notifications of a channel that have been due for so long. */
async function due(channelId: string, count: number, seconds: number): Promise<void> {
  await db.query(
    `insert into notifications (
       id, tenant_id, channel_id, audience_id, channel_kind, channel_name, event_type, fingerprint, trace_id, status, due_at, notice, created_at, updated_at)
     select gen_random_uuid(), $1, $1, $1, 'webhook', 'ops', 'x', n::text, gen_random_uuid(), 'queued', now() - make_interval(secs => $3),
       '{}', now(), now() from generate_series(1, $2) n`, [channelId, count, seconds]);
}

async function claimed(limits: Partial<ClaimLimits> = {}): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const usual = { most: 128, perChannel: 8, rooms: [], mine: [], takeOver: true, troubled: { ids: [], room: 64 } };
  for (const one of await claimDue(db, { ...usual, ...limits })) counts[one.channel_id] = (counts[one.channel_id] ?? 0) + 1;
  return counts;
}

describe('what is claimed of what is due', () => {
  it('is that of healthy channels too, however much is older of a channel that is closed or full', async () => {
    const [closed, full, healthy] = [newId(), newId(), newId()];
    await db.query(`insert into far_sides values ($1, now() + interval '1 hour', 'rate_limited')`, [closed]);
    await due(closed, 1_500, 300);
    await due(full, 1_500, 200);
    await due(healthy, 3, 100);
    expect(await claimed({ rooms: [{ channelId: full, room: 0 }] })).toEqual({ [healthy]: 3 });
  });

  it('leaves room for healthy channels, however many are in trouble', async () => {
    const ids = Array.from({ length: 100 }, newId);
    const healthy = newId();
    for (const id of ids) await due(id, 12, 300);
    await due(healthy, 3, 100);
    const rooms = (room: number): ClaimLimits['rooms'] => ids.map((channelId) => ({ channelId, room }));
    expect(Object.keys(await claimed({ most: 20, rooms: rooms(1), troubled: { ids, room: 10 } }))).toHaveLength(10);
    expect(await claimed({ most: 10, rooms: rooms(0), troubled: { ids, room: 0 } })).toEqual({ [healthy]: 3 });
  });
});
