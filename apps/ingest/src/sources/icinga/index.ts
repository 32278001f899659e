import { FORM_TYPE, JSON_TYPES, type Source } from '../contract.js';
import { STATE_SEVERITIES } from '../nagios/index.js';
import { parseNotification } from '../nagios/notification.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { KINDS, TEST_ALERT } from './kinds.js';

/** Icinga 2: its notification scripts, Icinga Notifications, and what its API streams. */
export const icinga: Source<unknown, 'icinga'> = {
  type: 'icinga',
  displayName: 'Icinga',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: STATE_SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse: ({ body, severities }) => parseNotification(body, { type: 'icinga', displayName: 'Icinga', severities: STATE_SEVERITIES }, severities),
};
