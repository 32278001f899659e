import { JSON_TYPES, idInHeader, problem, type Source } from '../contract.js';
import { isFields } from '../reading.js';
import { GENERIC_SIGNATURES, SIGNATURES, type SignatureScheme } from '../signature.js';
import { SEVERITIES, alertEvent } from './alert.js';
import { KINDS, TEST_ALERT } from './kinds.js';

/** github.com/honeycombio/examples, "webhook-listener-triggers": where the shared secret stood before it got its header. */
const SECRET_IN_BODY: SignatureScheme = { header: SIGNATURES.honeycomb.header, bodyField: 'shared_secret', proof: 'token' };

/** Honeycomb's webhooks: triggers and SLO burn alerts, in the standard form (v0.1.0) and of custom templates. */
export const honeycomb: Source<unknown, 'honeycomb'> = {
  type: 'honeycomb',
  displayName: 'Honeycomb',
  methods: ['POST'],
  contentTypes: JSON_TYPES,
  severities: SEVERITIES,
  signature: [SIGNATURES.honeycomb, SECRET_IN_BODY, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  // docs.honeycomb.io, "Send Alerts to Webhooks": it stays the same across retries of a delivery.
  deliveryId: idInHeader('x-honeycomb-webhook-delivery-id'),
  parse({ body, severities }) {
    return isFields(body) ? alertEvent(body, severities) : problem('body', "must be a JSON object, as Honeycomb's webhooks send it");
  },
};
