import { bareFields } from '../bare-fields.js';
import { FORM_TYPE, JSON_TYPES, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { isFields, jsonIn, type Fields } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { readCheck } from './check.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { SEVERITIES } from './words.js';

/** Pingdom's webhook (version 1), and the legacy one, whose JSON stands in a field `message` of the query or of a form. */
export const pingdom: Source<unknown, 'pingdom'> = {
  type: 'pingdom',
  displayName: 'Pingdom',
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
  if (!isFields(body)) return problem('body', "must be a JSON object, as Pingdom's webhook sends it");
  return readCheck(bareFields([inside(body), inside(query), body, query]), severities);
}

/** The message inside: an object, or JSON in a text; Pingdom's own legacy name for it is `message`. */
function inside(body: Fields): unknown {
  for (const name of ['message', 'payload', 'data']) {
    const found = isFields(body[name]) ? body[name] : jsonIn(body[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
