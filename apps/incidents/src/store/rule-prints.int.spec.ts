import { newId } from '@signalbox/contracts';
import { Database, migrate } from '@signalbox/database';
import { eventually, freshDatabase } from '@signalbox/testing';
import { OnCallBook } from '../schedules/store/on-call-book.js';
import { schema } from '../schema.js';
import { RulePrints } from './rule-prints.js';
import { Rulebook } from './rulebook.js';

let db: Database;
let prints: RulePrints;
/** What was read, time by time. */
let reads: (readonly string[] | 'all')[];

beforeAll(async () => {
  const { url } = await freshDatabase();
  await migrate([schema], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  db = new Database({ url, schema: 'incidents' });
});
afterAll(() => db.close());
beforeEach(async () => {
  prints = new RulePrints(db);
  reads = [];
  await look();
});

const look = () => prints.readChanged(async (tenantIds) => void reads.push(tenantIds ?? 'all'));
/** What a look reads. */
const changed = async (): Promise<typeof reads> => {
  reads = [];
  await look();
  return reads;
};

const COLUMNS: Readonly<Record<string, Record<string, unknown>>> = {
  services: {}, escalation_policies: { steps: '[]', rounds: 1, fallback: '[]' },
  silences: { matchers: '[]', starts_at: new Date(), ends_at: new Date('2099-01-01'), created_by: 'Ada' },
  maintenance_windows: { matchers: '[]', service_ids: '[]', starts_at: new Date(), ends_at: new Date('2099-01-01'), time_zone: 'UTC', recurrence: 'none' },
  inhibition_rules: { source: '[]', target: '[]', equal: '[]' }, grouping_rules: { matchers: '[]', by: '[]', window_seconds: 60 },
  schedules: { time_zone: 'UTC', layers: '[]' }, schedule_overrides: { user_id: newId(), starts_at: new Date(), ends_at: new Date('2099-01-01') },
};

async function insert(table: string, tenantId: string, fields: Record<string, unknown> = {}): Promise<string> {
  const id = newId();
  const own = table === 'schedule_overrides' ? { schedule_id: await insert('schedules', tenantId) } : { name: id };
  const row = { id, tenant_id: tenantId, version: 1, created_at: new Date(), updated_at: new Date(0), ...own, ...COLUMNS[table], ...fields };
  const [names, places] = [Object.keys(row).map((name) => `"${name}"`), Object.keys(row).map((_, index) => `$${index + 1}`)];
  await db.query(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, Object.values(row));
  return id;
}

describe('prints of rules', () => {
  it('everything is read at first, and nothing when nothing changed', async () => {
    expect(reads).toEqual(['all']);
    await insert('services', newId());
    await look();
    expect(await changed()).toEqual([]);
  });

  it.each(Object.keys(COLUMNS))('a change of %s is seen, also one that tells of none: made, changed, changed back, deleted, '
    + 'another in its place', async (table) => {
    const [tenantId, other] = [newId(), newId()];
    await insert(table, other);
    await look();
    const id = await insert(table, tenantId);
    expect(await changed()).toEqual([[tenantId]]);
    for (let times = 0; times < 2; times += 1) {
      await db.query(`update ${table} set created_at = created_at where id = $1`, [id]);
      expect(await changed()).toEqual([[tenantId]]);
    }
    await db.query(`delete from ${table} where id = $1`, [id]);
    await insert(table, tenantId);
    expect(await changed()).toEqual([[tenantId]]);
    await db.query(`delete from ${table} where tenant_id = $1`, [tenantId]);
    expect(await changed()).toEqual([[tenantId]]);
    expect(await changed()).toEqual([]);
  });

  it('whatever tells of its changes is looked at', async () => {
    const telling = await db.query<{ name: string }>(
      `select distinct c.relname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
       where p.proname = 'tell_rules_changed'`);
    expect(telling.map(({ name }) => name).toSorted()).toEqual(Object.keys(COLUMNS).toSorted());
  });

  it('a silence that ends is a change', async () => {
    const tenantId = newId();
    await insert('silences', tenantId, { ends_at: new Date(Date.now() + 1_000) });
    await look();
    expect(await changed()).toEqual([]);
    expect(await eventually(async () => (await changed())[0])).toEqual([tenantId]);
  });

  it('what could not be read is read the next time, and so is what was forgotten', async () => {
    const tenantId = newId();
    await insert('services', tenantId);
    await expect(prints.readChanged(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await changed()).toEqual([[tenantId]]);
    prints.forget(tenantId);
    expect(await changed()).toEqual([[tenantId]]);
  });

  it('brings what nobody heard of into memory', async () => {
    const [tenantId, gone] = [newId(), newId()];
    const old = await insert('services', gone);
    const onCall = new OnCallBook(db);
    const rules = new Rulebook(db, { onCall: () => [], exists: () => true });
    const readAll = () => Promise.all([rules.load(), onCall.load()]);
    const readSome = (tenantIds: readonly string[]) => Promise.all([rules.refresh(tenantIds), onCall.refresh(tenantIds)]);
    const read = async (tenantIds?: readonly string[]) => void (await (tenantIds === undefined ? readAll() : readSome(tenantIds)));
    prints = new RulePrints(db);
    await prints.readChanged(read);
    expect(rules.of(gone).service(old)).toBeDefined();
    const service = await insert('services', tenantId);
    const schedule = await insert('schedules', tenantId);
    await db.query(`update schedules set layers = $2 where id = $1`, [schedule, JSON.stringify([
      {
        id: 'main',
        name: 'Main',
        users: [newId()],
        rotation: { type: 'daily', length: 1, handOffTime: '09:00' },
        startsAt: '2026-03-01T09:00',
        restrictions: [],
      },
    ])]);
    await db.query('delete from services where id = $1', [old]);
    await prints.readChanged(read);
    expect(rules.of(tenantId).service(service)).toBeDefined();
    expect(rules.of(gone).service(old)).toBeUndefined();
    expect(onCall.onCall(schedule, '2099-03-10T12:00:00.000Z')).toHaveLength(1);
  });
});
