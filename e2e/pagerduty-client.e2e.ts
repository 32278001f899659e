import { acknowledge, change, event, resolve, trigger } from '@pagerduty/pdjs';
import type { EventParameters } from '@pagerduty/pdjs/build/src/events';
import { certifiedKey, eventually } from '@signalbox/testing';
import { request as forward } from 'node:http';
import { Agent, createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { system } from './support/system.js';
import { World, type Integration } from './support/world.js';

/**
 * PagerDuty's own client for Events v2, as it comes from the package registry: nothing is changed but its
 * server. It speaks HTTPS only, so the gateway stands behind a TLS front, as in production.
 */

let world: World;
let integration: Integration;
let front: Server;
let to: Pick<EventParameters, 'server'> & { agent: Agent };

beforeAll(async () => {
  world = await World.make('pdjs');
  integration = await world.integration('events');
  const { key, certificate } = certifiedKey('localhost');
  front = createServer({ key, cert: certificate }, (incoming, outgoing) => {
    incoming.pipe(forward(new URL(incoming.url!, system.urls.ingest), { method: incoming.method!, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    }));
  });
  await new Promise<void>((listening) => void front.listen(0, '127.0.0.1', listening));
  to = { server: `localhost:${(front.address() as AddressInfo).port}`, agent: new Agent({ ca: certificate }) };
});

afterAll(async () => {
  to.agent.destroy();
  await new Promise((closed) => front.close(closed));
});

const PAYLOAD = {
  summary: 'Disk nearly full on db-01', source: 'db-01.example.com', severity: 'error',
  component: 'postgres', group: 'prod', class: 'disk', custom_details: { free: '3 %' },
} as const;

function data(action: 'trigger' | 'acknowledge' | 'resolve', dedupKey?: string): EventParameters['data'] {
  return { routing_key: integration.key, event_action: action, payload: PAYLOAD, ...(dedupKey === undefined ? {} : { dedup_key: dedupKey }) };
}

test('what it triggers, acknowledges and resolves is one incident, opened, acknowledged and resolved', async () => {
  const links = [{ href: 'https://example.com/runbook', text: 'Runbook' }];
  const triggered = await event({ ...to, data: { ...data('trigger'), links, images: [{ src: 'https://example.com/graph.png' }] } });
  expect(triggered.status).toBe(202);
  expect(triggered.data).toEqual({ status: 'success', message: 'Event processed', dedup_key: expect.any(String) });
  const { dedup_key: dedupKey } = triggered.data as { dedup_key: string };
  expect(await world.incident(dedupKey, { status: 'OPEN' })).toMatchObject({
    title: PAYLOAD.summary, severity: 'error', source: PAYLOAD.source,
    service: { name: 'Web shop' }, details: { free: '3 %' },
  });

  expect((await trigger({ ...to, data: data('trigger', dedupKey) })).status).toBe(202);
  await eventually(async () => (await world.incident(dedupKey)).eventCount === 2, { describe: 'the second event to be counted' });
  expect((await acknowledge({ ...to, data: data('acknowledge', dedupKey) })).status).toBe(202);
  await world.incident(dedupKey, { status: 'ACKNOWLEDGED' });
  expect((await resolve({ ...to, data: data('resolve', dedupKey) })).status).toBe(202);
  await world.incident(dedupKey, { status: 'RESOLVED' });
  expect(await world.incidents()).toHaveLength(1);
});

test('its change events stand beside incidents and open none', async () => {
  const before = (await world.incidents()).length;
  const payload = { summary: 'Deployed 1.2.3', timestamp: new Date().toISOString(), custom_details: {} };
  const answer = await change({ ...to, data: { routing_key: integration.key, payload, links: [] } as never });
  expect([answer.status, answer.data]).toEqual([202, { status: 'success', message: 'Change event processed' }]);
  await eventually(async () => {
    const changes = await world.operator.list<{ summary: string }>('/api/v1/change-events');
    return changes.some(({ summary }) => summary === 'Deployed 1.2.3');
  }, { describe: 'the change event' });
  expect(await world.incidents()).toHaveLength(before);
});

test('it is told what is wrong in PagerDuty\'s words', async () => {
  const unknown = await event({ ...to, data: { ...data('trigger'), routing_key: '0'.repeat(32) } });
  expect([unknown.status, unknown.data]).toMatchObject([400, {
    status: 'invalid event', message: expect.any(String), errors: ["'routing_key' is unknown or disabled"],
  }]);
  const without = await event({ ...to, data: { ...data('trigger'), payload: { ...PAYLOAD, severity: 'dire' as never } } });
  expect([without.status, without.data]).toMatchObject([400, { status: 'invalid event', errors: [expect.stringContaining('severity')] }]);
});
