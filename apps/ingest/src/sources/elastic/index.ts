import { FORM_TYPE, JSON_TYPES, ignored, problem, together, type Rejected, type Source, type SourceEvent } from '../contract.js';
import { isFields } from '../reading.js';
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
    const events: SourceEvent[] = [];
    const rejected: Rejected[] = [];
    for (const [index, one] of found.entries()) {
      const { fields } = one;
      const read = isFields(fields) ? alertEvent({ ...one, fields }, severities) : [{ path: one.path.replace(/\.$/, ''), message: 'must be an object' }];
      if (Array.isArray(read)) rejected.push({ index, errors: read });
      else events.push(read);
    }
    return together(events, rejected, ignored('the summary holds no alerts'));
  },
};
