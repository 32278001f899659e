import { eventually, startReceiver } from '@signalbox/testing';
import { collectionsOf, filled, type ApiOperation } from './api-document.js';
import { EXAMPLE_EVENT, type Named, type World } from './world.js';

/** One of every resource that a tenant can have, and what the generated tests send: made here, by hand, once for all of them. */

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

/** A layer with one person, week after week. */
const layerOf = (user: string): object => ({
  id: 'main', name: 'Main', users: [user],
  rotation: { type: 'weekly', length: 1, handOffTime: '09:00', handOffWeekday: 'monday' },
  startsAt: '2026-01-05T09:00',
});

const NOTHING = [{ field: 'dedupKey', operator: '=', value: 'of nothing' }];
const policyOf = (name: string, channel: string): object => ({
  name,
  steps: [{ delaySeconds: 300, targets: [{ type: 'channel', id: channel }] }],
  fallback: [{ type: 'channel', id: channel }],
});
const windowOf = (name: string, service: string): object => ({ name, serviceIds: [service], startsAt: '2098-01-01T00:00:00Z', endsAt: '2098-01-01T02:00:00Z' });

let made = 0;

/** What each kind of body takes, by the name of its schema, with every reference that it may hold. Those with an example in the document need none. */
const BODIES: Readonly<Record<string, (ids: Ids, unique: string) => object>> = {
  AcknowledgeBody: () => ({ note: 'seen' }),
  ActionBody: () => ({ note: 'seen' }),
  BulkBody: ({ incident }) => ({ ids: [incident], action: 'acknowledge' }),
  EscalateBody: ({ channel }) => ({ targets: [{ type: 'channel', id: channel }] }),
  IncidentEdit: (_, unique) => ({ title: `incident ${unique}`, priority: 'P2', tags: ['by-a-test'], fields: { customer: 'ACME' } }),
  MergeBody: ({ incident }) => ({ intoId: incident }),
  NoteBody: () => ({ text: 'seen' }),
  ReassignBody: ({ user }) => ({ assignee: { type: 'user', id: user } }),
  RespondBody: ({ user }) => ({ answer: 'joined', userId: user }),
  SnoozeBody: () => ({ minutes: 5 }),
  SuppressBody: () => ({ reason: 'a test' }),
  ChannelChange: (_, unique) => ({ name: `channel ${unique}`, enabled: true, config: { secret: 'another-secret' }, retryDelaysSeconds: [60] }),
  DoneBody: () => ({ note: 'filed' }),
  EscalationPolicyChange: ({ channel }, unique) => policyOf(`policy ${unique}`, channel),
  GroupingRuleChange: () => ({ windowSeconds: 120 }),
  HeartbeatChange: ({ service }, unique) => ({ name: `heartbeat ${unique}`, serviceId: service, graceSeconds: 120 }),
  InhibitionRuleChange: () => ({ equal: ['details.host'] }),
  MaintenanceWindowChange: ({ service }, unique) => windowOf(`window ${unique}`, service),
  NewEscalationPolicy: ({ channel }, unique) => policyOf(`policy ${unique}`, channel),
  NewGroupingRule: (_, unique) => ({ name: `grouping ${unique}`, matchers: NOTHING, by: ['details.host'], windowSeconds: 60 }),
  NewInhibitionRule: (_, unique) => ({ name: `inhibition ${unique}`, source: NOTHING, target: NOTHING, equal: ['details.host'] }),
  NewMaintenanceWindow: ({ service }, unique) => windowOf(`window ${unique}`, service),
  NewSilence: (_, unique) => ({ name: `silence ${unique}`, matchers: NOTHING, endsAt: '2099-01-01T00:00:00Z' }),
  SilenceChange: (_, unique) => ({ name: `silence ${unique}`, endsAt: '2099-01-01T00:00:00Z' }),
  IntegrationChange: ({ service }, unique) => ({
    name: `integration ${unique}`, serviceId: service, rateLimitPerMinute: 1000, severities: { red: 'critical' },
  }),
  NewApiKeyBody: (_, unique) => ({ name: `key ${unique}`, role: 'viewer', scopes: ['incidents:read'], expiresAt: '2099-01-01T00:00:00Z' }),
  NewChannel: (_, unique) => ({ name: `channel ${unique}`, kind: 'webhook', config: { url: 'http://127.0.0.1:9/hook' } }),
  NewHeartbeat: ({ service }, unique) => ({ name: `heartbeat ${unique}`, serviceId: service, intervalSeconds: 3_600 }),
  ContactCode: () => ({ code: '000000' }),
  ContactMethodChange: () => ({ label: 'at home', position: 1 }),
  NewContactMethod: ({ user }, unique) => ({ userId: user, kind: 'email', address: `ada-${unique}@home.example` }),
  InletChange: (_, unique) => ({ name: `inlet ${unique}`, enabled: false, config: { url: 'mqtt://127.0.0.1:9', topics: [{ filter: 'b' }] } }),
  NewInlet: (_, unique) => ({ name: `inlet ${unique}`, kind: 'mqtt', enabled: false, config: { url: 'mqtt://127.0.0.1:9', topics: [{ filter: 'a' }] } }),
  NewIntegration: ({ service }, unique) => ({ name: `integration ${unique}`, type: 'events', serviceId: service }),
  NewObligation: ({ service }, unique) => ({ title: `obligation ${unique}`, dueAt: '2100-01-31T09:00:00Z', serviceId: service }),
  NewRoute: (_, unique) => ({
    name: `route ${unique}`, topic: `none/${unique}`, filter: { value: { $gt: 90 } },
    destination: { type: 'webhook', config: { url: 'http://127.0.0.1:9/hook' } },
  }),
  NewRule: ({ channel, service }, unique) => ({
    name: `rule ${unique}`, enabled: false, conditions: { serviceIds: [service], severities: ['critical'] },
    targets: [{ type: 'channel', id: channel }],
  }),
  NewService: ({ team, policy }, unique) => ({
    name: `service ${unique}`, description: 'by a test', teamId: team,
    policyId: policy, flapping: { changes: 3, seconds: 60 },
  }),
  NewOverride: ({ user }) => ({ userId: user, startsAt: '2099-02-01T09:00', endsAt: '2099-02-02T09:00', replacesUserId: user }),
  NewSchedule: ({ user, team }, unique) => ({ name: `schedule ${unique}`, timeZone: 'UTC', teamId: team, layers: [layerOf(user)] }),
  NewServiceIntegration: (_, unique) => ({ name: `integration ${unique}`, type: 'events' }),
  NewTeam: ({ user }, unique) => ({ name: `team ${unique}`, members: [{ userId: user, lead: true }] }),
  NewTenant: (_, unique) => ({ name: `tenant ${unique}` }),
  NewTlsMonitor: ({ service }, unique) => ({ name: `certificate ${unique}`, serviceId: service, host: 'shop.example', enabled: false }),
  NewUser: (_, unique) => ({ email: `user-${unique}@example.com`, name: 'Eve', password: 'correct horse battery staple', role: 'viewer' }),
  ObligationChange: ({ service }, unique) => ({ title: `obligation ${unique}`, serviceId: service }),
  OverrideChange: ({ user }) => ({ userId: user, replacesUserId: user }),
  PasswordChange: () => ({ currentPassword: 'not the password', newPassword: 'correct horse battery staple' }),
  PauseConsumer: () => ({ minutes: 1 }),
  Purge: ({ letter }) => ({ ids: [letter], dryRun: true }),
  RaisedNotice: ({ service }) => ({
    eventType: 'deploy', title: 'Deployed', serviceId: service,
    fields: [{ label: 'by', value: 'Ada' }], tags: ['web'], sourceUrl: 'https://example.com/',
  }),
  ReplacedChannel: (_, unique) => ({ name: `channel ${unique}`, kind: 'webhook', config: { url: 'http://127.0.0.1:9/hook' } }),
  ReplayMany: ({ letter }) => ({ ids: [letter], dryRun: true }),
  ReplayOne: ({ route }) => ({ routeId: route }),
  RouteChange: (_, unique) => ({
    name: `route ${unique}`, filter: null, concurrency: 4,
    destination: { type: 'webhook', config: { url: 'http://127.0.0.1:9/hook' } },
  }),
  RuleChange: ({ channel, service }, unique) => ({
    name: `rule ${unique}`, conditions: { serviceIds: [service] }, targets: [{ type: 'channel', id: channel }],
  }),
  SampleMessage: () => ({ topic: 'isolated/a', payload: { value: 1 }, headers: { a: 'b' } }),
  ServiceChange: ({ team, policy }, unique) => ({
    name: `service ${unique}`, description: 'changed', teamId: team,
    policyId: policy, runbookUrl: 'https://example.com/',
  }),
  SendBody: ({ channel }) => ({
    providerIds: [channel],
    notification: { title: 'Hello', body: 'there', severity: 'info', fields: [{ label: 'by', value: 'Ada' }] },
  }),
  ScheduleChange: ({ user, team }, unique) => ({ name: `schedule ${unique}`, teamId: team, layers: [layerOf(user)] }),
  SchedulePreview: ({ user }) => ({ timeZone: 'UTC', layers: [layerOf(user)], from: '2026-01-05T00:00', to: '2026-01-12T00:00' }),
  SignInBody: (_, unique) => ({ email: `nobody-${unique}@example.com`, password: 'correct horse battery staple' }),
  SignatureSecret: () => ({ secret: 'a-secret-of-the-sender' }),
  TeamChange: ({ user }, unique) => ({ name: `team ${unique}`, description: 'changed', members: [{ userId: user }] }),
  TenantChange: (_, unique) => ({ name: `tenant ${unique}` }),
  TestRequested: () => ({ resolve: true }),
  TlsMonitorChange: ({ service }, unique) => ({ name: `certificate ${unique}`, serviceId: service }),
  TimeZoneChange: () => ({ timeZone: 'Europe/Berlin' }),
  TrialRequest: () => ({ body: EXAMPLE_EVENT, headers: {} }),
  UserChange: () => ({ role: 'viewer', timeZone: 'UTC' }),
};

