import { JSON_TYPES, ignored, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { fields, isFields, text, word } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import { eventsOf, failedChecks } from './events.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { eventType } from './types.js';

const SEVERITIES: readonly SeverityRow[] = [
  { from: 'production', to: 'error' },
  { from: 'staging', to: 'error' },
  { from: 'preview', to: 'error' },
  { from: 'checks', to: 'error' },
  { from: 'ready', to: 'info' },
  { from: 'critical', to: 'critical' },
  { from: 'high', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'error_anomaly', to: 'error' },
  { from: 'usage_anomaly', to: 'warning' },
  { from: 'firewall', to: 'error' },
  { from: 'certificate', to: 'error' },
  { from: 'renewal', to: 'error' },
  { from: 'transfer', to: 'warning' },
  { from: 'verification', to: 'error' },
  { from: 'rollout', to: 'warning' },
  { from: 'invoice', to: 'warning' },
  { from: 'budget', to: 'warning' },
  { from: 'function', to: 'warning' },
  { from: 'ai-gateway', to: 'error' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/** Vercel's webhooks: deployments, checks, alerts, the firewall, domains and certificates. */
export const vercel: Source<unknown, 'vercel'> = {
  type: 'vercel',
  displayName: 'Vercel',
  methods: ['POST'],
  contentTypes: JSON_TYPES,
  severities: SEVERITIES,
  signature: [SIGNATURES.vercel, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  /** vercel.com/docs, "Webhooks API reference", payload: the id of the delivery, which stands in the body that is sent again. */
  deliveryId: (_, body) => text(fields(body).id),
  parse,
};

/** Replaced by `deployment.checks.*`: tells of every check once all are done, red or green. */
const CHECKS_COMPLETED = 'deployment.checks.completed';

function parse({ body, severities }: SourceInput): SourceResult {
  if (!isFields(body)) return problem('body', "must be a JSON object, as Vercel's webhooks send it");
  const given = word(body.type);
  if (given === undefined) return problem('type', 'is missing: it says what happened');
  const payload = isFields(body.payload) ? body.payload : body;
  const name = given.replaceAll('-', '.') === CHECKS_COMPLETED ? `deployment.checks.${failedChecks(payload).length > 0 ? 'failed' : 'succeeded'}` : given;
  const type = eventType(name);
  if (type === undefined) return ignored(`Vercel's '${given.slice(0, 64)}' is not an alert`);
  const severity = (found: string | undefined) => severityOf(found, SEVERITIES, severities);
  return { kind: 'events', events: eventsOf({ name: given, type, payload, createdAt: body.createdAt, severity }) };
}
