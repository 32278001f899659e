import { bringsToken, ownerOf } from './path-table.js';

const ID = '018f6f5e-0000-7000-8000-000000000001';

describe('the path table', () => {
  it.each([
    ['/api/v1/integrations', 'ingest'],
    [`/api/v1/integrations/${ID}/rotate-key`, 'ingest'],
    ['/api/v1/integration-types', 'ingest'],
    [`/api/v1/services/${ID}/integrations`, 'ingest'],
    [`/api/v1/monitors/tls/${ID}/check`, 'ingest'],
    ['/api/integrations/health', 'ingest'],
    ['/api/v1/services', 'incidents'],
    [`/api/v1/services/${ID}`, 'incidents'],
    ['/api/v1/incidents/stream', 'incidents'],
    ['/api/v1/reports/response-times', 'incidents'],
    ['/api/v1/change-events', 'incidents'],
    [`/api/v1/schedules/${ID}/overrides/${ID}`, 'incidents'],
    ['/api/v1/on-call', 'incidents'],
    [`/api/v1/escalation-policies/${ID}`, 'incidents'],
    ['/api/v1/silences/preview', 'incidents'],
    ['/api/v1/maintenance-windows', 'incidents'],
    ['/api/v1/inhibition-rules', 'incidents'],
    ['/api/v1/grouping-rules', 'incidents'],
    ['/api/v1/customer/notification-channels', 'notifications'],
    [`/api/v1/customer/notification-routing-rules/${ID}`, 'notifications'],
    ['/api/v1/customer/notification-jobs', 'notifications'],
    ['/api/v1/notifications', 'notifications'],
    [`/api/v1/notifications/providers/${ID}/test`, 'notifications'],
    ['/api/v1/notifications/send', 'notifications'],
    ['/api/v1/channel-types', 'notifications'],
    ['/api/v1/event-types', 'notifications'],
    [`/api/notifications/${ID}/acknowledge`, 'notifications'],
    ['/api/cron/retries', 'notifications'],
    [`/api/v1/customer/message-routes/${ID}/pause`, 'delivery'],
    ['/api/v1/destination-types', 'delivery'],
    ['/api/v1/customer/dead-letter/export', 'ops'],
    [`/api/v1/replay-jobs/${ID}`, 'ops'],
    ['/api/v1/bus/streams', 'ops'],
    ['/api/v1/bus/', 'ops'],
  ])('%s belongs to %s', (path, service) => expect(ownerOf(path)).toBe(service));

  it.each([
    '/', '', '/api', '/api/v1', '/api/v1/session', '/api/v1/users', '/api/v1/tenants',
    '/api/v1/api-keys', '/api/v1/audit-log', `/api/v1/trace/${ID}`, '/api/openapi.json',
    '/api/v1/servicesx', '/api/v1/busy', '/API/v1/services', '//api/v1/services', '/x/api/v1/services',
    '/api/integrations/github', '/api/integrations/health/more', '/api/cron/retries/1',
    '/api/v1/customer', '/api/v1/messages', '/api/events', '/api/heartbeats/key',
  ])('%s is passed to nobody', (path) => expect(ownerOf(path)).toBeUndefined());

  it('a service with an empty id is no service with integrations', () => {
    expect(ownerOf('/api/v1/services//integrations')).toBe('incidents');
  });

  it('only a calendar may bring a token instead of a credential', () => {
    const calendar = `/api/v1/schedules/${ID}/calendar.ics`;
    expect(bringsToken('GET', `${calendar}?userId=${ID}&token=t`)).toBe(true);
    for (const url of [
      calendar, `${calendar}?tokens=t`, `${calendar}/x?token=t`,
      `/api/v1/schedules/${ID}?token=t`, `/api/v1/schedules/${ID}/x/calendar.ics?token=t`,
    ]) {
      expect(bringsToken('GET', url)).toBe(false);
    }
    expect(bringsToken('POST', `${calendar}?token=t`)).toBe(false);
  });
});
