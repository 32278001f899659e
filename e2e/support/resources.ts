import { eventually, startReceiver } from '@signalbox/testing';
import { collectionsOf, filled, type ApiOperation } from './api-document.js';
import { layerOf, NOTHING, policyOf, windowOf } from './bodies.js';
import { EXAMPLE_EVENT, type Named, type World } from './world.js';

/** One of every resource that a tenant can have: made here, by hand, once for all of the generated tests. */

const KINDS = [
  'service', 'integration', 'request', 'channel', 'rule', 'route', 'incident', 'notification', 'letter',
  'job', 'apiKey', 'user', 'trace', 'heartbeat', 'tls', 'obligation', 'team', 'contact', 'tenant', 'inlet',
  'schedule', 'override', 'calendarLink', 'policy', 'silence', 'window', 'inhibition', 'grouping',
] as const;
export type Kind = (typeof KINDS)[number];
export type Ids = Readonly<Record<Kind, string>>;

/** Whose id stands behind what in a path. A new resource gets its line here and its making in `oneOfEach`. */
const COLLECTIONS: Readonly<Record<string, Kind>> = {
  '/api/v1/services': 'service',
  '/api/v1/integrations': 'integration',
  '/api/v1/integrations/{id}/requests': 'request',
  '/api/v1/inlets': 'inlet',
  '/api/v1/customer/notification-channels': 'channel',
  '/api/v1/notifications/providers': 'channel',
  '/api/v1/customer/notification-routing-rules': 'rule',
  '/api/v1/customer/message-routes': 'route',
  '/api/v1/incidents': 'incident',
  '/api/v1/notifications': 'notification',
  '/api/notifications': 'notification',
  '/api/v1/customer/notification-jobs': 'notification',
  '/api/v1/customer/dead-letter': 'letter',
  '/api/v1/replay-jobs': 'job',
  '/api/v1/api-keys': 'apiKey',
  '/api/v1/users': 'user',
  '/api/v1/monitors/heartbeats': 'heartbeat',
  '/api/v1/monitors/tls': 'tls',
  '/api/v1/monitors/obligations': 'obligation',
  '/api/v1/teams': 'team',
  '/api/v1/contact-methods': 'contact',
  '/api/v1/tenants': 'tenant',
  '/api/v1/schedules': 'schedule',
  '/api/v1/schedules/{id}/overrides': 'override',
  '/api/v1/schedules/{id}/calendar-link': 'calendarLink',
  '/api/v1/escalation-policies': 'policy',
  '/api/v1/silences': 'silence',
  '/api/v1/maintenance-windows': 'window',
  '/api/v1/inhibition-rules': 'inhibition',
  '/api/v1/grouping-rules': 'grouping',
};

/** Path parameters that are no id of a tenant's resource, with a value for each and why. */
export const NO_RESOURCES: Readonly<Record<string, { readonly value: (ids: Ids) => string; readonly reason: string }>> = {
  '/a': { value: () => 'no-such-token', reason: 'a signed token speaks for itself (email-acknowledge)' },
  '/api/heartbeats': { value: () => '0'.repeat(32), reason: 'the key of a heartbeat is its credential: one that nobody has is a 401' },
  '/api/integrations': { value: () => 'events', reason: 'the name of a source' },
  '/api/v1/integration-types': { value: () => 'events', reason: 'the name of a source' },
  '/api/v1/trace': { value: ({ trace }) => trace, reason: 'of a trace one sees what is one\'s own: nothing, for a stranger' },
  '/api/v1/bus/consumers': { value: () => 'no-such-consumer', reason: 'the bus is for platform operators' },
};

/** Whose id a field of a body or a query holds. */
export const FIELDS: Readonly<Record<string, Kind>> = {
  serviceId: 'service', service_id: 'service', service: 'service', serviceIds: 'service', 'targets.id': 'channel', providerIds: 'channel',
  channelId: 'channel', routeId: 'route', integrationId: 'integration', incidentId: 'incident', ids: 'letter', userId: 'user',
  teamId: 'team', users: 'user', replacesUserId: 'user', policyId: 'policy', dependsOn: 'service', 'fallback.id': 'channel',
  'assignee.id': 'user', assignee: 'user', team: 'team', intoId: 'incident', 'POST /api/v1/incidents/bulk ids': 'incident',
};

/** Whether all ids in its path are a tenant's own. */
export function isOfTenant(operation: ApiOperation): boolean {
  const collections = collectionsOf(operation);
  return collections.length > 0 && collections.every((collection) => collection in COLLECTIONS);
}

/** The path with these ids in it. Throws on a parameter that nobody told of. */
export function pathOf(operation: ApiOperation, ids: Ids): string {
  return filled(operation, collectionsOf(operation).map((collection) => {
    const kind = COLLECTIONS[collection];
    if (kind !== undefined) return ids[kind];
    const other = NO_RESOURCES[collection];
    if (other === undefined) {
      throw new Error(
        `${operation.name}: what stands behind ${collection}? Give it a line in COLLECTIONS (and a resource in oneOfEach) `
          + 'or in NO_RESOURCES of e2e/support/resources.ts',
      );
    }
    return other.value(ids);
  }));
}

