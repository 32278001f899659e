import { bareFields } from '../bare-fields.js';
import { FORM_TYPE, JSON_TYPES, ignored, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { fields, isFields, jsonIn } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { readAlert } from './alert.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { SEVERITIES } from './words.js';

/** A variable that UptimeRobot did not fill in: it leaves `*sslExpiryDate*` as it is in an alert that has none. */
const UNFILLED = /^\s*\*[a-z]+\*\s*$/i;

/** UptimeRobot's webhook: variables in a query, a form, JSON, or a template of the user's. */
export const uptimerobot: Source<unknown, 'uptimerobot'> = {
  type: 'uptimerobot',
  displayName: 'UptimeRobot',
  methods: ['POST', 'GET'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse,
};

function parse({ body: received, query, severities }: SourceInput): SourceResult {
  const body = Array.isArray(received) && received.length === 1 ? received[0] as unknown : received;
  if (!isFields(body)) return problem('body', "must be a JSON object or a form with UptimeRobot's variables (monitorID, alertType, …)");
  const inside = ['payload', 'data', 'body', 'json'].map((name) => (isFields(body[name]) ? body[name] : fields(jsonIn(body[name]))));
  const objects = [...inside, body, query];
  const sent = bareFields(objects, UNFILLED);
  if (isUnfilledTest(objects, sent.text('monitorid', 'monitorurl', 'monitorfriendlyname'))) return ignored("a test: UptimeRobot's variables are not filled in");
  return readAlert(sent, severities);
}

/** Nothing names a monitor, and the id is the variable itself, rightly spelt: in an alert it would have been filled in. */
function isUnfilledTest(objects: readonly unknown[], named: string | undefined): boolean {
  return named === undefined && bareFields(objects).text('monitorid') === '*monitorID*';
}
