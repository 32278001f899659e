import { newId } from '@signalbox/contracts';
import { eventually, freshDatabase, startPostgres } from '@signalbox/testing';
import { Column, Entity, type DataSource } from 'typeorm';
import { Database } from './database.js';
import { isDatabaseAway } from './faults.js';
import { entitySource } from './entities.js';
import { book } from './ledger.js';
import { CursorMovedError, CursorTakenBackError, LeaseLostError, PartitionLeases } from './leases.js';
import { migrate } from './migrate.js';
import type { OutboxMessage, OutboxRow } from './outbox.js';
import { ResourceEntity, ResourceStore } from './resource-store.js';
import { insertRows } from './rows.js';

@Entity('things')
class Thing extends ResourceEntity {
  @Column('text')
  name!: string;
}

let url: string;
let db: Database;

beforeAll(async () => {
  ({ url } = await freshDatabase());
  await migrate([{ name: 'incidents', migrations: [] }], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  db = new Database({ url, schema: 'incidents', poolSize: 20 });
  await db.query(`create table things (
      id uuid primary key, tenant_id uuid not null, version int not null,
      created_at timestamptz not null, updated_at timestamptz not null, name text not null unique);
    create table loose (id int, body bytea, details jsonb)`);
});
afterAll(() => db.close());

describe('partition leases', () => {
  const reader = (): string => `reader-${newId()}`;

  it('are divided evenly among three, and again when one is gone', async () => {
    const name = reader();
    const replicas = [1, 2, 3].map(() => new PartitionLeases(db, name, 8));
    const settled = async (who: PartitionLeases[]): Promise<number[]> => {
      for (let turn = 0; turn < 3; turn += 1) for (const replica of who) await replica.renew();
      const held = await Promise.all(who.map((replica) => replica.renew()));
      expect(held.flat().map(({ partition }) => partition).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      return held.map((leases) => leases.length).toSorted();
    };
    expect(await settled(replicas)).toEqual([2, 3, 3]);
    await replicas[0]!.release();
    expect(await settled(replicas.slice(1))).toEqual([4, 4]);
  });

  it('are renewed, taken and given back while every connection is at work', async () => {
    const busy = new Database({ url, schema: 'incidents', poolSize: 1 });
    const [name, other] = [reader(), reader()];
    const leases = new PartitionLeases(busy, name, 1);
    await busy.transaction(async (tx) => {
      const atWork = tx.query('select pg_sleep(1)');
      const began = Date.now();
      expect(await leases.renew()).toHaveLength(1);
      await leases.release();
      expect([await new PartitionLeases(db, name, 1).renew(), await new PartitionLeases(busy, other, 1).renew()].map(({ length }) => length)).toEqual([1, 1]);
      expect(Date.now() - began).toBeLessThan(900);
      await atWork;
    });
    await busy.close();
  });

  it('go to one of many that ask at the same time', async () => {
    const name = reader();
    const held = await Promise.all(Array.from({ length: 10 }, () => new PartitionLeases(db, name, 1).renew()));
    expect(held.filter((leases) => leases.length === 1)).toHaveLength(1);
  });

  it('keep one that has lost its partition from writing, however late it comes', async () => {
    const name = reader();
    const [asleep, awake] = [new PartitionLeases(db, name, 1), new PartitionLeases(db, name, 1)];
    const [old] = await asleep.renew();
    await db.query(`update lease_holders set seen_at = now() - interval '4 seconds' where reader = $1`, [name]);
    const [fresh] = await awake.renew();
    expect(fresh!.epoch).toBe(old!.epoch + 1);
    await expect(db.transaction(async (tx) => {
      await tx.query('insert into loose (id) values (1)');
      await asleep.advanceCursor(tx, old!, { stream: 'stream', from: 0, to: 5 });
    })).rejects.toThrow(LeaseLostError);
    expect(await db.query('select * from loose where id = 1')).toEqual([]);
    await db.transaction((tx) => awake.advanceCursor(tx, fresh!, { stream: 'stream', from: 0, to: 5 }));
    expect(await awake.cursor(0)).toEqual({ sequence: 5, stream: 'stream' });
  });

  it('wait for a transaction that may still commit before the partition changes hands', async () => {
    const name = reader();
    const [slow, next] = [new PartitionLeases(db, name, 1), new PartitionLeases(db, name, 1)];
    const [lease] = await slow.renew();
    await db.transaction(async (tx) => {
      await slow.advanceCursor(tx, lease!, { stream: 'stream', from: 0, to: 7 });
      await db.query(`update lease_holders set seen_at = now() - interval '4 seconds' where reader = $1`, [name]);
      expect(await next.renew()).toEqual([]);
    });
    expect(await next.renew()).toHaveLength(1);
    expect((await next.cursor(0)).sequence).toBe(7);
  });

  it('move a cursor once for each batch, and back to the beginning of another stream', async () => {
    const leases = new PartitionLeases(db, reader(), 1);
    const [lease] = await leases.renew();
    const advance = (stream: string, from: number, to: number): Promise<void> => db.transaction((tx) => leases.advanceCursor(tx, lease!, { stream, from, to }));
    await advance('first', 0, 10);
    await expect(advance('first', 0, 10)).rejects.toThrow(CursorMovedError);
    await expect(advance('first', 0, 9)).rejects.toThrow(CursorMovedError);
    await advance('second', 0, 2);
    expect(await leases.cursor(0)).toEqual({ sequence: 2, stream: 'second' });
    expect((await leases.renew()).map(({ cursor }) => cursor)).toEqual([{ sequence: 2, stream: 'second' }]);
  });

  it('do not move a cursor that Postgres took back, which would pass over what was taken back with it', async () => {
    const name = reader();
    const leases = new PartitionLeases(db, name, 1);
    const [lease] = await leases.renew();
    const advance = (stream: string, from: number, to: number): Promise<void> => db.transaction((tx) => leases.advanceCursor(tx, lease!, { stream, from, to }));
    await expect(advance('first', 3, 4)).rejects.toThrow(CursorTakenBackError);
    await advance('first', 0, 3);
    await expect(advance('first', 5, 6)).rejects.toThrow(CursorTakenBackError);
    await expect(advance('second', 3, 4)).rejects.toThrow(CursorTakenBackError);
    expect(await leases.cursor(0)).toEqual({ sequence: 3, stream: 'first' });
    await db.query('update partition_cursors set stream = null where reader = $1', [name]);
    await advance('first', 3, 4);
    expect(await leases.cursor(0)).toEqual({ sequence: 4, stream: 'first' });
  });
});

describe('a commit that travels with the last statements', () => {
  const names = async (): Promise<string[]> => (await db.query<{ id: number }>('select id from loose order by id')).map(({ id }) => String(id));
  beforeEach(() => db.query('truncate loose'));

  it('commits them all, and gives their results', async () => {
    const rows = await db.transaction(async (tx) => {
      await tx.query('insert into loose (id) values ($1)', [1]);
      return tx.commit(() => tx.query<{ id: number }>('insert into loose (id) values ($1) returning id', [2]));
    });
    expect(rows).toEqual([{ id: 2 }]);
    expect(await names()).toEqual(['1', '2']);
  });

  it('commits nothing when one of them fails, and says which reason that had', async () => {
    const work = db.transaction(async (tx) => {
      await tx.query('insert into loose (id) values (1)');
      await tx.commit(() => Promise.all([tx.query('select 1 / 0'), tx.query('insert into loose (id) values (2)')]));
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
    expect(await names()).toEqual([]);
  });

  it('commits nothing when an earlier failure was passed over', async () => {
    const work = db.transaction(async (tx) => {
      await tx.query('select 1 / 0').catch(() => undefined);
      await tx.commit(() => Promise.resolve());
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
  });

  it('lets no statement follow', async () => {
    const work = db.transaction(async (tx) => {
      await tx.commit(() => tx.query('insert into loose (id) values (1)'));
      await tx.query('insert into loose (id) values (2)');
    });
    await expect(work).rejects.toThrow('after the commit');
    expect(await names()).toEqual(['1']);
  });

  it('keeps a replica that lost its partition from committing', async () => {
    const name = `reader-${newId()}`;
    const [asleep, awake] = [new PartitionLeases(db, name, 1), new PartitionLeases(db, name, 1)];
    const [old] = await asleep.renew();
    await db.query(`update lease_holders set seen_at = now() - interval '4 seconds' where reader = $1`, [name]);
    await awake.renew();
    const work = db.transaction((tx) => tx.commit(() => Promise.all([
      tx.query('insert into loose (id) values (1)'),
      asleep.advanceCursor(tx, old!, { stream: 's', from: 0, to: 7 }),
    ])));
    await expect(work).rejects.toBeInstanceOf(LeaseLostError);
    expect(await names()).toEqual([]);
  });

  it('tells what was refused ahead of the cursor as it is: the cursor has nothing to do with it', async () => {
    const leases = new PartitionLeases(db, `reader ${newId()}`, 1);
    const [lease] = await leases.renew();
    const all = db.transaction(async (tx) => {
      const [, moved] = await Promise.allSettled([
        tx.query(`select refuse('a wrong guess')`),
        leases.advanceCursor(tx, lease!, { stream: 's', from: 0, to: 7 }),
      ]);
      return moved;
    });
    expect(await all).toMatchObject({ status: 'rejected', reason: { code: 'SB001', message: 'a wrong guess' } });
  });
});

describe('the ledger', () => {
  it('loses nothing when many book at the same time, and adds up what is booked together', async () => {
    const tenants = [newId(), newId(), newId()];
    const entries = tenants.flatMap((tenantId) =>
      (['in', 'delivered'] as const).map((entry) => ({ ledger: 'deliveries' as const, tenantId, entry, count: 1 })));
    await Promise.all(Array.from({ length: 40 }, (_, index) =>
      db.transaction((tx) => book(tx, [...entries.toSorted(() => Math.random() - 0.5), entries[0]!], new Date(1_763_712_000_000), index % 4))));
    const rows = await db.query<{ tenant_id: string; entry: string; n: number }>('select tenant_id, entry, sum(count)::int as n from ledger group by 1, 2');
    expect(Object.fromEntries(rows.map((row) => [`${row.tenant_id} ${row.entry}`, row.n]))).toEqual(
      Object.fromEntries(entries.map(({ tenantId, entry }, index) => [`${tenantId} ${entry}`, index === 0 ? 80 : 40])));
  });
});

describe('many rows in one statement', () => {
  it('hold whatever JSON holds, made storable, and bytes as they are', async () => {
    const bytes = Buffer.from([0, 255, 1, 254]);
    await insertRows(db, 'loose', { id: 'int', body: 'bytea', details: 'jsonb' }, [
      { id: 7, body: `\\x${bytes.toString('hex')}`, details: { 'a\u0000': '\ud83d', deep: [[{}]] } },
      { id: 8 },
    ]);
    const rows = await db.query<{ id: number; body: Buffer | null; details: unknown }>('select * from loose where id in (7, 8) order by id');
    expect(rows).toEqual([{ id: 7, body: bytes, details: { 'a\ufffd': '\ufffd', deep: [[{}]] } }, { id: 8, body: null, details: null }]);
  });
});

describe('a resource store', () => {
  const tenantId = newId();
  const told: OutboxRow[] = [];
  let source: DataSource;
  let things: ResourceStore<Thing>;
  const announce = (before: Thing | undefined, after: Thing | undefined): OutboxMessage[] =>
    [{
      subject: 'things', messageId: newId(),
      body: Buffer.from(`${before?.name ?? ''}@${before?.version ?? 0} > ${after?.name ?? ''}@${after?.version ?? 0}`),
    }];
  const lastTold = (): string => Buffer.from(told[told.length - 1]!.body).toString();

  beforeAll(async () => {
    source = entitySource({ url, schema: 'incidents', entities: [Thing] });
    await source.initialize();
    things = new ResourceStore(source, Thing, (rows) => told.push(...rows));
  });
  afterAll(() => source.destroy());

  it('counts the versions of a resource and announces each change with it', async () => {
    const { id } = await things.create(tenantId, { name: 'first' }, announce);
    expect(lastTold()).toBe('@0 > first@1');
    expect(await things.update(tenantId, id, (row) => { row.name = 'second'; }, announce)).toMatchObject({ name: 'second', version: 2 });
    expect(lastTold()).toBe('first@1 > second@2');
    expect(await things.remove(tenantId, id, () => undefined, announce)).toBe(true);
    expect(lastTold()).toBe('second@2 > @0');
    expect(await things.find(tenantId, id)).toBeNull();
  });

  it('neither changes nor deletes what a check refuses', async () => {
    const { id } = await things.create(tenantId, { name: 'kept' }, announce);
    const refuse = (row: Thing): void => { throw new Error(`${row.name} is at ${row.version}`); };
    const before = told.length;
    await expect(things.update(tenantId, id, refuse, announce)).rejects.toThrow('kept is at 1');
    await expect(things.remove(tenantId, id, refuse, announce)).rejects.toThrow('kept is at 1');
    expect(await things.find(tenantId, id)).toMatchObject({ name: 'kept', version: 1 });
    expect(told.length).toBe(before);
  });

  it('loses no change of many made at the same time', async () => {
    const { id } = await things.create(tenantId, { name: 'n' }, announce);
    await Promise.all(Array.from({ length: 12 }, () => things.update(tenantId, id, (row) => { row.name += 'x'; }, announce)));
    expect(await things.find(tenantId, id)).toMatchObject({ name: `n${'x'.repeat(12)}`, version: 13 });
  });

  it('knows nothing of other tenants', async () => {
    const { id } = await things.create(tenantId, { name: 'theirs' }, announce);
    const stranger = newId();
    expect([
      await things.find(stranger, id),
      await things.update(stranger, id, () => undefined, announce),
      await things.remove(stranger, id, () => undefined, announce),
      await things.list(stranger, { limit: 10 }),
    ])
      .toEqual([null, null, false, []]);
  });

  it('changes nothing and tells of nothing when the change is refused', async () => {
    await things.create(tenantId, { name: 'taken' }, announce);
    const before = told.length;
    await expect(things.create(tenantId, { name: 'taken' }, announce)).rejects.toMatchObject({ code: '23505' });
    expect(told).toHaveLength(before);
  });

  it('lists newest first, page by page, each row once', async () => {
    const owner = newId();
    for (let index = 0; index < 5; index += 1) await things.create(owner, { name: `page ${index}` }, announce);
    const first = await things.list(owner, { limit: 2 });
    expect(first.map(({ name }) => name)).toEqual(['page 4', 'page 3', 'page 2']);
    const last = first[1]!;
    expect((await things.list(owner, { limit: 3, after: { at: last.createdAt.toISOString(), id: last.id } })).map(({ name }) => name))
      .toEqual(['page 2', 'page 1', 'page 0']);
  });
});

describe('a Postgres that goes away', () => {
  it('is told apart from data that is refused', async () => {
    const away = async (work: Promise<unknown>): Promise<boolean> => work.then(() => { throw new Error('went well'); }, isDatabaseAway);
    expect(await away(db.query('select 1 / 0'))).toBe(false);
    expect(await away(db.query(`select 'x'::uuid`))).toBe(false);
    expect(await away(db.query(`insert into things values (null, null, 1, now(), now(), '')`))).toBe(false);
    expect(await away(db.query('select * from not_migrated_yet'))).toBe(true);
    expect(await away(db.transaction(async (tx) => { await tx.query('set transaction read only'); await tx.query('delete from things'); }))).toBe(true);
    const wrong = new URL(url);
    wrong.username = 'nobody';
    for (const place of ['postgres://x@127.0.0.1:1/x', wrong.href]) {
      const other = new Database({ url: place, schema: 'incidents' });
      expect(await away(other.query('select 1'))).toBe(true);
      await other.close();
    }
    expect(isDatabaseAway(new Error('the far side refused the connection'))).toBe(false);
  });

  it('is noticed when it is killed and when it hangs, and used again when it is back', async () => {
    const postgres = await startPostgres();
    const other = new Database({ url: postgres.url, schema: 'public', statementTimeoutMs: 300 });
    const asks = (): Promise<unknown> => other.query('select 1');
    await asks();
    expect(other.reachable).toBe(true);
    await postgres.kill();
    await eventually(() => asks().then(() => false, () => !other.reachable), { describe: 'the last of its processes is gone' });
    await postgres.restart();
    await eventually(() => asks().then(() => other.reachable));
    // Only the process behind a connection hangs: what is asked of it is given up, and the connection with it.
    const hung = other.transaction(async (tx) => {
      const [backend] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      process.kill(backend!.pid, 'SIGSTOP');
      return tx.query('select 2').finally(() => process.kill(backend!.pid, 'SIGCONT'));
    });
    await expect(hung).rejects.toThrow('Query read timeout');
    expect(isDatabaseAway(await hung.catch((error: unknown) => error))).toBe(true);
    await asks();
    await other.close();
    await postgres.stop();
  });
});
