import { NOTICES, memberKey, newId } from '@signalbox/contracts';
import { Database, entitySource } from '@signalbox/database';
import { ReadModel, type Bus } from '@signalbox/messaging';
import { freshDatabase } from '@signalbox/testing';
import type { DataSource } from 'typeorm';
import { schema } from '../schema.js';
import { People } from './people.js';
import { HandOffs } from './store/hand-offs.js';
import { OverrideEntity } from './store/override.entity.js';
import { ScheduleEntity } from './store/schedule.entity.js';
import { ScheduleStore } from './store/schedule-store.js';

let db: Database;
let entities: DataSource;
let replicas: HandOffs[];
let [tenantId, ada, bob] = ['', '', ''];
const warned: string[] = [];
const members = new ReadModel(undefined as unknown as Bus, 'members');
const people = new People(members, new ReadModel(undefined as unknown as Bus, 'teams'));

beforeAll(async () => {
  const { url } = await freshDatabase(schema);
  db = new Database({ url, schema: 'incidents' });
  entities = await entitySource({ url, schema: 'incidents', entities: [ScheduleEntity, OverrideEntity] }).initialize();
  const schedules = new ScheduleStore(entities, people, () => undefined);
  replicas = [1, 2, 3].map(() => new HandOffs({ db, schedules, people, offer: () => undefined, warn: (message) => void warned.push(message) }));
});
afterAll(async () => {
  await entities.destroy();
  await db.close();
});
beforeEach(async () => {
  tenantId = newId();
  [ada, bob] = [member('Ada'), member('Bob')];
  await db.query('delete from outbox');
  await db.query('delete from schedules');
});

function member(name: string, version = 1, id = newId()): string {
  const value = version === 1 ? { tenantId, userId: id, name, email: 'a@example.com', timeZone: 'UTC', role: 'viewer' as const } : null;
  members.apply({ kind: 'members', key: memberKey(tenantId, id), version, value });
  return id;
}

/** Ada and Bob take days in turn, from 09:00 to 09:00 in Berlin. The first of Ada's is 1 March 2099. */
async function schedule(zone = 'Europe/Berlin'): Promise<string> {
  const id = newId();
  const rotation = { type: 'daily', length: 1, handOffTime: '09:00' };
  const layers = [{ id: 'main', name: 'Main', users: [ada, bob], rotation, startsAt: '2099-03-01T09:00', restrictions: [] }];
  await db.query(
    `insert into schedules (id, tenant_id, version, name, time_zone, layers, created_at, updated_at)
     values ($1, $2, 1, 'Web', $3, $4, now(), now())`,
    [id, tenantId, zone, JSON.stringify(layers)],
  );
  return id;
}

/** All replicas look at once. Gives what was told meanwhile: who, what. */
async function at(time: string): Promise<string[]> {
  await db.query('delete from outbox');
  await Promise.all(replicas.map((one) => one.fireDue(new Date(time), 100)));
  const rows = await db.query<{ body: Buffer; message_id: string }>(`select body, message_id from outbox where subject like 'notices.%' order by id`);
  return rows.map(({ body }) => NOTICES.decode(body)).map(({ targets, title, body }) => `${targets![0]!.id === ada ? 'Ada' : 'Bob'}: ${title}. ${body}`);
}

describe('hand-offs', () => {
  it('are told to who goes and to who comes, once, at their time', async () => {
    await schedule();
    expect(await at('2099-03-01T07:59:59Z')).toEqual([]);
    expect((await replicas[0]!.nextDue())!.toISOString()).toBe('2099-03-01T08:00:00.000Z');
    expect(await at('2099-03-01T08:00:00Z')).toEqual(['Ada: You are on call for Web. Until Monday, 2 March 2099 at 09:00 (Europe/Berlin), then Bob.']);
    expect(await at('2099-03-01T12:00:00Z')).toEqual([]);
    expect(await at('2099-03-02T08:00:00Z')).toEqual([
      'Ada: You are no longer on call for Web. Bob is on call now.',
      'Bob: You are on call for Web. Until Tuesday, 3 March 2099 at 09:00 (Europe/Berlin), then Ada.',
    ]);
    expect(await at('2099-03-02T08:00:01Z')).toEqual([]);
  });

  it('that nobody told for long are one: from who was told last to who is on call now', async () => {
    await schedule();
    await at('2099-03-01T08:00:00Z');
    expect(await at('2099-03-20T12:00:00Z')).toEqual([expect.stringContaining('Ada: You are no longer'), expect.stringContaining('Bob: You are on call')]);
    expect(await at('2099-04-21T12:00:00Z')).toEqual([]); // Bob again, and he knows
  });

  it('by an override, by its end and by a change of the schedule are told at once', async () => {
    const id = await schedule();
    await at('2099-03-01T08:00:00Z');
    await db.query(
      `insert into schedule_overrides (id, tenant_id, version, schedule_id, user_id, starts_at, ends_at, created_at, updated_at)
       values ($1, $2, 1, $3, $4, '2099-03-01T10:00:00Z', '2099-03-01T11:00:00Z', now(), now())`,
      [newId(), tenantId, id, bob]);
    expect(await at('2099-03-01T10:30:00Z')).toEqual([
      expect.stringContaining('Ada: You are no longer'),
      expect.stringMatching(/^Bob: .* at 12:00 \(Europe\/Berlin\), then Ada\.$/),
    ]);
    expect(await at('2099-03-01T11:00:00Z')).toHaveLength(2);
    await db.query(`update schedules set layers = '[]' where id = $1`, [id]);
    expect(await at('2099-03-01T11:30:00Z')).toEqual(['Ada: You are no longer on call for Web. Nobody is on call now.']);
    await db.query('delete from schedules where id = $1', [id]);
    expect(await replicas[0]!.nextDue()).toBeNull();
  });

  it('to somebody who leaves the tenant are noticed within a day', async () => {
    await schedule();
    await at('2099-03-01T08:00:00Z');
    member('Ada', 2, ada);
    await db.query(`update schedule_hand_offs set due_at = '2099-03-01T20:00:00Z'`);
    expect(await at('2099-03-01T20:00:00Z')).toEqual(['Ada: You are no longer on call for Web. Nobody is on call now.']);
  });

  it('a schedule that was there before is looked at without a word, and one that cannot be reckoned keeps no other waiting', async () => {
    const before = await schedule();
    await db.query('update schedule_hand_offs set known = false where schedule_id = $1', [before]);
    await db.query(`update schedules set name = name || id`);
    const broken = await schedule('Mars/Olympus');
    expect(await at('2099-03-01T08:30:00Z')).toEqual([]);
    expect(warned).toEqual([expect.stringContaining(broken)]);
    expect(await at('2099-03-02T08:30:00Z')).toHaveLength(2);
  });
});
