import type { EventKind, TestAlert } from '../contract.js';

const SERVICE = 'icinga-<host>/<service>';
const HOST = 'icinga-<host>';

export const KINDS: readonly EventKind[] = [
  { when: 'Problem of a service', action: 'trigger', key: SERVICE, fixture: 'pair-service.firing' },
  { when: 'Recovery of a service', action: 'resolve', key: SERVICE, fixture: 'pair-service.resolved' },
  { when: 'Problem of a host', action: 'trigger', key: HOST, fixture: 'pair-host.firing' },
  { when: 'Recovery of a host', action: 'resolve', key: HOST, fixture: 'pair-host.resolved' },
  { when: 'Acknowledgement', action: 'acknowledge', key: SERVICE, fixture: 'acknowledgement' },
  { when: 'FlappingStart', action: 'trigger', key: 'icinga-<host>-flapping', severity: 'warning', fixture: 'pair-flapping.firing' },
  { when: 'FlappingEnd', action: 'resolve', key: 'icinga-<host>-flapping', fixture: 'pair-flapping.resolved' },
  { when: 'Custom, in trouble', action: 'trigger', key: SERVICE, fixture: 'custom-in-trouble' },
  { when: 'Custom, all is well', action: 'ignored', fixture: 'ignored-custom' },
  { when: 'DowntimeStart, DowntimeEnd, DowntimeRemoved', action: 'ignored', fixture: 'ignored-downtime' },
  { when: 'Icinga Notifications, type state, severity crit, err, warning …', action: 'trigger', key: SERVICE, fixture: 'pair-process-event.firing' },
  { when: 'Icinga Notifications, type state, severity ok', action: 'resolve', key: SERVICE, fixture: 'pair-process-event.resolved' },
  { when: 'Icinga Notifications, acknowledgement-set', action: 'acknowledge', key: SERVICE, fixture: 'process-event-acknowledged' },
  { when: 'Icinga Notifications, acknowledgement-cleared, mute, incident-age …', action: 'ignored', fixture: 'ignored-acknowledgement-cleared' },
  { when: 'API stream, StateChange to a hard state in trouble', action: 'trigger', key: SERVICE, fixture: 'pair-stream.firing' },
  { when: 'API stream, StateChange to OK or UP', action: 'resolve', key: SERVICE, fixture: 'pair-stream.resolved' },
  { when: 'API stream, StateChange to a soft state', action: 'ignored', fixture: 'ignored-soft-state' },
];

const body = (type: 'Problem' | 'Recovery', state: 'Warning' | 'OK') => ({
  notification_type: type, host_name: 'signalbox', service_name: 'test', service_state: state, service_output: 'A test alert from Signalbox',
});

export const TEST_ALERT: TestAlert = { firing: { body: body('Problem', 'Warning') }, resolved: { body: body('Recovery', 'OK') } };
