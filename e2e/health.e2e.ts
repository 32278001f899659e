import { send } from './support/http.js';
import { SERVICES, system } from './support/system.js';

describe.each(SERVICES)('%s', (service) => {
  const get = (path: string) => send('GET', `${system.urls[service]}${path}`);

  it('is live and ready, waiting for nothing', async () => {
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).json()).toEqual({ status: 'ready', waitingFor: [] });
  });

  it('shows its metrics to Prometheus, its own under its own name', async () => {
    const answer = await get('/metrics');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
    expect(answer.text).toMatch(/^process_resident_memory_bytes \d+/m);
    const foreign = SERVICES.filter((other) => other !== service && answer.text.includes(`signalbox_${other}_`));
    expect(foreign).toEqual([]);
  });
});

test('the gateway counts its answers by endpoint and status', async () => {
  await send('POST', `${system.urls.ingest}/api/events`, { body: {} });
  const metrics = (await send('GET', `${system.urls.ingest}/metrics`)).text;
  expect(metrics).toMatch(/^signalbox_ingest_requests_total\{endpoint="events",status="401"\} [1-9]/m);
});
