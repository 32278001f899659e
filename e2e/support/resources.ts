import { eventually, startReceiver } from '@signalbox/testing';
import { EXAMPLE_EVENT, type Named, type World } from './world.js';

/** One of every resource of a tenant, by the name that the paths of `operations` use. */
export type Ids = Readonly<Record<'service' | 'integration' | 'channel' | 'rule' | 'route' | 'incident' | 'notification' | 'letter' | 'job' | 'apiKey' | 'user' | 'request', string>>;

/** Makes one of everything in the tenant, by using it: an incident with its notification, and a dead letter that a replay job could not save. */
export async function oneOfEach(world: World): Promise<Ids> {
  const receiver = await startReceiver();
  receiver.answer({ status: 400 });
  const { operator } = world;
  const integration = await world.integration('events');
  const channel = await world.channel('webhook', { url: receiver.url, secret: 'a-secret-of-the-tenant' });
  const [rule] = await operator.list<Named>('/api/v1/customer/notification-routing-rules');
  const route = await world.route('isolated/#', receiver.url);
  const user = await operator.post<{ id: string }>('/api/v1/users', { email: `ada-${world.tenantId}@example.com`, name: 'Ada', password: 'correct horse battery staple', role: 'viewer' });
  const { id: apiKey } = await operator.post<{ id: string }>('/api/v1/api-keys', { name: 'another', role: 'viewer', scopes: ['incidents:read'] });
  await world.event(integration, EXAMPLE_EVENT);
  await world.message({ topic: 'isolated/a', payload: 1 });
  const first = <T extends { id: string }>(path: string) => eventually(async () => (await operator.list<T>(path))[0]?.id, { withinMs: 20_000, describe: `something at ${path}` });
  const incident = await first('/api/v1/incidents');
  const request = await first(`/api/v1/integrations/${integration.id}/requests`);
  const notification = await first('/api/v1/notifications');
  const letter = await first('/api/v1/customer/dead-letter?kind=route');
  const { id: job } = await operator.post<{ id: string }>(`/api/v1/customer/dead-letter/${letter}/replay`);
  await eventually(async () => (await operator.get<{ state: string }>(`/api/v1/replay-jobs/${job}`)).state === 'done', { withinMs: 20_000, describe: 'the replay job to end' });
  await receiver.stop();
  return { service: world.service.id, integration: integration.id, channel: channel.id, rule: rule!.id, route: route.id, incident, notification, letter, job, apiKey, user: user.id, request };
}

type Role = 'viewer' | 'editor' | 'admin';
export interface Operation { readonly method: string; readonly path: string; readonly role: Role; readonly body?: unknown }

/** Every operation on one resource, with the weakest role that may do it. */
export function operations(ids: Ids): Operation[] {
  const service = `/api/v1/services/${ids.service}`;
  const integration = `/api/v1/integrations/${ids.integration}`;
  const channel = `/api/v1/customer/notification-channels/${ids.channel}`;
  const rule = `/api/v1/customer/notification-routing-rules/${ids.rule}`;
  const route = `/api/v1/customer/message-routes/${ids.route}`;
  const incident = `/api/v1/incidents/${ids.incident}`;
  const notification = `/api/v1/notifications/${ids.notification}`;
  const letter = `/api/v1/customer/dead-letter/${ids.letter}`;
  const job = `/api/v1/replay-jobs/${ids.job}`;
  const read = (path: string): Operation => ({ method: 'GET', path, role: 'viewer' });
  const post = (path: string, role: Role, body: unknown = {}): Operation => ({ method: 'POST', path, role, body });
  const patch = (path: string, role: Role, body: unknown): Operation => ({ method: 'PATCH', path, role, body });
  const remove = (path: string, role: Role): Operation => ({ method: 'DELETE', path, role });
  return [
    read(incident), read(`${incident}/timeline`), post(`${incident}/acknowledge`, 'editor'), post(`${incident}/resolve`, 'editor'),
    read(notification), read(`${notification}/attempts`), post(`/api/notifications/${ids.notification}/acknowledge`, 'editor'),
    read(letter), post(`${letter}/replay`, 'editor'), remove(letter, 'admin'),
    read(job), post(`${job}/pause`, 'editor'), post(`${job}/resume`, 'editor'), post(`${job}/cancel`, 'editor'),
    read(rule), patch(rule, 'editor', { name: 'mine now' }), remove(rule, 'editor'),
    read(channel), patch(channel, 'admin', { name: 'mine now' }), post(`${channel}/test`, 'admin'), remove(channel, 'admin'),
    read(`/api/v1/notifications/providers/${ids.channel}`),
    read(route), read(`${route}/deliveries`), patch(route, 'editor', { name: 'mine now' }), post(`${route}/test`, 'viewer', { topic: 'isolated/a', payload: 1 }),
    post(`${route}/pause`, 'editor'), post(`${route}/resume`, 'editor'), remove(route, 'editor'),
    read(integration), read(`${integration}/setup`), read(`${integration}/requests`), read(`${integration}/requests/${ids.request}`),
    post(`${integration}/try`, 'viewer', { body: {} }), post(`${integration}/test`, 'editor'), patch(integration, 'editor', { name: 'mine now' }), post(`${integration}/rotate-key`, 'editor'),
    { method: 'PUT', path: `${integration}/signature-secret`, role: 'editor', body: { secret: 'a-new-secret' } }, remove(integration, 'editor'),
    read(service), patch(service, 'editor', { name: 'mine now' }), remove(service, 'admin'),
    read(`/api/v1/users/${ids.user}`), remove(`/api/v1/users/${ids.user}`, 'admin'), remove(`/api/v1/api-keys/${ids.apiKey}`, 'admin'),
  ];
}

/** Every list of a tenant's resources. */
export const LISTS = [
  '/api/v1/services', '/api/v1/integrations', '/api/v1/incidents', '/api/v1/customer/notification-channels', '/api/v1/notifications/providers',
  '/api/v1/customer/notification-routing-rules', '/api/v1/notifications', '/api/v1/customer/notification-jobs', '/api/v1/customer/message-routes',
  '/api/v1/customer/dead-letter', '/api/v1/replay-jobs', '/api/v1/users', '/api/v1/api-keys', '/api/v1/audit-log',
] as const;
