// A gateway under load, and the account of what it accepted. Shared by ingest, ingest-signed and ingest-fsync.
import contracts from '@signalbox/contracts';
import { withNats, readStream } from '../measure/streams.mjs';
import { Operator } from '../measure/system.mjs';

/** About 1 KB in the Events API's form; the dedup key goes between. */
const [before, after] = JSON.stringify({
  event_action: 'trigger', dedup_key: 'KEY',
  payload: {
    summary: 'High CPU usage on web-01 (95%)', source: 'monitoring-system', severity: 'critical', component: 'web', group: 'shop',
    custom_details: { cpu_percent: 95, host: 'web-01', region: 'eu-central-1', runbook: 'https://wiki.example.com/runbooks/cpu', note: 'x'.repeat(640) },
  },
}).split('KEY');

/**
 * Makes a service and an integration (with a signature `secret`, when one is given), then stops incidents: from now on the machine belongs to the gateway.
 * Gives the requests to send to `/api/events` with the integration's key, and its `id`.
 */
export async function prepareGateway(system, { type = 'events', secret } = {}) {
  const operator = new Operator(system, contracts.newId());
  const { id: serviceId } = await operator.post('incidents', '/api/v1/services', { name: 'Bench' });
  const { id, key } = await operator.post('ingest', '/api/v1/integrations', { type, name: 'Bench', serviceId });
  if (secret !== undefined) await operator.put('ingest', `/api/v1/integrations/${id}/signature-secret`, { secret });
  await system.kill('incidents', 'SIGTERM');
  const headers = { authorization: `Token token=${key}`, 'content-type': 'application/json' };
  return { id, url: system.urls.ingest, path: '/api/events', headers, before, after };
}

/** One round of load; afterwards every accepted dedup key is looked for in `stream`, which is then emptied. */
export async function loadRound({ generator, target, prefix, times, natsUrl, stream, keysOf, reconciliation }) {
  const measured = await generator.ask('saturate', { ...target, ...times, prefix });
  const refused = new Set(measured.refused);
  const found = new Map();
  let events = 0;
  const envelopes = await withNats(natsUrl, async (nats) => {
    const count = await readStream(nats, stream, (data) => {
      for (const key of keysOf(JSON.parse(Buffer.from(data).toString('utf8')))) {
        found.set(key, (found.get(key) ?? 0) + 1);
        events += 1;
      }
    });
    await nats.manager.streams.purge(stream);
    return count;
  });
  reconciliation.add(Array.from({ length: measured.sent }, (_, index) => index + 1).filter((n) => !refused.has(n)).map((n) => prefix + n), found);
  const { perSecond, p50, p99, cpu } = measured;
  return { perSecond, p50, p99, generatorCpu: cpu, refused: refused.size, perPublish: events / envelopes };
}

/** The dedup keys in one message of EVENTS. */
export const keysInEnvelope = ({ data }) => data.events.map(({ dedupKey }) => dedupKey);
