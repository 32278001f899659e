import { eventually, freshDatabase } from '@signalbox/testing';
import { Database } from './database.js';
import { DueLoop, type DueWork } from './due-loop.js';
import { Listener } from './listener.js';

let url: string;
let db: Database;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  ({ url } = await freshDatabase());
  db = new Database({ url, schema: 'public' });
  await db.query('create table timers (id int primary key, due_at timestamptz not null)');
  await db.query('create index on timers (due_at)');
  await db.query('create table fired (id int not null, late double precision not null)');
  stops = [];
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await db.close();
});

/** The least that a table of timers needs. */
class Timers implements DueWork {
  constructor(private readonly own: Database) {}

  async nextDue(): Promise<Date | null> {
    const rows = await this.own.query<{ due_at: Date }>('select due_at from timers order by due_at limit 1');
    return rows[0]?.due_at ?? null;
  }

  fireDue(now: Date, most: number): Promise<number> {
    return this.own.transaction((tx) => tx.affected(
      `with due as (
         delete from timers where id in (select id from timers where due_at <= $1 order by due_at limit $2 for update skip locked)
         returning id, due_at)
       insert into fired select id, extract(epoch from clock_timestamp() - due_at) from due`, [now, most]));
  }
}

function replica(): DueLoop {
  const own = new Database({ url, schema: 'public' });
  const loop = new DueLoop({
    work: new Timers(own), what: 'the timers', now: () => new Date(),
    log: { error: (fields) => { throw new Error(JSON.stringify(fields)); } },
  });
  const listener = new Listener({ url, channel: 'timers', heard: loop.wake });
  loop.start();
  listener.start();
  stops.push(async () => {
    await listener.stop();
    await loop.stop();
    await own.close();
  });
  return loop;
}
const countOf = async (table: string): Promise<number> => Number((await db.query<{ count: string }>(`select count(*) from ${table}`))[0]!.count);

test('of many timers and many replicas each fires once, within a second of its time', async () => {
  const loops = [replica(), replica(), replica()];
  await db.query(`insert into timers select n, now() + make_interval(secs => 0.5 + n * 0.0005) from generate_series(1, 3000) n`);
  await db.query(`insert into timers select n, now() + interval '1 day' from generate_series(3001, 20000) n`);
  // One that looked before there was anything would look again in two seconds: whoever writes a timer says so.
  for (const loop of loops) loop.wake();
  await eventually(async () => await countOf('fired') === 3_000, { withinMs: 10_000, describe: 'all that are due' });
  const [seen] = await db.query<{ ids: number; late: number; early: number }>(
    'select count(distinct id) as ids, max(late) as late, min(late) as early from fired',
  );
  expect(seen).toMatchObject({ ids: 3_000 });
  expect(seen!.late).toBeLessThan(1);
  expect(seen!.early).toBeGreaterThanOrEqual(0);
  expect(await countOf('timers')).toBe(17_000);
});

test('a hint that commits with the row wakes every replica', async () => {
  replica();
  await eventually(
    async () => (await db.query(`select 1 from pg_stat_activity where query like 'listen%' and datname = current_database()`)).length === 1,
    { describe: 'a listener' },
  );
  for (let id = 1; id <= 5; id += 1) {
    await db.transaction(async (tx) => {
      await tx.query('insert into timers values ($1, now())', [id]);
      await tx.query(`select pg_notify('timers', '')`);
    });
    await eventually(async () => await countOf('fired') === id, { withinMs: 1_000, describe: `timer ${id}` });
  }
});
