import type { ApiOperation } from './api-document.js';
import type { Ids } from './resources.js';
import { EXAMPLE_EVENT } from './world.js';

/** What the generated tests send to each operation: made here, by hand, once for all of them. */

/** A layer with one person, week after week. */
export const layerOf = (user: string): object => ({
  id: 'main', name: 'Main', users: [user],
  rotation: { type: 'weekly', length: 1, handOffTime: '09:00', handOffWeekday: 'monday' },
  startsAt: '2026-01-05T09:00',
});

export const NOTHING = [{ field: 'dedupKey', operator: '=', value: 'of nothing' }];
export const policyOf = (name: string, channel: string): object => ({
  name,
  steps: [{ delaySeconds: 300, targets: [{ type: 'channel', id: channel }] }],
  fallback: [{ type: 'channel', id: channel }],
});
export const windowOf = (name: string, service: string): object => ({
  name, serviceIds: [service], startsAt: '2098-01-01T00:00:00Z', endsAt: '2098-01-01T02:00:00Z',
});

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
  if (make === undefined) throw new Error(`${operation.name}: what does a ${body.name} look like? Give it a line in BODIES of e2e/support/bodies.ts`);
  made += 1;
  return make(ids, `${ids.service.slice(-6)}-${made}`);
}
