import { INCIDENTS, newId, subjects, type IncidentChange } from '@signalbox/contracts';
import { Bus } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventListener } from '../scenarios/listener.js';
import { Served } from '../scenarios/served.js';
import { IncidentFeed } from './feed.js';
import { follow, type FollowOptions } from './follow.js';

let served: Served;
beforeAll(async () => { served = await Served.start(); });
afterAll(async () => { await served.stop(); });

const changesIn = (listener: EventListener): IncidentChange[] => listener.heard.map(({ data }) => JSON.parse(data) as IncidentChange);
const told = (listener: EventListener): string[] => changesIn(listener).map(({ change, incident }) => `${change} ${incident.dedupKey}`);

async function listening(query = '', tenantId = served.tenantId, listener = new EventListener()): Promise<EventListener> {
  await listener.open(`${served.stage.url}/api/v1/incidents/stream${query}`, await served.identity(tenantId));
  await eventually(() => listener.lastEventId !== '' || listener.status !== 200, { withinMs: 5_000, describe: 'the first id' });
  return listener;
}

const until = (listener: EventListener, count: number): Promise<unknown> =>
  eventually(() => listener.heard.length >= count, { withinMs: 10_000, describe: `${count} events` });

describe('the stream of incidents', () => {
  it('tells each change in order, of its tenant alone, and only what is asked for', async () => {
    const [all, other] = [await listening(), await listening('', newId())];
    const serviceId = newId();
    const [ofService, resolved] = [await listening(`?service=${serviceId.toUpperCase()}`), await listening('?status=RESOLVED')];
    await served.send('trigger', 'a');
    await served.send('trigger', 'b', { serviceId });
    await served.send('resolve', 'a');
    await until(all, 3);
    await until(resolved, 1);
    expect(told(all).filter((line) => line.endsWith(' a'))).toEqual(['triggered a', 'resolved a']);
    expect([told(ofService), told(resolved), told(other)]).toEqual([['triggered b'], ['resolved a'], []]);
    for (const one of [all, other, ofService, resolved]) one.close();
  });

  it('goes on where a client was, from a stopped service to the next, with nothing left out and nothing twice', async () => {
    const listener = await listening();
    for (let i = 0; i < 5; i += 1) await served.send('trigger', `before-${i}`);
    await until(listener, 5);
    const stopping = Date.now();
    await served.stage.end();
    expect([listener.ended, Date.now() - stopping < 4_000]).toEqual([true, true]);
    await served.stage.start();
    for (let i = 0; i < 20; i += 1) await served.send('trigger', `between-${i}`);
    await served.changes();
    await listening('', served.tenantId, listener);
    await served.send('trigger', 'after');
    await until(listener, 26);
    const ids = changesIn(listener).map(({ id }) => id);
    const published = (await served.changes()).filter(({ incident }) => /^(before|between|after)/.test(incident.dedupKey));
    expect(ids).toEqual(published.map(({ id }) => id));
    listener.close();
  });

  it('goes on in the middle of a message of many changes, also from what is older than the newest that are held', async () => {
    const tenantId = newId();
    const [like] = await served.changes();
    const changes = Array.from({ length: 3 }, () => ({ ...like!, id: newId() }));
    const { sequence } = await served.bus.publish(subjects.incidents(tenantId, 0), INCIDENTS.encode({ tenantId, changes }));
    const rest = async (id: string): Promise<string[]> => {
      const listener = new EventListener();
      listener.lastEventId = id;
      await listening('', tenantId, listener);
      await eventually(() => listener.heard.length > 0, { withinMs: 5_000, describe: 'the rest' });
      listener.close();
      return changesIn(listener).map(({ id: one }) => one);
    };
    expect(await rest(`${sequence}.1`)).toEqual([changes[1]!.id, changes[2]!.id]);
    const others = newId();
    for (let i = 0; i < 2_100; i += 1) await served.bus.publish(subjects.incidents(others, 0), INCIDENTS.encode({ tenantId: others, changes: [changes[0]!] }));
    expect(await rest(`${sequence}.2`)).toEqual([changes[2]!.id]);
    expect(await rest(String(sequence - 1))).toEqual(changes.map(({ id }) => id));
  });

  it('shares one read among its clients, and ends it with the last of them', async () => {
    const consumers = async (): Promise<number> => (await (await served.bus.manager()).streams.info('INCIDENTS')).state.consumer_count;
    await eventually(async () => await consumers() === 0, { withinMs: 10_000, describe: 'no reader' });
    const clients = await Promise.all(Array.from({ length: 20 }, () => listening()));
    await served.send('trigger', 'shared');
    await Promise.all(clients.map((one) => until(one, 1)));
    expect(await consumers()).toBe(1);
    clients.forEach((one) => one.close());
    await eventually(async () => await consumers() === 0, { withinMs: 10_000, describe: 'no reader' });
  });

  it('says when what was seen last is not there any more, and refuses what is no id', async () => {
    const listener = new EventListener();
    listener.lastEventId = '999999999';
    await listening('', served.tenantId, listener);
    await until(listener, 1);
    expect(listener.heard[0]!.event).toBe('reset');
    listener.close();
    expect((await served.call('GET', '/incidents/stream', undefined, { 'last-event-id': 'x' })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'Last-Event-ID' }] });
    expect((await served.call('GET', '/incidents/stream?lastEventId=1.x')).body).toMatchObject({ status: 400, errors: [{ path: 'lastEventId' }] });
    expect((await served.call('GET', '/incidents/stream?status=NEW')).body).toMatchObject({ status: 400 });
  });

  it('lets a tenant have a hundred streams', async () => {
    const tenantId = newId();
    const clients = await Promise.all(Array.from({ length: 100 }, () => listening('', tenantId)));
    expect((await served.call('GET', '/incidents/stream', undefined, {}, tenantId)).status).toBe(429);
    clients.forEach((one) => one.close());
    const isLetIn = async (): Promise<boolean> => {
      const one = await listening('', tenantId);
      one.close();
      return one.status === 200;
    };
    await eventually(isLetIn, { withinMs: 5_000, describe: 'room again' });
  });

  it('survives the death of NATS: what was published is told afterwards, once', async () => {
    const listener = await listening();
    await served.send('trigger', 'n1');
    await until(listener, 1);
    await served.stage.nats.kill('SIGKILL');
    await served.stage.nats.restart();
    await eventually(async () => { await served.send('trigger', 'n2'); return true; }, { withinMs: 15_000, describe: 'NATS is back' });
    await eventually(async () => {
      if (listener.ended) await listening('', served.tenantId, listener).catch(() => undefined);
      return told(listener).includes('triggered n2');
    }, { withinMs: 20_000, describe: 'the second incident' });
    expect(told(listener).filter((line) => line.startsWith('triggered'))).toEqual(['triggered n1', 'triggered n2']);
    listener.close();
  }, 60_000);
});

