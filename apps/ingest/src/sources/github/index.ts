import { FORM_TYPE, JSON_TYPES, idInHeader, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { isFields, text, type Fields } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import { gitlab } from '../gitlab/index.js';
import { isGitLab } from '../gitlab/event-kind.js';
import { eventName } from './event-name.js';
import { repositoryOf, type AlertDraft, type Reader } from './reading.js';
import { checkRun, checkSuite, workflowJob, workflowRun } from './runs.js';
import { codeScanningAlert, dependabotAlert, repositoryVulnerabilityAlert, secretScanningAlert } from './security.js';
import { sparseRun } from './sparse.js';
import { commitStatus, deploymentStatus, pageBuild } from './states.js';
import { KINDS, TEST_ALERT } from './kinds.js';

const READERS: Readonly<Record<string, Reader>> = {
  workflow_run: workflowRun,
  workflow_job: workflowJob,
  check_run: checkRun,
  check_suite: checkSuite,
  status: commitStatus,
  page_build: pageBuild,
  deployment_status: deploymentStatus,
  code_scanning_alert: codeScanningAlert,
  dependabot_alert: dependabotAlert,
  secret_scanning_alert: secretScanningAlert,
  repository_vulnerability_alert: repositoryVulnerabilityAlert,
  ping: () => ({ kind: 'ignored', reason: "GitHub's ping: the webhook is set up" }),
};

const SEVERITIES: readonly SeverityRow[] = [
  { from: 'failure', to: 'error' },
  { from: 'timed_out', to: 'error' },
  { from: 'startup_failure', to: 'error' },
  { from: 'errored', to: 'error' },
  { from: 'success', to: 'info' },
  { from: 'secret', to: 'critical' },
  { from: 'critical', to: 'critical' },
  { from: 'high', to: 'error' },
  { from: 'error', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'moderate', to: 'warning' },
  { from: 'warning', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'note', to: 'info' },
  { from: 'none', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/** GitHub's webhooks: Actions, checks, deployments, and the security alerts. Its address takes GitLab's webhooks too, and means by them what `gitlab` does. */
export const github: Source<unknown, 'github'> = {
  type: 'github',
  displayName: 'GitHub',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE],
  severities: [...SEVERITIES, ...gitlab.severities.filter(({ from }) => !SEVERITIES.some((row) => row.from === from))],
  signature: [SIGNATURES.github, SIGNATURES.gitlab, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  deliveryId: idInHeader('x-github-delivery'),
  parse,
};

function parse(input: SourceInput): SourceResult {
  if (isGitLab(input.headers, input.body)) return gitlab.parse(input);
  const { body: received, headers, severities } = input;
  const body = unwrapped(received);
  if (!isFields(body)) return problem(isFields(received) ? 'payload' : 'body', "must be a JSON object, as GitHub's webhooks send it");
  const name = eventName(headers, body);
  if (name !== undefined) return read(name, body, severities);
  const sparse = sparseRun(body);
  return sparse === undefined ? problem('x-github-event', 'is missing, and the body is of no event that we know') : read('workflow_run', sparse, severities);
}

function read(name: string, body: Fields, severities: SourceInput['severities']): SourceResult {
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (reader === undefined) return { kind: 'ignored', reason: `GitHub's '${name.slice(0, 64)}' is not an alert` };
  const reading = reader(body);
  switch (reading.kind) {
    case 'ignored': return reading;
    case 'fault': return { kind: 'problem', errors: [reading.error] };
    case 'alert': return { kind: 'events', events: [event(complete(reading.draft, body, severities))] };
  }
}

function complete({ severityWord, links = [], ...draft }: AlertDraft, body: Fields, severities: SourceInput['severities']): Parameters<typeof event>[0] {
  const repository = repositoryOf(body);
  return {
    ...draft,
    source: repository?.name ?? 'github',
    severity: severityOf(severityWord, SEVERITIES, severities),
    links: [...links, { href: repository?.url, text: repository?.name }],
    client: 'GitHub',
    clientUrl: repository?.url,
  };
}

/** GitHub's form-encoded webhooks hold the JSON in one field, `payload`. */
function unwrapped(body: unknown): unknown {
  if (!isFields(body) || Object.keys(body).length !== 1 || typeof body.payload !== 'string') return body;
  try {
    return JSON.parse(text(body.payload) ?? 'null') as unknown;
  } catch {
    return undefined;
  }
}
