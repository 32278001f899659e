import type { EventKind, TestAlert } from '../contract.js';

const PIPELINE = 'gitlab-pipeline-<project>-<ref>';
const JOB = 'gitlab-job-<project>-<stage>/<job>-<ref>';
const DEPLOYMENT = 'gitlab-deployment-<project>-<environment>';
const ALERT = 'gitlab-alert-<project>-<alert>';
const INCIDENT = 'gitlab-incident-<project>-<incident>';
const VULNERABILITY = 'gitlab-vulnerability-<project>-<vulnerability>';

export const KINDS: readonly EventKind[] = [
  { when: 'pipeline failed', action: 'trigger', key: PIPELINE, severity: 'error', fixture: 'pair-pipeline.firing' },
  { when: 'pipeline success', action: 'resolve', key: PIPELINE, severity: 'info', fixture: 'pair-pipeline.resolved' },
  { when: 'pipeline of a schedule', action: 'trigger', key: 'gitlab-pipeline-<project>-<ref>-schedule', fixture: 'pipeline-scheduled' },
  { when: 'pipeline of a parent pipeline', action: 'trigger', key: 'gitlab-pipeline-<project>-<ref>-child', fixture: 'pipeline-child' },
  { when: 'pipeline created, pending, running, manual, canceled, skipped', action: 'ignored', fixture: 'ignored-pipeline-running' },
  { when: 'build (job) failed', action: 'trigger', key: JOB, severity: 'error', fixture: 'pair-job.firing' },
  { when: 'build (job) failed that is allowed to', action: 'trigger', key: JOB, severity: 'warning', fixture: 'job-allowed-to-fail' },
  { when: 'build (job) success', action: 'resolve', key: JOB, severity: 'info', fixture: 'pair-job.resolved' },
  { when: 'build (job) created, pending, running, manual, canceled, skipped', action: 'ignored', fixture: 'ignored-job-created' },
  { when: 'deployment failed', action: 'trigger', key: DEPLOYMENT, severity: 'error', fixture: 'pair-deployment.firing' },
  { when: 'deployment success', action: 'resolve', key: DEPLOYMENT, severity: 'info', fixture: 'pair-deployment.resolved' },
  { when: 'deployment running, canceled, blocked, approved, rejected', action: 'ignored', fixture: 'ignored-deployment-approved' },
  { when: 'deployment with an empty status', action: 'ignored', fixture: 'ignored-deployment-without-status' },
  { when: 'alert triggered', action: 'trigger', key: ALERT, fixture: 'pair-alert.firing' },
  { when: 'alert acknowledged', action: 'acknowledge', key: ALERT, fixture: 'alert-acknowledged' },
  { when: 'alert resolved, ignored', action: 'resolve', key: ALERT, fixture: 'pair-alert.resolved' },
  { when: 'issue, work_item of type Incident: open, reopen', action: 'trigger', key: INCIDENT, fixture: 'pair-incident.firing' },
  { when: 'issue, work_item of type Incident: its status set to acknowledged', action: 'acknowledge', key: INCIDENT, fixture: 'incident-acknowledged' },
  { when: 'issue, work_item of type Incident: close', action: 'resolve', key: INCIDENT, fixture: 'pair-incident.resolved' },
  { when: 'issue, work_item of another type', action: 'ignored', fixture: 'ignored-issue' },
  { when: 'vulnerability detected, confirmed', action: 'trigger', key: VULNERABILITY, fixture: 'pair-vulnerability.firing' },
  { when: 'vulnerability resolved, dismissed', action: 'resolve', key: VULNERABILITY, fixture: 'pair-vulnerability.resolved' },
  {
    when: 'access_token, deploy_token that expires',
    action: 'trigger', key: 'gitlab-token-<project>-<token>', severity: 'warning', fixture: 'token-of-a-project',
  },
  { when: 'push, merge_request, note, and every other hook', action: 'ignored', fixture: 'ignored-push' },
  { when: 'system hooks: project_create, user_add_to_team, …', action: 'ignored', fixture: 'ignored-system-hook' },
];

function run(status: 'failed' | 'success') {
  return {
    headers: { 'x-gitlab-event': 'Pipeline Hook' },
    body: {
      object_kind: 'pipeline',
      object_attributes: { id: 1, iid: 1, ref: 'signalbox-test', tag: false, status, detailed_status: status, source: 'push', stages: ['test'] },
      project: { id: 1, name: 'test', path_with_namespace: 'signalbox/test', web_url: 'https://gitlab.com/signalbox/test' },
      builds: [],
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: run('failed'), resolved: run('success') };