describe('one client', () => {
  let server: Server;
  let bus: Bus;
  let feed: IncidentFeed;
  let times: NonNullable<FollowOptions['times']>;
  let tenantId: string;

  beforeAll(async () => {
    bus = new Bus({ servers: served.stage.nats.url, name: 'one client' });
    feed = new IncidentFeed({ bus, log: () => undefined });
    feed.join();
    const recent = (await feed.ready(10_000))!;
    server = createServer((_request, response) => void follow(response, recent, { bus, feed, tenantId, wanted: {}, after: undefined, times }));
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    feed.leave();
    await feed.stop();
    await bus.close();
  });

  async function connected(given: typeof times): Promise<EventListener> {
    [times, tenantId] = [given, newId()];
    const listener = new EventListener();
    await listener.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {});
    return listener;
  }

  it('hears a comment with the newest id while nothing happens, and has to come again after a while', async () => {
    const listener = await connected({ aliveMs: 100, livesMs: 1_000 });
    await eventually(() => listener.ended, { withinMs: 5_000, describe: 'the end of the answer' });
    expect(listener.comments.length).toBeGreaterThanOrEqual(5);
    expect([listener.lastEventId !== '', listener.heard]).toEqual([true, []]);
  });

  it('that takes nothing is cut off, and nothing is kept for it', async () => {
    const listener = await connected({ slowMs: 500 });
    listener.hang();
    const [like] = await served.changes();
    const big = INCIDENTS.encode({ tenantId, changes: [{ ...like!, id: newId(), incident: { ...like!.incident, details: { text: 'x'.repeat(400_000) } } }] });
    for (let i = 0; i < 40; i += 1) await bus.publish(subjects.incidents(tenantId, 0), big);
    const connections = () => new Promise<number>((resolve) => { server.getConnections((_error, count) => resolve(count)); });
    await eventually(async () => await connections() === 0, { withinMs: 10_000, describe: 'the connection cut off' });
    expect(listener.heard.length).toBeLessThan(40);
    listener.close();
  });
});
