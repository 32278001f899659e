import { newIdentityKeys } from '@signalbox/access';
import { migrate } from '@signalbox/database';
import { eventually, freshDatabase, startNats, startPostgres, type Server } from '@signalbox/testing';
import { Type } from '@sinclair/typebox';
import { randomBytes } from 'node:crypto';
import { startService, type Assembly, type Background, type RunningService, type ServiceDefinition } from './service.js';

class EmptyModule {}

let nats: Server;
let url: string;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  nats = await startNats();
  ({ url } = await freshDatabase());
  await migrate([{ name: 'ops', migrations: [] }], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
});
afterAll(() => nats.stop());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function environment(change: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    SERVICE_PORT: '0', BIND_ADDRESS: '127.0.0.1', NATS_URL: nats.url, DATABASE_URL: url, LOG_LEVEL: 'silent',
    SIGNALBOX_MASTER_KEY: randomBytes(32).toString('base64'), IDENTITY_PUBLIC_KEY: newIdentityKeys().publicKey, ...change,
  };
}

async function start(parts: Partial<Assembly> = {}, change: NodeJS.ProcessEnv = {}): Promise<RunningService> {
  const definition: ServiceDefinition<ReturnType<typeof Type.Object>> = {
    name: 'ops', settings: Type.Object({}), assemble: () => ({ module: { module: EmptyModule }, ...parts }),
  };
  const service = await startService(definition, environment(change));
  cleanups.push(() => service.stop());
  return service;
}

async function waitingFor(service: RunningService): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${service.port}/readyz`);
  return ((await answer.json()) as { waitingFor: string[] }).waitingFor;
}

const says = (service: RunningService, expected: string[]): Promise<unknown> =>
  eventually(async () => { expect(await waitingFor(service)).toEqual(expected); return true; }, {
    withinMs: 15_000, describe: `/readyz waits for ${expected.join() || 'nothing'}`,
  });

/** Writes down what happens to it, in `diary`. */
function background(name: string, diary: string[], started: () => Promise<void> | void = () => undefined): Background {
  return { name, start: async () => { await started(); diary.push(`${name} started`); }, stop: () => void diary.push(`${name} stopped`) };
}

const POSTGRES = 'postgres (reachable and migrated)';

describe('a service', () => {
  it('starts before Postgres and NATS, says what it waits for, and carries on when they come and go', async () => {
    const [postgres, bus] = await Promise.all([startPostgres(), startNats()]);
    cleanups.push(() => postgres.stop(), () => bus.stop());
    await Promise.all([postgres.kill(), bus.kill()]);
    const diary: string[] = [];
    const service = await start({ background: [background('worker', diary)] }, { DATABASE_URL: postgres.url, NATS_URL: bus.url });
    expect(await waitingFor(service)).toEqual([POSTGRES, 'nats']);
    await postgres.restart();
    expect(await waitingFor(service)).toEqual([POSTGRES, 'nats']); // there, but not migrated
    await migrate([{ name: 'ops', migrations: [] }], { ownerUrl: postgres.url, rolePasswords: {}, log: () => undefined });
    await says(service, ['nats']);
    expect(diary).toEqual(['worker started']);
    await bus.restart();
    await says(service, []);
    await postgres.kill();
    await says(service, [POSTGRES]);
    await postgres.restart();
    await says(service, []);
    await bus.kill();
    await says(service, ['nats']);
    await bus.restart();
    await says(service, []);
  });

  it('that carries on without one of them stays ready, once both have been there', async () => {
    const bus = await startNats();
    cleanups.push(() => bus.stop());
    await bus.kill();
    const service = await start({ carriesOn: true }, { NATS_URL: bus.url });
    await says(service, ['nats']);
    await bus.restart();
    await says(service, []);
    await bus.kill();
    expect(await waitingFor(service)).toEqual([]);
  });

  it('tries again to bring up a part for which Postgres went away', async () => {
    const diary: string[] = [];
    let refusals = 2;
    const service = await start({ background: [background('worker', diary, () => {
      if ((refusals -= 1) >= 0) throw Object.assign(new Error('the database system is starting up'), { code: '57P03' });
    })] });
    await says(service, []);
    expect(diary).toEqual(['worker started']);
  });

  it('leaves nothing open when its port is taken', async () => {
    const first = await start();
    await expect(start({}, { SERVICE_PORT: String(first.port) })).rejects.toThrow('is taken by another program');
  });
});

describe('stopping a service', () => {
  it('lets the requests in hand end, then its readers, then its parts in reverse; a second stop waits for the first', async () => {
    const diary: string[] = [];
    const service = await start({
      background: [background('one', diary), background('two', diary)],
      consumers: [{ start: async () => void diary.push('reader started'), stop: async () => void diary.push('reader stopped') }],
      front: (request, response) => request.url === '/slow' && (setTimeout(() => { diary.push('answered'); response.end('whole'); }, 300), true),
    });
    await says(service, []);
    const slow = fetch(`http://127.0.0.1:${service.port}/slow`);
    await fetch(`http://127.0.0.1:${service.port}/livez`);
    await Promise.all([service.stop(), service.stop()]);
    expect(await (await slow).text()).toBe('whole');
    expect(diary).toEqual(['one started', 'two started', 'reader started', 'answered', 'reader stopped', 'two stopped', 'one stopped']);
  });

  it.each([
    ['Postgres', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, [POSTGRES, 'nats']],
    ['NATS', { NATS_URL: 'nats://127.0.0.1:1' }, ['nats']],
  ])('does not hang while it waits for %s', async (_name, change, missing) => {
    const service = await start({}, change);
    await says(service, missing);
    const began = Date.now();
    await service.stop();
    expect(Date.now() - began).toBeLessThan(1_500);
  });

  it('also ends a part that was just being started', async () => {
    const diary: string[] = [];
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => { begin = resolve; });
    const service = await start({ background: [
      background('slow', diary, () => { begin(); return new Promise((resolve) => { setTimeout(resolve, 200); }); }),
      background('never', diary),
    ] });
    await begun;
    await service.stop();
    expect(diary).toEqual(['slow started', 'slow stopped']);
  });

  it('goes on although one of its parts cannot be stopped', async () => {
    const diary: string[] = [];
    const service = await start({
      background: [background('first', diary), { name: 'stubborn', start: () => undefined, stop: () => { throw new Error('no'); } }],
    });
    await says(service, []);
    await service.stop();
    expect(diary).toEqual(['first started', 'first stopped']);
  });
});
