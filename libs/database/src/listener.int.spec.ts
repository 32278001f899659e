import { eventually, freshDatabase } from '@signalbox/testing';
import { Database } from './database.js';
import { Listener } from './listener.js';

let url: string;
let db: Database;
let listener: Listener;
let heard: number;

beforeEach(async () => {
  ({ url } = await freshDatabase());
  db = new Database({ url, schema: 'public' });
  heard = 0;
  listener = new Listener({ url, channel: 'Things that happen', heard: () => { heard += 1; }, applicationName: 'ear' });
  listener.start();
  await eventually(() => heard === 1, { describe: 'the first connection, which may have missed something' });
});
afterEach(async () => {
  await listener.stop();
  await db.close();
});

const notify = (channel = 'Things that happen') => db.query('select pg_notify($1, $2)', [channel, '']);

test('hears what is told on its channel, once it is committed, and nothing else', async () => {
  await notify('another');
  await notify();
  await eventually(() => heard === 2, { describe: 'the notification' });
  await db.transaction(async (tx) => {
    await tx.query('select pg_notify($1, $2)', ['Things that happen', '']);
    await tx.query('select pg_sleep(0.05)');
    expect(heard).toBe(2);
  });
  await eventually(() => heard === 3, { describe: 'the one of the transaction' });
});

test('listens again when its connection was cut, and says that it may have missed something', async () => {
  await db.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ear' and datname = current_database()`);
  await eventually(() => heard === 2, { describe: 'another connection' });
  await notify();
  await eventually(() => heard === 3, { describe: 'the notification' });
});

test('has no connection once it is stopped, and makes none again', async () => {
  await listener.stop();
  await eventually(
    async () => (await db.query(`select 1 from pg_stat_activity where application_name = 'ear' and datname = current_database()`)).length === 0,
    { describe: 'no connection' },
  );
  await notify();
  expect(heard).toBe(1);
});
