/** The services behind the front door. */
export const PASSED_TO = ['ingest', 'incidents', 'notifications', 'delivery', 'ops'] as const;
export type PassedTo = (typeof PASSED_TO)[number];

/**
 * Which service owns which paths: a line covers its path and everything below; `*` stands for one segment, `$` for the end.
 * The first line that fits decides, so a special case stands above its general one.
 */
const OWNERS: readonly (readonly [path: string, service: PassedTo])[] = [
  ['/api/v1/services/*/integrations', 'ingest'],
  ['/api/v1/integrations', 'ingest'],
  ['/api/v1/integration-types', 'ingest'],
  ['/api/v1/monitors', 'ingest'],
  ['/api/v1/inlets', 'ingest'],
  ['/api/v1/inlet-types', 'ingest'],
  ['/api/integrations/health/$', 'ingest'],
  ['/api/v1/services', 'incidents'],
  ['/api/v1/incidents', 'incidents'],
  ['/api/v1/reports', 'incidents'],
  ['/api/v1/change-events', 'incidents'],
  ['/api/v1/schedules', 'incidents'],
  ['/api/v1/on-call/$', 'incidents'],
  ['/api/v1/escalation-policies', 'incidents'],
  ['/api/v1/silences', 'incidents'],
  ['/api/v1/maintenance-windows', 'incidents'],
  ['/api/v1/inhibition-rules', 'incidents'],
  ['/api/v1/grouping-rules', 'incidents'],
  ['/api/v1/customer/notification-channels', 'notifications'],
  ['/api/v1/customer/notification-routing-rules', 'notifications'],
  ['/api/v1/customer/notification-jobs', 'notifications'],
  ['/api/v1/notifications', 'notifications'],
  ['/api/v1/channel-types', 'notifications'],
  ['/api/v1/contact-methods', 'notifications'],
  ['/api/v1/event-types', 'notifications'],
  ['/api/notifications', 'notifications'],
  ['/api/cron/retries/$', 'notifications'],
  ['/api/v1/customer/message-routes', 'delivery'],
  ['/api/v1/destination-types', 'delivery'],
  ['/api/v1/customer/dead-letter', 'ops'],
  ['/api/v1/replay-jobs', 'ops'],
  ['/api/v1/bus', 'ops'],
];

const LINES = OWNERS.map(([path, service]) => ({ parts: path.slice(1).split('/'), service }));

/** The service that a path (without its query) is passed to; nothing for what admin serves itself or nobody knows. */
export function ownerOf(path: string): PassedTo | undefined {
  const parts = path.replace(/\/$/, '').slice(1).split('/');
  return LINES.find((line) => line.parts.every((part, index) => {
    if (part === '$') return parts.length === index;
    return part === '*' ? (parts[index] ?? '') !== '' : part === parts[index];
  }))?.service;
}

const CALENDAR = /^\/api\/v1\/schedules\/[^/]+\/calendar\.ics$/;

/** Whether a request brings a token of its own that the service will judge: a calendar app has no session and no key. */
export function bringsToken(method: string | undefined, url: string): boolean {
  const [path = '', query = ''] = url.split('?', 2);
  return method === 'GET' && CALENDAR.test(path) && new URLSearchParams(query).has('token');
}
