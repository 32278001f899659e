// The demo's tenant, made over HTTP through the admin API as any user would, and remembered in demo.json.
import { existsSync, readFileSync } from 'node:fs';
import { AdminApi } from './start/admin-api.mjs';

const INTEGRATIONS = ['events', 'prometheus', 'github', 'webhook'];

/**
 * Makes what is missing of the demo: an API key with every scope, a service, integrations, a webhook channel to the sink with a routing rule,
 * and a message route to the sink. `file` is the demo.json of the last start: its API key is used again while it works.
 * Gives the new content of demo.json, without the pids.
 */
export async function prepareDemo({ file, urls, user }) {
  const api = new AdminApi(urls.admin);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const session = await api.signIn(user);
  const apiKey = before.apiKey && await api.accepts(before.apiKey)
    ? before.apiKey
    : (await api.post('/api/v1/api-keys', { name: 'demo', scopes: ['*'] })).key;
  api.useKey(apiKey);

  const service = await api.ensure('/api/v1/services', { name: 'Demo service' });
  const integrations = [];
  for (const type of INTEGRATIONS) {
    const { id, key } = await api.ensure('/api/v1/integrations', { name: `Demo ${type}`, type, serviceId: service.id });
    integrations.push({ type, id, key });
  }
  await notifySink(api, urls.sink);
  await routeToSink(api, urls.sink);
  return {
    ingestUrl: urls.ingest, adminUrl: urls.admin, opsUrl: urls.ops, tenantId: session.tenantId, serviceId: service.id,
    apiKey, user, integrations, sinkUrl: urls.sink,
  };
}

async function notifySink(api, sinkUrl) {
  const sink = { name: 'Demo sink', kind: 'webhook', config: { url: `${sinkUrl}/notifications` } };
  const channel = await api.ensure('/api/v1/customer/notification-channels', sink, { follow: ['config'] });
  await api.ensure('/api/v1/customer/notification-routing-rules', {
    name: 'Everything to the demo sink', enabled: true, priority: 100, stop: false, conditions: {}, targets: [{ type: 'channel', id: channel.id }],
  });
}

async function routeToSink(api, sinkUrl) {
  await api.ensure('/api/v1/customer/message-routes', {
    name: 'Hot devices to the demo sink', topic: 'devices/+/temperature', filter: { value: { $gt: 90 } },
    destination: { type: 'webhook', config: { url: `${sinkUrl}/messages` } },
  }, { follow: ['destination'] });
}
