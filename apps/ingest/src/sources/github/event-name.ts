import { fields, isFields, text, type Fields } from '../reading.js';
import type { Headers } from '../contract.js';

/** What only bodies of one event hold: for senders (proxies, replays) that lose the header. */
const BY_SHAPE: readonly (readonly [name: string, fits: (body: Fields) => boolean])[] = [
  // First: it also holds the run that deployed.
  ['deployment_status', (body) => isFields(body.deployment_status)],
  ['workflow_run', (body) => isFields(body.workflow_run)],
  ['workflow_job', (body) => isFields(body.workflow_job)],
  ['check_run', (body) => isFields(body.check_run)],
  ['check_suite', (body) => isFields(body.check_suite)],
  ['dependabot_alert', (body) => isFields(fields(body.alert).security_advisory) || isFields(fields(body.alert).dependency)],
  ['code_scanning_alert', (body) => isFields(fields(body.alert).rule)],
  ['secret_scanning_alert', (body) => text(fields(body.alert).secret_type) !== undefined],
  ['repository_vulnerability_alert', (body) => text(fields(body.alert).affected_package_name) !== undefined],
  ['status', (body) => text(body.state) !== undefined && text(body.context) !== undefined && text(body.sha) !== undefined],
  ['page_build', (body) => isFields(body.build) && text(fields(body.build).status) !== undefined],
  ['ping', (body) => text(body.zen) !== undefined && body.hook_id !== undefined],
];

/** The name of a GitHub event, from `X-GitHub-Event` or by what the body holds; undefined when neither tells. */
export function eventName(headers: Headers, body: Fields): string | undefined {
  return text(headers['x-github-event'])?.trim().toLowerCase() ?? BY_SHAPE.find(([, fits]) => fits(body))?.[0];
}
