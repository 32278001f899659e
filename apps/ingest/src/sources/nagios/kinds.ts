import type { EventKind, TestAlert } from '../contract.js';

const SERVICE = 'nagios-<host>/<service>';
const HOST = 'nagios-<host>';

export const KINDS: readonly EventKind[] = [
  { when: 'NOTIFICATIONTYPE PROBLEM of a service', action: 'trigger', key: SERVICE, fixture: 'pair-service.firing' },
  { when: 'NOTIFICATIONTYPE RECOVERY of a service', action: 'resolve', key: SERVICE, fixture: 'pair-service.resolved' },
  { when: 'NOTIFICATIONTYPE PROBLEM of a host', action: 'trigger', key: HOST, fixture: 'pair-host.firing' },
  { when: 'NOTIFICATIONTYPE RECOVERY of a host', action: 'resolve', key: HOST, fixture: 'pair-host.resolved' },
  { when: 'NOTIFICATIONTYPE ACKNOWLEDGEMENT', action: 'acknowledge', key: SERVICE, fixture: 'acknowledgement' },
  { when: 'NOTIFICATIONTYPE FLAPPINGSTART', action: 'trigger', key: 'nagios-<host>/<service>-flapping', severity: 'warning', fixture: 'pair-flapping.firing' },
  { when: 'NOTIFICATIONTYPE FLAPPINGSTOP, FLAPPINGDISABLED', action: 'resolve', key: 'nagios-<host>/<service>-flapping', fixture: 'pair-flapping.resolved' },
  { when: 'NOTIFICATIONTYPE CUSTOM, in trouble', action: 'trigger', key: SERVICE, fixture: 'custom-in-trouble' },
  { when: 'NOTIFICATIONTYPE CUSTOM, all is well', action: 'ignored', fixture: 'ignored-custom' },
  { when: 'NOTIFICATIONTYPE DOWNTIMESTART, DOWNTIMEEND, DOWNTIMECANCELLED', action: 'ignored', fixture: 'ignored-downtime' },
  { when: 'no type, state WARNING, CRITICAL, UNKNOWN, DOWN or UNREACHABLE', action: 'trigger', key: SERVICE, fixture: 'pair-state-only.firing' },
  { when: 'no type, state OK or UP', action: 'resolve', key: SERVICE, fixture: 'pair-state-only.resolved' },
  { when: 'no type, a SOFT state (an event handler)', action: 'ignored', fixture: 'ignored-soft-state' },
];

const body = (type: 'PROBLEM' | 'RECOVERY', state: 'WARNING' | 'OK') => ({
  NOTIFICATIONTYPE: type, HOSTNAME: 'signalbox', SERVICEDESC: 'test', SERVICESTATE: state, SERVICEOUTPUT: 'A test alert from Signalbox',
});

export const TEST_ALERT: TestAlert = { firing: { body: body('PROBLEM', 'WARNING') }, resolved: { body: body('RECOVERY', 'OK') } };
