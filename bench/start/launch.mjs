// What `npm start` does on a built checkout, in a directory of its own: everything up, the demo made, the first event sent.
import { startSystem } from '../../tools/system.mjs';
import { prepareDemo } from '../../tools/demo.mjs';
import { join } from 'node:path';
import { answer } from '../measure/child.mjs';
import { until } from '../measure/until.mjs';

let system;
answer({ start, stop: () => system?.stop() });

/** Resolves when the first event has been accepted: `{ pids, apiKey, adminUrl, dedupKey }`. */
async function start({ dir }) {
  system = await startSystem({ dir, sink: true, env: { OUTBOUND_ALLOW_PRIVATE: 'true', LOG_LEVEL: 'warn' } });
  const { email, password } = system.secrets.bootstrap;
  const demo = await prepareDemo({ file: join(dir, 'demo.json'), urls: system.urls, user: { email, password } });
  const { key } = demo.integrations.find(({ type }) => type === 'events');
  const dedupKey = `bench-start-${Date.now()}`;
  await until('the first event is accepted', async () => {
    const response = await fetch(`${demo.ingestUrl}/api/events`, {
      method: 'POST', headers: { authorization: `Token token=${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ event_action: 'trigger', dedup_key: dedupKey, payload: { summary: 'The first event', source: 'bench', severity: 'info' } }),
    });
    return response.status === 202;
  });
  return { pids: { ...system.pids }, apiKey: demo.apiKey, adminUrl: demo.adminUrl, dedupKey };
}
