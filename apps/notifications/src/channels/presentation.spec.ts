import { testNotice } from './notice.js';
import { sign } from './presentation.js';

const notice = testNotice({ notificationId: 'n', tenantId: 't', traceId: 'r', channelName: '#ops', now: new Date(0) });

describe('the dot of a notice', () => {
  it.each([['incident.triggered', '🔴'], ['incident.resolved', '🟢'], ['incident.storm', '🔴'], ['incident.storm_over', '🟢']])('of %s is %s', (eventType, dot) => {
    expect(sign({ ...notice, severity: 'critical', eventType })).toBe(dot);
  });
});
