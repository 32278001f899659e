import {
  FORM_TYPE, JSON_TYPES, ignored, problem, together, type Rejected,
  type Source, type SourceEvent, type SourceInput, type SourceResult,
} from '../contract.js';
import { isFields } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { readResource } from './incident.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { resourcesIn } from './resource.js';
import { SEVERITIES } from './words.js';

/** Better Stack's (formerly Better Uptime's) outgoing webhooks: incidents, monitors, on-call changes, and templates of the user's. */
export const betterUptime: Source<unknown, 'better-uptime'> = {
  type: 'better-uptime',
  displayName: 'Better Uptime',
  methods: ['POST', 'GET'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse,
};

function parse({ body, severities }: SourceInput): SourceResult {
  if (!isFields(body)) return problem('body', "must be a JSON object, as Better Stack's webhooks send it");
  const results = resourcesIn(body).map((resource) => readResource(resource, severities));
  if (results.length === 1) return results[0]!;
  const events: SourceEvent[] = results.flatMap((result) => (result.kind === 'events' ? result.events : []));
  const rejected: Rejected[] = results.flatMap((result, index) => (result.kind === 'problem' ? [{ index, errors: result.errors }] : []));
  return together(events, rejected, ignored('the list holds no incident'));
}
