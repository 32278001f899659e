import { LEFT_EMPTY, bareFields, wrappedIn } from '../bare-fields.js';
import { FORM_TYPE, JSON_TYPES, problem, type Source } from '../contract.js';
import { isFields } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { incidentEvent, isIncident } from './incident.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { monitorEvent } from './monitor.js';
import { SEVERITIES } from './words.js';

/** Objects that users' payload templates group Datadog's variables in. */
const CONTAINERS = [
  'alert', 'monitor', 'event', 'incident', 'payload', 'data', 'synthetics',
  'syntheticssummary', 'security', 'details', 'customdetails', 'metadata', 'attributes',
] as const;

/** Datadog's webhooks: monitors, events, synthetic tests, security signals and incidents, in its own template or in a user's. */
export const datadog: Source<unknown, 'datadog'> = {
  type: 'datadog',
  displayName: 'Datadog',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse({ body, severities }) {
    if (!isFields(body)) return problem('body', "must be a JSON object, as the payload of Datadog's webhook makes it");
    const fields = bareFields([body, ...wrappedIn(body, CONTAINERS)], LEFT_EMPTY);
    const made = isIncident(fields) ? incidentEvent(fields, severities) : monitorEvent(fields, severities);
    return made === undefined
      ? problem('title', 'is missing, and so is every id: put "title": "$EVENT_TITLE" and "alert_id": "$ALERT_ID" into the payload of the webhook')
      : { kind: 'events', events: [made] };
  },
};
