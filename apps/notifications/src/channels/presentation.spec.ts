import { testNotice } from './notice.js';
import { headline, sign } from './presentation.js';

const notice = testNotice({ notificationId: 'n', tenantId: 't', traceId: 'r', channelName: '#ops', now: new Date(0) });

describe('the dot of a notice', () => {
  it.each([
    ['incident.triggered', '🔴'], ['incident.resolved', '🟢'], ['incident.storm', '🔴'], ['incident.storm_over', '🟢'],
  ])('of %s is %s', (eventType, dot) => {
    expect(sign({ ...notice, severity: 'critical', eventType })).toBe(dot);
  });
});

it('says that a target was missed', () => {
  const incident = {
    id: 'i', number: 7, title: 'High CPU', status: 'OPEN', urgency: 'HIGH', severity: 'critical',
    service: { id: 's', name: 'Web' }, assignee: null, url: 'https://console.example.com/incidents/i',
    openedAt: '2026-03-02T09:00:00.000Z', acknowledgedAt: null, resolvedAt: null,
  } as const;
  expect(headline({ ...notice, eventType: 'incident.sla_breached', title: 'High CPU', incident }, 100)).toBe('SLA breached: High CPU (#7)');
});
