import { connect } from 'node:net';
import { connect as connectNats, nanos } from 'nats';
import { Client } from 'pg';
import { freshDatabase } from './database.js';
import { eventually } from './eventually.js';
import { startNats, type Server } from './nats.js';
import { startPostgres } from './postgres.js';

describe('startNats', () => {
  let nats: Server;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats.stop());

  it('keeps what JetStream has acknowledged through kill -9', async () => {
    const before = await connectNats({ servers: nats.url });
    await (await before.jetstreamManager()).streams.add({ name: 'KEEP', subjects: ['keep.>'], max_age: nanos(60_000) });
    await before.jetstream().publish('keep.1', 'kept');
    await before.close();
    const pid = nats.pid;
    await nats.kill();
    expect(nats.running).toBe(false);
    await nats.restart();
    expect(nats.pid).not.toBe(pid);

    const after = await connectNats({ servers: nats.url });
    expect((await (await after.jetstreamManager()).streams.getMessage('KEEP', { seq: 1 })).string()).toBe('kept');
    expect(after.info?.max_payload).toBe(1024 * 1024);
    await after.close();
  });
});

describe('freshDatabase', () => {
  it('gives databases that know nothing of each other', async () => {
    const urls = await Promise.all([freshDatabase(), freshDatabase()]);
    const [one, two] = urls.map(({ url }) => new Client({ connectionString: url }));
    await Promise.all([one!.connect(), two!.connect()]);
    await one!.query('create table only_here (id int)');
    expect((await two!.query("select to_regclass('only_here') as found")).rows).toEqual([{ found: null }]);
    await Promise.all([one!.end(), two!.end()]);
  });
});

describe('startPostgres', () => {
  it('keeps what was committed through kill -9, on the same port', async () => {
    const server = await startPostgres();
    try {
      const query = async (sql: string): Promise<unknown[]> => {
        const client = new Client({ connectionString: server.url });
        await client.connect();
        return client.query(sql).then(({ rows }) => rows).finally(() => client.end());
      };
      await query("create table kept as select 'here' as what");
      await server.kill();
      await expect(query('select 1')).rejects.toThrow('ECONNREFUSED');
      await server.restart();
      expect(await query('select what from kept')).toEqual([{ what: 'here' }]);
    } finally {
      await server.stop();
    }
  });
});

describe('a stopped server', () => {
  it('has closed its port', async () => {
    const nats = await startNats();
    await nats.stop();
    const refused = await eventually(() => new Promise<boolean>((resolve) => {
      const socket = connect(nats.port, '127.0.0.1', () => resolve(false));
      socket.once('error', () => resolve(true));
    }));
    expect(refused).toBe(true);
  });
});
