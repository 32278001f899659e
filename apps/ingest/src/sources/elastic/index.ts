import { FORM_TYPE, JSON_TYPES, problem, type Source } from '../contract.js';
import { readEach } from '../parts.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { alertEvent } from './alert.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { alertsIn } from './shapes.js';
import { SEVERITIES } from './words.js';

/** Kibana's connectors (webhook with any template, and the bodies of the others), Watcher's webhook action, and ElastAlert's HTTP post. */
export const elastic: Source<unknown, 'elastic'> = {
  type: 'elastic',
  displayName: 'Elastic / Kibana',
  methods: ['POST', 'PUT'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse({ body, severities }) {
    const found = alertsIn(body);
    if (found === undefined) return problem('body', "must be a JSON object, as the webhook's template makes it");
    return readEach(found, (one) => alertEvent(one, severities), 'the summary holds no alerts');
  },
};
