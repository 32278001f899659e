import { FORM_TYPE, JSON_TYPES, type Source } from '../contract.js';
import type { SeverityRow } from '../severity.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { parseNotification } from './notification.js';

/** The states of services and hosts, for every core that descends from Nagios. */
export const STATE_SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'down', to: 'critical' },
  { from: 'unreachable', to: 'error' },
  { from: 'unknown', to: 'error' },
  { from: 'error', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'flapping', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: 'ok', to: 'info' },
  { from: 'up', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/** Nagios, Nagios XI, Naemon and Checkmk: notification commands that post their macros. */
export const nagios: Source<unknown, 'nagios'> = {
  type: 'nagios',
  displayName: 'Nagios',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: STATE_SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse: ({ body, severities }) => parseNotification(body, { type: 'nagios', displayName: 'Nagios', severities: STATE_SEVERITIES }, severities),
};
