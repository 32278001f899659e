import { Metrics } from '@signalbox/runtime';
import type { IncomingMessage } from 'node:http';
import type { GatewayRequest } from '../gateway/request.js';
import type { CountStore } from '../store/count-store.js';
import type { LiveIntegration } from '../store/integration-index.js';
import type { RequestStore } from '../store/request-store.js';
import { RequestLog } from './request-log.js';
import type { RequestRow } from './request-row.js';
import type { Tally } from './tallies.js';
import { RequestLogWriter } from './writer.js';

const request: GatewayRequest = {
  raw: { socket: {}, headers: {} } as IncomingMessage, method: 'POST', path: '/api/events',
  query: undefined, headers: {}, now: new Date('2026-11-21T12:00:00Z'),
  seen: { integration: { id: 'i', tenantId: 't', secrets: [] } as unknown as LiveIntegration },
};

/** A writer over tables that can be away, and what got into them. */
function setUp() {
  const metrics = new Metrics('ingest');
  const log = new RequestLog({ keeps: true, trustedProxies: 0 }, metrics);
  const tables = { away: false, rows: [] as RequestRow[], tallies: [] as Tally[], trimmed: [] as string[] };
  const written = <T>(into: T[]) => (values: readonly T[]): Promise<void> => {
    if (tables.away) return Promise.reject(new Error('away'));
    into.push(...values);
    return Promise.resolve();
  };
  const requests = { insert: written(tables.rows), trim: (id: string) => Promise.resolve(void tables.trimmed.push(id)) } as unknown as RequestStore;
  const warnings: string[] = [];
  const writer = new RequestLogWriter(
    log, requests, { add: written(tables.tallies) } as unknown as CountStore,
    { days: 7, rows: 40 }, (message) => warnings.push(message),
  );
  const lost = async () => (await metrics.registry.getSingleMetric(
    'signalbox_ingest_request_log_left_out_total',
  )!.get()).values.map(({ labels, value }) => `${labels['what']} ${labels['why']} ${value}`);
  const note = (times = 1): void => { for (let i = 0; i < times; i += 1) log.note(request, { status: 202, body: {}, noted: { events: 1 } }, 1); };
  return { tables, writer, warnings, lost, note };
}

describe('the writer of the request log', () => {
  it('writes what is left when it stops', async () => {
    const { tables, writer, note } = setUp();
    note(2);
    await writer.stop();
    expect([tables.rows.length, tables.tallies.map(({ received }) => received)]).toEqual([2, [2]]);
  });

  it('loses requests while Postgres is away and says so once; counts wait', async () => {
    const { tables, writer, warnings, lost, note } = setUp();
    tables.away = true;
    for (let i = 0; i < 2; i += 1) {
      note();
      await writer.stop();
    }
    expect([await lost(), warnings.length]).toEqual([['request database 2'], 1]);
    tables.away = false;
    note();
    await writer.stop();
    expect([tables.rows.length, tables.tallies.map(({ received }) => received)]).toEqual([1, [3]]);
  });

  it('trims an integration once a share of what it may keep was written', async () => {
    const { tables, writer, note } = setUp();
    note(8);
    await writer.stop();
    expect(tables.trimmed).toEqual([]);
    note(5);
    await writer.stop();
    expect(tables.trimmed).toEqual(['i']);
  });
});