/** Makes one of everything in the tenant, by using it: an incident with its notification, and a dead letter that a replay job could not save. */
export async function oneOfEach(world: World): Promise<Ids> {
  const receiver = await startReceiver();
  receiver.answer({ status: 400 });
  const { operator } = world;
  const integration = await world.integration('events');
  const channel = await world.channel('webhook', { url: receiver.url, secret: 'a-secret-of-the-tenant' });
  const [rule] = await operator.list<Named>('/api/v1/customer/notification-routing-rules');
  const route = await world.route('isolated/#', receiver.url);
  const heartbeat = await operator.post<Named>('/api/v1/monitors/heartbeats', { name: 'Nightly', serviceId: world.service.id, intervalSeconds: 3_600 });
  const tls = await operator.post<Named>('/api/v1/monitors/tls', { serviceId: world.service.id, host: 'shop.example', enabled: false });
  const obligation = await operator.post<{ id: string }>('/api/v1/monitors/obligations', { title: 'VAT', dueAt: '2100-01-31T09:00:00Z' });
  const { id: inlet } = await operator.post<{ id: string }>('/api/v1/inlets', {
    name: 'isolated', kind: 'mqtt', enabled: false,
    config: { url: 'mqtt://127.0.0.1:9', password: 'a-secret-of-the-tenant', topics: [{ filter: 'a' }] },
  });
  const user = await operator.post<{ id: string }>('/api/v1/users', {
    email: `ada-${world.tenantId}@example.com`, name: 'Ada', password: 'correct horse battery staple', role: 'viewer',
  });
  const team = await operator.post<{ id: string }>('/api/v1/teams', { name: 'Web', members: [{ userId: user.id, lead: true }] });
  await operator.post('/api/v1/customer/notification-channels', {
    name: 'mail', kind: 'email',
    config: { host: '127.0.0.1', port: 9, security: 'none', from: 'signalbox@example.com', to: ['ops@example.com'] },
  });
  const contact = await operator.post<{ id: string }>('/api/v1/contact-methods', { userId: user.id, kind: 'email', address: 'ada@home.example' });
  const schedule = await operator.post<{ id: string }>('/api/v1/schedules', {
    name: 'Web', timeZone: 'Europe/Berlin', layers: [layerOf(user.id)], teamId: team.id,
  });
  const override = await operator.post<{ id: string }>(`/api/v1/schedules/${schedule.id}/overrides`, {
    userId: user.id, startsAt: '2099-01-01T09:00', endsAt: '2099-01-02T09:00',
  });
  const { id: calendarLink } = await operator.post<{ id: string }>(`/api/v1/schedules/${schedule.id}/calendar-link`);
  const { id: apiKey } = await operator.post<{ id: string }>('/api/v1/api-keys', { name: 'another', role: 'viewer', scopes: ['incidents:read'] });
  const event = await world.event(integration, EXAMPLE_EVENT);
  await world.message({ topic: 'isolated/a', payload: 1 });
  const first = <T extends { id: string }>(path: string) =>
    eventually(async () => (await operator.list<T>(path))[0]?.id, { withinMs: 20_000, describe: `something at ${path}` });
  const incident = await first('/api/v1/incidents');
  const notification = await first('/api/v1/notifications');
  const request = await first(`/api/v1/integrations/${integration.id}/requests`);
  const letter = await first('/api/v1/customer/dead-letter?kind=route');
  const { id: job } = await operator.post<{ id: string }>(`/api/v1/customer/dead-letter/${letter}/replay`);
  await eventually(async () => (await operator.get<{ state: string }>(`/api/v1/replay-jobs/${job}`)).state === 'done', {
    withinMs: 20_000, describe: 'the replay job to end',
  });
  await eventually(async () => (await operator.get<{ status: string }>(`/api/v1/notifications/${notification}`)).status === 'dead_letter', {
    withinMs: 20_000, describe: 'the notification to be given up',
  });
  // The gateway's counts are written every two seconds.
  await eventually(async () => (await operator.get<{ global: { totalReceived: number } }>('/api/integrations/health')).global.totalReceived > 0, {
    withinMs: 10_000, describe: 'the request to be counted',
  });
  const policy = await operator.post<{ id: string }>('/api/v1/escalation-policies', policyOf('On call', channel.id));
  const { id: silence } = await operator.post<{ id: string }>('/api/v1/silences', { name: 'nothing', matchers: NOTHING, endsAt: '2099-01-01T00:00:00Z' });
  const { id: window } = await operator.post<{ id: string }>('/api/v1/maintenance-windows', windowOf('nothing', world.service.id));
  const { id: inhibition } = await operator.post<{ id: string }>('/api/v1/inhibition-rules', { name: 'nothing', source: NOTHING, target: NOTHING });
  const { id: grouping } = await operator.post<{ id: string }>('/api/v1/grouping-rules', { name: 'nothing', matchers: NOTHING, windowSeconds: 60 });
  await receiver.stop();
  return {
    service: world.service.id, integration: integration.id, request, channel: channel.id, rule: rule!.id, route: route.id,
    incident, notification, letter, job, apiKey, user: user.id, trace: event.headers.get('x-signalbox-trace')!,
    heartbeat: heartbeat.id, tls: tls.id, obligation: obligation.id, team: team.id, contact: contact.id,
    tenant: world.tenantId, inlet, schedule: schedule.id, override: override.id, calendarLink, policy: policy.id,
    silence, window, inhibition, grouping,
  };
}
