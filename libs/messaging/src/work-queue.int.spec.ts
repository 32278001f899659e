import { contract, newId, subjects } from '@signalbox/contracts';
import { eventually, startNats, type Server } from '@signalbox/testing';
import { Type } from '@sinclair/typebox';
import { Bus } from './bus.js';
import { ensureStreams } from './streams.js';
import { WorkQueue, hintWork, type WorkItem, type WorkQueueOptions } from './work-queue.js';

const JOBS = contract({ type: 'job', version: 1, stream: 'ROUTES', schema: Type.Object({ text: Type.String() }), example: { text: 'hello' } });
interface Job { text: string }

const streams = { replicas: 1, maxBytes: 64 * 1024 ** 2 };
let nats: Server;
let bus: Bus;
let tenantId: string;
const cleanups: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  nats = await startNats();
  bus = new Bus({ servers: nats.url, name: 'test' });
  await ensureStreams(bus, streams);
});
afterAll(async () => {
  await bus.close();
  await nats.stop();
});
beforeEach(async () => {
  tenantId = newId();
  await (await bus.manager()).streams.purge('ROUTES');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startQueue(handle: (item: WorkItem<Job>) => void, options: Partial<WorkQueueOptions<Job>> = {}): Promise<WorkQueue<Job>> {
  const queue = new WorkQueue<Job>({ bus, contract: JOBS, maxDeliver: 3, handle, onUndecodable: async () => undefined, ...options });
  cleanups.push(() => queue.stop(100));
  await queue.start();
  return queue;
}

async function publish(texts: readonly string[], tenant = tenantId): Promise<void> {
  await Promise.all(texts.map((text) => bus.publish(subjects.routes(tenant), JOBS.encode({ text }))));
  hintWork(bus, 'ROUTES', tenant);
}

async function left(): Promise<number> {
  return (await (await bus.manager()).streams.info('ROUTES')).state.messages;
}

const empty = (withinMs = 5_000): Promise<unknown> => eventually(async () => (await left()) === 0, { withinMs, describe: 'nothing is left on the queue' });
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);

describe('a work queue', () => {
  it('takes a done message off the queue, and hands it out once', async () => {
    const seen: string[] = [];
    await startQueue((item) => { seen.push(item.value.text); item.done(); });
    await publish(numbered(300));
    await empty();
    expect(seen.toSorted()).toEqual(numbered(300).toSorted());
  });

  it('delivers again after the wait that was asked for, three times at most', async () => {
    const at: number[] = [];
    const deliveries: number[] = [];
    await startQueue((item) => { at.push(performance.now()); deliveries.push(item.deliveries); item.again(400); });
    await publish(['again']);
    await eventually(() => deliveries.length === 3, { describe: 'three deliveries' });
    for (const [one, next] of [[at[0]!, at[1]!], [at[1]!, at[2]!]] as const) {
      expect(next - one).toBeGreaterThan(395);
      expect(next - one).toBeLessThan(1_800);
    }
    await eventually(() => performance.now() - at[2]! > 900);
    expect(deliveries).toEqual([1, 2, 3]);
    expect(await left()).toBe(1); // for the sweep, which makes a dead letter of it
  });

  it('never delivers what was given up again', async () => {
    await startQueue((item) => item.giveUp('its dead letter is stored'));
    await publish(['hopeless']);
    await empty();
  });

  it('brings again what could not be dealt with: undecodable without a dead letter yet, or a handler that threw', async () => {
    let letters = 0;
    const deliveries: number[] = [];
    await startQueue((item) => {
      deliveries.push(item.deliveries);
      if (deliveries.length === 1) throw new Error('unforeseen');
      item.done();
    }, {
      ackWaitMs: 1_000,
      onUndecodable: async ({ bytes, tenantId: tenant }) => {
        expect([tenant, Buffer.from(bytes).toString()]).toEqual([tenantId, '{"type":"jo']);
        letters += 1;
        if (letters === 1) throw new Error('the bus is full');
      },
    });
    await bus.publish(subjects.routes(tenantId), Buffer.from('{"type":"jo'));
    await publish(['odd']);
    await empty(8_000);
    expect([letters, deliveries]).toEqual([2, [1, 2]]);
  });

  it('keeps alive what is in hand for longer than the acknowledgement wait', async () => {
    const seen: number[] = [];
    await startQueue((item) => { seen.push(item.deliveries); setTimeout(() => item.done(), 1_500); }, { ackWaitMs: 600 });
    await publish(['long']);
    await empty();
    expect(seen).toEqual([1]);
  });

  it('takes a new acknowledgement wait for tenants that it knows from before', async () => {
    const before = await startQueue((item) => item.done(), { ackWaitMs: 30_000 });
    await publish(['one']);
    await empty();
    await before.stop();
    await startQueue((item) => item.done(), { ackWaitMs: 45_000 });
    await publish(['two']);
    await empty();
  });

  it('lets 199 tenants through while another one has 5,000 messages', async () => {
    const big = newId();
    const small = Array.from({ length: 199 }, () => newId());
    const publishedAt = new Map<string, number>();
    const waited: number[] = [];
    let bigDone = 0;
    await publish(numbered(5_000), big);
    await startQueue((item) => {
      if (item.tenantId !== big) {
        waited.push(performance.now() - publishedAt.get(item.tenantId)!);
        return item.done();
      }
      setTimeout(() => { bigDone += 1; item.done(); }, 100);
    });
    for (const tenant of small) {
      publishedAt.set(tenant, performance.now());
      await publish(['small'], tenant);
    }
    await eventually(() => waited.length === small.length, { withinMs: 10_000, describe: 'all small tenants are served' });
    const sorted = waited.toSorted((a, b) => a - b);
    expect(sorted[99]).toBeLessThan(250);
    expect(sorted[198]).toBeLessThan(1_500);
    expect(bigDone).toBeGreaterThan(100);
    expect(bigDone).toBeLessThan(5_000);
  });

  it('is quick with a message although forty tenants only have messages that wait', async () => {
    const waiting = Array.from({ length: 40 }, () => newId());
    let at = 0;
    let held = 0;
    await startQueue((item) => {
      if (item.tenantId === tenantId) at = performance.now();
      else held += 1;
      if (item.tenantId === tenantId) item.done();
      else item.again(30_000);
    });
    for (const tenant of waiting) await publish(['waits'], tenant);
    await eventually(() => held === waiting.length, { describe: 'forty messages wait' });
    const took: number[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      at = 0;
      const began = performance.now();
      await publish([`prompt ${turn}`]);
      await eventually(() => at > 0, { everyMs: 2, describe: 'the message is handed out' });
      took.push(at - began);
    }
    expect(Math.max(...took)).toBeLessThan(300);
  });

  it('goes on when NATS is killed and started again', async () => {
    const seen = new Set<string>();
    await startQueue((item) => { seen.add(item.value.text); setTimeout(() => item.done(), 5); }, { ackWaitMs: 2_000 });
    await publish(numbered(400));
    await eventually(() => seen.size > 50);
    await nats.kill('SIGKILL');
    await nats.restart();
    await eventually(() => bus.connected);
    await publish(['after']);
    await empty(10_000);
    expect([...seen].toSorted()).toEqual([...numbered(400), 'after'].toSorted());
  });

  it('goes on when the stream and its consumers were made anew', async () => {
    const seen: string[] = [];
    await startQueue((item) => { seen.push(item.value.text); item.done(); });
    await publish(['before']);
    await empty();
    await (await bus.manager()).streams.delete('ROUTES');
    await ensureStreams(bus, streams);
    await publish(['anew']);
    await eventually(() => seen.includes('anew'), { describe: 'the message of the new stream' });
  });
});

describe('stopping a work queue', () => {
  it('waits for what is in hand, and leaves nothing that was sent to it but not taken', async () => {
    const first: number[] = [];
    const queue = await startQueue((item) => { first.push(item.sequence); setTimeout(() => item.done(), 50); }, { perTenant: 16 });
    await publish(numbered(200));
    await eventually(() => first.length > 20);
    const stopping = queue.stop();
    await stopping;
    expect(queue.size).toBe(0);
    const again: number[] = [];
    await startQueue((item) => { again.push(item.deliveries); item.done(); });
    await empty(2_000);
    expect(first.length + again.length).toBe(200);
    expect(again.every((deliveries) => deliveries === 1)).toBe(true);
  });

  it('ends after its time although something is still in hand', async () => {
    const queue = await startQueue(() => undefined);
    await publish(['stuck']);
    await eventually(() => queue.size === 1);
    const began = performance.now();
    await queue.stop(300);
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it('does not hang while NATS is away', async () => {
    const queue = await startQueue((item) => item.done());
    await publish(['one']);
    await empty();
    await nats.kill('SIGKILL');
    const began = performance.now();
    await queue.stop();
    const took = performance.now() - began;
    await nats.restart();
    await eventually(() => bus.connected);
    expect(took).toBeLessThan(1_500);
  });
});
