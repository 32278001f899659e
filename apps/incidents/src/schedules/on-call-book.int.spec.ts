import { memberKey, newId, type DirectoryKind } from '@signalbox/contracts';
import { Database, Listener } from '@signalbox/database';
import { ReadModel, type Bus } from '@signalbox/messaging';
import { eventually, freshDatabase } from '@signalbox/testing';
import { schema } from '../schema.js';
import { Reachable } from './reachable.js';
import { OnCallBook } from './store/on-call-book.js';

let db: Database;
let url: string;
let book: OnCallBook;
let news: Listener;
const [tenantId, ada, bob, eve] = [newId(), newId(), newId(), newId()];

beforeAll(async () => {
  ({ url } = await freshDatabase(schema));
  db = new Database({ url, schema: 'incidents' });
});
afterAll(async () => {
  await news.stop();
  await db.close();
});

const LAYER = {
  id: 'main', name: 'Main', users: [ada, bob], rotation: { type: 'daily', length: 1, handOffTime: '09:00' },
  startsAt: '2026-03-01T09:00', restrictions: [],
};

async function schedule(layers: object[] = [LAYER], tenant = tenantId): Promise<string> {
  const id = newId();
  await db.query(
    `insert into schedules (id, tenant_id, version, name, time_zone, layers, created_at, updated_at)
     values ($1, $2, 1, $3, 'Europe/Berlin', $4, now(), now())`,
    [id, tenant, id, JSON.stringify(layers)],
  );
  return id;
}

async function override(scheduleId: string, userId: string, startsAt: string, endsAt: string, replaces: string | null = null): Promise<void> {
  await db.query(
    `insert into schedule_overrides
       (id, tenant_id, version, schedule_id, user_id, replaces_user_id, starts_at, ends_at, created_at, updated_at)
     values ($1, $2, 1, $3, $4, $5, $6, $7, clock_timestamp(), now())`,
    [newId(), tenantId, scheduleId, userId, replaces, startsAt, endsAt]);
}

describe('who is on call, in memory', () => {
  it('is what schedules and overrides say, later ones first, and follows each change of them', async () => {
    const [web, other] = [await schedule(), await schedule([LAYER], newId())];
    book = new OnCallBook(db);
    await book.load();
    const at = '2099-03-10T12:00:00.000Z';
    const onCall = (id: string, when: string) => book.onCall(id, when).map(({ userId }) => userId);
    const [before] = onCall(web, at);
    expect(book.onCall(web, at)).toEqual([{ userId: before, schedule: { id: web, name: web } }]);
    expect([ada, bob]).toContain(before);
    expect(onCall(newId(), at)).toEqual([]);
    news = new Listener({ url, channel: 'incidents_rules', heard: (tenant) => void (tenant === undefined ? book.load() : book.refresh([tenant])) });
    news.start();
    const becomes = (who: string[]) => {
      const isOnCall = (): boolean => JSON.stringify(onCall(web, at)) === JSON.stringify(who);
      return eventually(isOnCall, { withinMs: 5_000, describe: 'another one on call' });
    };
    await override(web, eve, '2099-03-10T11:00:00Z', '2099-03-10T13:00:00Z');
    await becomes([eve]);
    expect(onCall(web, '2099-03-10T13:00:00.000Z')).not.toEqual([eve]);
    await override(web, before!, '2099-03-10T11:00:00Z', '2099-03-10T13:00:00Z', eve);
    await becomes([before!]);
    await db.query('delete from schedule_overrides where user_id = $1', [before]);
    await becomes([eve]);
    await db.query('update schedules set layers = \'[]\' where id = $1', [web]);
    await eventually(() => onCall(web, '2099-03-11T12:00:00.000Z').length === 0, { describe: 'a gap' });
    expect(onCall(web, at)).toEqual([eve]);
    await db.query('delete from schedules where id = $1', [web]);
    await becomes([]);
    expect(onCall(other, at)).toHaveLength(1);
  });

  it('a reading that begins later has the last word', async () => {
    const web = await schedule([]);
    const slow = new OnCallBook(db);
    const first = slow.load();
    await override(web, eve, '2099-03-10T11:00:00Z', '2099-03-10T13:00:00Z');
    await Promise.all([first, slow.refresh([tenantId])]);
    expect(slow.onCall(web, '2099-03-10T12:00:00.000Z')).toMatchObject([{ userId: eve }]);
  });
});

describe('who can be reached', () => {
  const model = <K extends DirectoryKind>(kind: K): ReadModel<K> => new ReadModel(undefined as unknown as Bus, kind);
  const [members, teams, channels] = [model('members'), model('teams'), model('channels')];
  const reachable = new Reachable(members, teams, channels);
    const member = (id: string, version: number, isThere: boolean): void => {
      const value = isThere ? { tenantId, userId: id, name: 'Ada', email: 'a@example.com', timeZone: 'UTC', role: 'viewer' as const } : null;
      members.apply({ kind: 'members', key: memberKey(tenantId, id), version, value });
    };

  it('is everybody of whom the directory does not say that they are gone', () => {
    for (const type of ['user', 'team', 'channel'] as const) expect(reachable.exists(tenantId, type, newId())).toBe(true);
    member(ada, 1, true);
    expect(reachable.exists(tenantId, 'user', ada)).toBe(true);
    member(ada, 2, false);
    expect([reachable.exists(tenantId, 'user', ada), reachable.exists(newId(), 'user', ada)]).toEqual([false, true]);
    channels.apply({ kind: 'channels', key: bob, version: 1, value: null });
    expect(reachable.exists(tenantId, 'channel', bob)).toBe(false);
  });

  it('a team is as long as somebody of it is', () => {
    const id = newId();
    const team = (version: number, memberIds: string[] | null): void => {
      teams.apply({ kind: 'teams', key: id, version, value: memberIds === null ? null : { id, tenantId, name: 'Web', memberIds } });
    };
    team(1, [ada, bob]);
    expect(reachable.exists(tenantId, 'team', id)).toBe(true);
    member(bob, 1, false);
    expect(reachable.exists(tenantId, 'team', id)).toBe(false);
    team(2, []);
    expect(reachable.exists(tenantId, 'team', id)).toBe(false);
    team(3, [eve]);
    expect(reachable.exists(tenantId, 'team', id)).toBe(true);
    team(4, null);
    expect(reachable.exists(tenantId, 'team', id)).toBe(false);
  });
});
