import { JSON_TYPES, idInHeader, type Source } from '../contract.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { parseEventsApi } from './events-api.js';
import { EVENT_SEVERITIES } from './fields.js';
import { KINDS, TEST_ALERT } from './kinds.js';

/** The Events API's form at an integration's own address; `/api/events` and `/v2/enqueue` call the parsers directly. */
export const events: Source<unknown, 'events'> = {
  type: 'events',
  displayName: 'Events API',
  methods: ['POST'],
  contentTypes: JSON_TYPES,
  severities: EVENT_SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  deliveryId: idInHeader('webhook-id'),
  parse({ body, severities, requestId }) {
    const result = parseEventsApi(body, { keyIfMissing: requestId, severities });
    return result.ok ? { kind: 'events', events: [result.event] } : { kind: 'problem', errors: result.errors };
  },
};
