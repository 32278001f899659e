import { Metrics } from '@signalbox/runtime';
import type { IncomingMessage } from 'node:http';
import type { GatewayAnswer } from '../gateway/answers.js';
import type { GatewayRequest } from '../gateway/request.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { RequestLog } from './request-log.js';

const ACCEPTED: GatewayAnswer = { status: 202, body: {}, noted: { events: 1 } };
const REFUSED: GatewayAnswer = { status: 401, body: {}, noted: { reason: 'The key is wrong.' } };

const integration = (n: number): LiveIntegration => ({
  id: `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`, tenantId: 't', serviceId: 's', type: 'webhook', enabled: true,
  keyHash: '', secrets: ['a secret of ours'], rateLimitPerMinute: 1, config: {}, severities: null, version: 1,
});

function request(of: LiveIntegration | undefined, change: Partial<GatewayRequest> = {}): GatewayRequest {
  const raw = { socket: { remoteAddress: '192.0.2.7' }, headers: {} } as IncomingMessage;
  return {
    raw, method: 'POST', path: '/api/events', query: undefined, headers: {}, now: new Date('2026-11-21T12:00:00Z'),
    seen: { rawBody: Buffer.from('it is a secret of ours'), ...(of && { integration: of }) }, ...change,
  };
}

function logOf(keeps = true): { log: RequestLog; leftOut: () => Promise<Record<string, number>> } {
  const metrics = new Metrics('ingest');
  const log = new RequestLog({ keeps, trustedProxies: 0 }, metrics);
  const leftOut = async () => {
    const { values } = await metrics.registry.getSingleMetric('signalbox_ingest_request_log_left_out_total')!.get();
    return Object.fromEntries(values.map(({ labels, value }) => [`${labels['what']} ${labels['why']}`, value]));
  };
  return { log, leftOut };
}

describe('the request log in memory', () => {
  it('notes who sent what and what came of it, without its secrets', () => {
    const { log } = logOf();
    log.note(request(integration(1)), ACCEPTED, 3);
    log.note(request(undefined), REFUSED, 3);
    expect(log.takeRows().map(({ integrationId, outcome, events, remoteAddress, body }) => [integrationId, outcome, events, remoteAddress, String(body)]))
      .toEqual([[integration(1).id, 'events', 1, '192.0.2.7', `it is ${'*'.repeat(16)}`]]);
    expect(log.takeRows()).toEqual([]);
  });

  it('is bounded under load, keeps what is refused, and counts everything', async () => {
    const { log, leftOut } = logOf();
    for (let i = 0; i < 10_000; i += 1) log.note(request(integration(1)), ACCEPTED, 1);
    log.note(request(integration(1)), REFUSED, 1);
    const rows = log.takeRows();
    expect([rows.length, rows.filter(({ body }) => body !== null).length, rows.at(-1)!.outcome]).toEqual([16, 6, 'rejected']);
    expect(log.takeTallies()).toMatchObject([{ received: 10_001, succeeded: 10_000, events: 10_000, lastError: { status: 401, reason: 'The key is wrong.' } }]);
    expect(await leftOut()).toEqual({ 'request sampled': 9_985 });
  });

  it('does not grow when nobody comes to write', async () => {
    const { log, leftOut } = logOf();
    for (let n = 0; n < 3_000; n += 1) log.note(request(integration(n)), ACCEPTED, 1);
    expect(log.takeRows().length).toBe(1_000);
    expect(await leftOut()).toEqual({ 'request full': 2_000 });
  });

  it('keeps no request where none is to be kept, and counts all the same', () => {
    const { log } = logOf(false);
    log.note(request(integration(1)), ACCEPTED, 1);
    expect([log.takeRows(), log.takeTallies().length]).toEqual([[], 1]);
  });

  it('what fails in it is no matter of the sender', async () => {
    const { log, leftOut } = logOf();
    log.note(request(integration(1), { raw: {} as IncomingMessage }), ACCEPTED, 1);
    expect(await leftOut()).toEqual({ 'request fault': 1 });
  });
});
