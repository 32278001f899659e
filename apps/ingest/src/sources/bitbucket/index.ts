import { JSON_TYPES, idInHeader, ignored, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { isFields, word, type Fields } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import { buildStatusIn, readBuildStatus } from './build-status.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { readSecrets } from './secrets.js';

const SEVERITIES: readonly SeverityRow[] = [
  { from: 'failed', to: 'error' },
  { from: 'successful', to: 'info' },
  { from: 'secret', to: 'critical' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/** Webhooks of Bitbucket Cloud and Data Center: build statuses, which is how Pipelines tells of its runs, and detected secrets. */
export const bitbucket: Source<unknown, 'bitbucket'> = {
  type: 'bitbucket',
  displayName: 'Bitbucket',
  methods: ['POST'],
  contentTypes: JSON_TYPES,
  severities: SEVERITIES,
  signature: [SIGNATURES.bitbucket, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  /** support.atlassian.com, "Event payloads", HTTP headers of Cloud. */
  deliveryId: idInHeader('x-request-uuid'),
  parse,
};

function parse({ body, headers, severities }: SourceInput): SourceResult {
  if (!isFields(body)) return problem('body', "must be a JSON object, as Bitbucket's webhooks send it");
  const kind = word(headers['x-event-key']) ?? word(body.eventKey);
  const severity = (found: string) => severityOf(found, SEVERITIES, severities);
  if (kind === 'diagnostics:ping' || isTest(body)) return ignored("Bitbucket's test connection: the webhook is set up");
  if (kind === 'repo:secret_detected' || (kind === undefined && Array.isArray(body.secretLocations))) return readSecrets(body, severity);
  const status = buildStatusIn(body);
  if (status !== undefined && (kind === undefined || isBuildStatus(kind))) return readBuildStatus(body, status, severity);
  if (kind === undefined) return problem('x-event-key', 'is missing, and the body holds no commit_status');
  if (isBuildStatus(kind)) return problem('commit_status', 'is missing: it says whether the build is red or green');
  return ignored(`Bitbucket's '${kind.slice(0, 64)}' is not an alert`);
}

/** Cloud's two events, and what the plugins of Data Center that send build statuses call theirs. */
const BUILD_STATUS_EVENTS: readonly string[] = [
  'repo:commit_status_created', 'repo:commit_status_updated', 'repo:build_status', 'repo:build_status_created', 'repo:build_status_updated', 'build:status',
];

function isBuildStatus(kind: string): boolean {
  return BUILD_STATUS_EVENTS.includes(kind);
}

/** What "Test connection" of Data Center sends. */
function isTest(body: Fields): boolean {
  return body.test === true && Object.keys(body).length === 1;
}
