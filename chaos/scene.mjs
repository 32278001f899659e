import { AdminApi } from '../tools/start/admin-api.mjs';

/** Topic → the routes that match it. */
export const TOPICS = {
  'chaos/fast': ['fast', 'second'], 'chaos/failing': ['failing'], 'chaos/refusing': ['refusing'],
  'chaos/hanging': ['hanging'], 'chaos/limited': ['limited'], 'chaos/resetting': ['resetting'], 'elsewhere/none': [],
};

/** Makes, as an operator would, what the load needs: a key, an integration, a channel with its rule, and the routes. */
export async function setScene(system, receivers) {
  const api = new AdminApi(system.urls.admin);
  const { tenantId } = await api.signIn(system.secrets.bootstrap);
  const { key } = await api.post('/api/v1/api-keys', { name: 'chaos', role: 'admin', scopes: ['*'] });
  api.useKey(key);
  const service = await api.post('/api/v1/services', { name: 'Chaos' });
  const integration = await api.post('/api/v1/integrations', { name: 'chaos', type: 'events', serviceId: service.id, rateLimitPerMinute: 1_000_000 });
  const channel = await api.post('/api/v1/customer/notification-channels', {
    name: 'chaos', kind: 'webhook', config: { url: `${receivers.url}/notified` }, retryDelaysSeconds: [1, 1, 2, 2, 3],
  });
  await api.post('/api/v1/customer/notification-routing-rules', { name: 'everything', conditions: {}, targets: [{ type: 'channel', id: channel.id }] });
  const routes = {};
  for (const [topic, names] of Object.entries(TOPICS)) {
    for (const name of names) {
      const path = name === 'second' ? 'fast' : name;
      const config = { url: `${receivers.url}/${path}`, timeoutSeconds: 1 };
      const { id } = await api.post('/api/v1/customer/message-routes', {
        name, topic: name === 'second' ? 'chaos/+' : topic,
        ...(name === 'second' ? { filter: { two: true } } : {}), destination: { type: 'webhook', config },
      });
      routes[name] = { id, path };
    }
  }
  return { api, apiKey: key, tenantId, integration, channel, routes };
}
