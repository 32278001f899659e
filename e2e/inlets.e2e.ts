import { eventually, hasMosquitto, startMosquitto, startReceiver, type Receiver, type Server } from '@signalbox/testing';
import { connectAsync, type MqttClient } from 'mqtt';
import { kill, ready, restart } from './support/system.js';
import { World } from './support/world.js';

/** A real broker (Debian: mosquitto) and a real sender (MQTT.js) before a gateway that is killed. */

const isThere = hasMosquitto();

(isThere ? describe : describe.skip)(isThere ? 'an MQTT inlet' : 'SKIPPED: no mosquitto here (apt-get install mosquitto)', () => {
  let world: World;
  let receiver: Receiver;
  let broker: Server;
  let sender: MqttClient;
  let inlet: string;

  beforeAll(async () => {
    world = await World.make('inlets');
    receiver = await startReceiver();
    await world.route('plant-7/#', `${receiver.url}/messages`);
    broker = await startMosquitto();
    sender = await connectAsync(broker.url, { protocolVersion: 5 });
    ({ id: inlet } = await world.operator.post<{ id: string }>('/api/v1/inlets', {
      name: 'Plant 7', kind: 'mqtt', config: { url: broker.url, topics: [{ filter: 'line/+/state', qos: 1 }], topicPrefix: 'plant-7/' },
    }));
    await untilConnected();
  });
  afterAll(async () => {
    sender?.end(true);
    await world.operator.ask('DELETE', `/api/v1/inlets/${inlet}`);
    await broker.stop();
    await receiver.stop();
    await restart('ingest');
    await ready();
  });

  const untilConnected = () => eventually(async () => {
    const { state, lastError } = await world.operator.get<{ state: string; lastError: string | null }>(`/api/v1/inlets/${inlet}`);
    if (state !== 'connected') throw new Error(`it is ${state}: ${lastError}`);
    return true;
  }, { withinMs: 20_000, describe: 'the inlet to be connected' });
  const arrived = (from: number, to: number) => {
    const wanted = Array.from({ length: to - from }, (_, n) => from + n);
    return eventually(() => {
      const seen = new Set(receiver.requests.map((request) => request.json<{ payload: { n: number } }>().payload.n));
      const missing = wanted.filter((n) => !seen.has(n));
      if (missing.length > 0) throw new Error(`${missing.length} are missing: ${missing.slice(0, 10).join()}`);
      return true;
    }, { withinMs: 30_000, describe: `the messages ${from} to ${to - 1}` });
  };
  const publish = (n: number) => sender.publishAsync('line/3/state', JSON.stringify({ n }), { qos: 1 });

  it('delivers to a route what was published to the broker', async () => {
    await publish(0);
    await arrived(0, 1);
    expect(receiver.requests[0]!.json()).toMatchObject({ topic: 'plant-7/line/3/state', payload: { n: 0 } });
    expect((await world.operator.ask('POST', `/api/v1/inlets/${inlet}/test`)).json()).toMatchObject({ ok: true });
  });

  it('loses nothing of what is published while the gateway is killed, stays away, and comes back', async () => {
    const publishing = (async () => { for (let n = 1; n <= 600; n += 1) await publish(n); })();
    // In the middle of the stream: what was read is not all stored, what was stored is not all acknowledged.
    await eventually(() => receiver.requests.length > 20, { withinMs: 20_000, describe: 'the stream to flow' });
    await kill('ingest');
    await publishing;
    for (let n = 601; n <= 700; n += 1) await publish(n);
    await restart('ingest');
    await arrived(1, 701);
    await untilConnected();
  });

  it('carries on when the broker was away', async () => {
    await broker.kill();
    await eventually(async () => (await world.operator.get<{ state: string }>(`/api/v1/inlets/${inlet}`)).state === 'waiting', {
      withinMs: 20_000, describe: 'the inlet to notice',
    });
    await broker.restart();
    await untilConnected();
    await eventually(() => sender.connected, { withinMs: 20_000, describe: 'the sender to be back' });
    await publish(701);
    await arrived(701, 702);
  });
});
