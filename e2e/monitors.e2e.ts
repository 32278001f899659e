import { eventually, newCertificate, startReceiver, type Receiver } from '@signalbox/testing';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { send } from './support/http.js';
import { kill, ready, restart } from './support/system.js';
import { World } from './support/world.js';

/** Heartbeats, TLS monitors and obligations, from the front door to the channel that is told. */

interface Monitor { readonly id: string; readonly url: string; readonly state: string }
interface Told { readonly event: string; readonly incident?: { readonly title: string }; readonly notification?: { readonly title: string } }

let world: World;
let receiver: Receiver;
let tls: Server;
beforeAll(async () => {
  [world, receiver] = await Promise.all([World.make('monitors'), startReceiver()]);
  const { cert, key } = newCertificate({ name: '127.0.0.1', validTo: new Date(Date.now() + 5 * 86_400_000) });
  tls = createServer({ cert, key }, (socket) => socket.on('error', () => undefined)).on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => { tls.listen(0, '127.0.0.1', resolve); });
});
afterAll(async () => {
  tls.close();
  await receiver.stop();
});

const channel = (path: string, conditions: object) => world.channel('webhook', { url: `${receiver.url}/${path}` }, { conditions });
const told = (path: string): Told[] => receiver.requests.filter(({ url }) => url === `/${path}`).map((request) => request.json<Told>());
const heartbeat = () => world.operator.post<Monitor>('/api/v1/monitors/heartbeats', {
  name: 'Nightly backup', serviceId: world.service.id, intervalSeconds: 1, graceSeconds: 1,
});

test('a heartbeat that is missed opens an incident, though the gateway was killed meanwhile, and the next beat closes it', async () => {
  const { id, url } = await heartbeat();
  expect((await send('GET', url)).status).toBe(202);
  await kill('ingest');
  await restart('ingest');
  await ready();
  expect(await world.incident(`heartbeat-${id}`, { status: 'OPEN', withinMs: 20_000 })).toMatchObject({
    severity: 'error', source: 'heartbeat', service: { id: world.service.id }, eventCount: 1,
  });
  expect((await send('POST', url)).status).toBe(202);
  await world.incident(`heartbeat-${id}`, { status: 'RESOLVED', withinMs: 10_000 });
  await world.operator.ask('DELETE', `/api/v1/monitors/heartbeats/${id}`);
});

test('a certificate that is not to be trusted opens an incident, which a rule for ssl_failure tells once', async () => {
  await channel('ssl', { eventTypes: ['ssl_failure'] });
  await channel('expiry', { eventTypes: ['ssl_expiry'] });
  const { id } = await world.operator.post<Monitor>('/api/v1/monitors/tls', {
    serviceId: world.service.id, host: '127.0.0.1', port: (tls.address() as AddressInfo).port, name: 'Web shop',
  });
  expect(await world.incident(`tls-${id}`, { status: 'OPEN', withinMs: 10_000 })).toMatchObject({
    severity: 'critical', title: expect.stringContaining('Web shop'), details: { daysLeft: 4 },
  });
  await eventually(() => told('ssl').length > 0, { withinMs: 10_000, describe: 'the channel of ssl_failure' });
  await world.operator.ask('PATCH', `/api/v1/monitors/tls/${id}`, { enabled: false });
  await eventually(() => told('ssl').length > 1, { withinMs: 10_000, describe: 'that it is over' });
  expect(told('ssl').map(({ event }) => event)).toEqual(['incident.triggered', 'incident.resolved']);
  expect(told('expiry')).toEqual([]);
});

test('an obligation is told at its reminder by a rule for its branch, and is no incident', async () => {
  await channel('north', { branches: ['north'] });
  const dueAt = new Date(Date.now() + 86_400_000 + 2_000).toISOString();
  const { id } = await world.operator.post<Monitor>('/api/v1/monitors/obligations', {
    title: 'Renew the permit', dueAt, remindBefore: [1], branch: 'north', serviceId: world.service.id,
  });
  await eventually(() => told('north').length > 0, { withinMs: 15_000, describe: 'the reminder' });
  expect(told('north')).toMatchObject([{ event: 'obligation_due', notification: { title: 'Due in 1 day: Renew the permit' } }]);
  expect((await world.incidents()).filter(({ dedupKey }) => dedupKey.includes(id))).toEqual([]);
});
