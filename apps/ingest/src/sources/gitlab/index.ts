import { JSON_TYPES, idInHeader, ignored, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { isFields } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import type { Reader } from './alert.js';
import { eventKind } from './event-kind.js';
import { alertHook, expiringToken, incident, vulnerability } from './findings.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { deployment, job, pipeline } from './runs.js';

const READERS: Readonly<Record<string, Reader>> = {
  pipeline,
  build: job,
  job,
  deployment,
  alert: alertHook,
  vulnerability,
  issue: incident,
  work_item: incident,
  incident,
  access_token: expiringToken,
  deploy_token: expiringToken,
};

const SEVERITIES: readonly SeverityRow[] = [
  { from: 'failed', to: 'error' },
  { from: 'allow_failure', to: 'warning' },
  { from: 'success', to: 'info' },
  { from: 'expiring', to: 'warning' },
  { from: 'critical', to: 'critical' },
  { from: 'high', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'info', to: 'info' },
  { from: 'unknown', to: 'error' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/** GitLab's webhooks of projects, groups and the instance: pipelines, jobs, deployments, alerts, incidents, vulnerabilities, expiring tokens. */
export const gitlab: Source<unknown, 'gitlab'> = {
  type: 'gitlab',
  displayName: 'GitLab',
  methods: ['POST'],
  successStatus: 200,
  contentTypes: JSON_TYPES,
  severities: SEVERITIES,
  signature: [SIGNATURES.gitlab, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  /** docs.gitlab.com, "Webhooks", delivery headers: the same on retries. (`X-Gitlab-Event-UUID` is shared by different hooks of one cause.) */
  deliveryId: idInHeader('idempotency-key'),
  parse,
};

function parse({ body, headers, severities }: SourceInput): SourceResult {
  if (!isFields(body)) return problem('body', "must be a JSON object, as GitLab's webhooks send it");
  const kind = eventKind(headers, body);
  if (kind === undefined) return problem('object_kind', 'is missing, and neither X-Gitlab-Event nor the body says what happened');
  const reader = Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
  if (reader === undefined) return ignored(`GitLab's '${kind.slice(0, 64)}' is not an alert`);
  return reader(body, (word) => severityOf(word, SEVERITIES, severities));
}