/** Bodies for a reference that the usual body of its operation has no place for. */
export const BODIES_OF_REFERENCES: Readonly<Record<string, (ids: Ids) => object>> = {
  'POST /api/v1/incidents/bulk assignee.id': ({ incident }) => ({ ids: [incident], action: 'reassign', assignee: { type: 'user' } }),
  'POST /api/v1/incidents/bulk targets.id': ({ incident, channel }) => ({ ids: [incident], action: 'escalate', targets: [{ type: 'channel', id: channel }] }),
  'POST /api/v1/incidents/bulk intoId': ({ incident }) => ({ ids: [incident], action: 'merge' }),
};

/** A body that the operation takes, with these ids wherever it refers to something; names are new each time. Undefined for an operation without one. */
export function bodyOf(operation: ApiOperation, ids: Ids): object | undefined {
  const { body } = operation;
  if (body === undefined) return undefined;
  const [example] = body.schema.examples ?? [];
  if (example !== undefined) return 'service_id' in (body.schema.properties ?? {}) ? { ...example as object, service_id: ids.service } : example as object;
  const make = BODIES[body.name];
  if (make === undefined) throw new Error(`${operation.name}: what does a ${body.name} look like? Give it a line in BODIES of e2e/support/resources.ts`);
  made += 1;
  return make(ids, `${ids.service.slice(-6)}-${made}`);
}
