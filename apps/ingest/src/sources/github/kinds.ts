import type { EventKind, TestAlert } from '../contract.js';

const WORKFLOW = 'github-workflow-<repository>-<workflow>-<branch>';
const JOB = 'github-job-<repository>-<workflow>/<job>-<branch>';
const CHECK = 'github-check-<repository>-<app>/<check>-<branch>';
const SUITE = 'github-suite-<repository>-<app>-<branch>';
const STATUS = 'github-status-<repository>-<context>-<branch>';
const DEPLOYMENT = 'github-deployment-<repository>-<environment>-<task>';
const PAGES = 'github-pages-<repository>';
const CODE = 'github-code-scanning-<repository>-<number>';
const DEPENDABOT = 'github-dependabot-<repository>-<number>';
const SECRET = 'github-secret-scanning-<repository>-<number>';
const VULNERABILITY = 'github-vulnerability-<repository>-<id>';
const PIPELINE = 'gitlab-pipeline-<project>-<ref>';

export const KINDS: readonly EventKind[] = [
  { when: 'workflow_run completed: failure, timed_out, startup_failure', action: 'trigger', key: WORKFLOW, severity: 'error', fixture: 'pair-workflow.firing' },
  { when: 'workflow_run completed: success', action: 'resolve', key: WORKFLOW, severity: 'info', fixture: 'pair-workflow.resolved' },
  { when: 'workflow_run that runs or is queued', action: 'ignored', fixture: 'ignored-workflow-running' },
  { when: 'workflow_run completed: cancelled, skipped, neutral, stale, action_required', action: 'ignored', fixture: 'ignored-workflow-cancelled' },
  { when: 'workflow_job completed: failure, timed_out, startup_failure', action: 'trigger', key: JOB, severity: 'error', fixture: 'pair-job.firing' },
  { when: 'workflow_job completed: success', action: 'resolve', key: JOB, severity: 'info', fixture: 'pair-job.resolved' },
  { when: 'workflow_job queued, waiting, in_progress', action: 'ignored', fixture: 'ignored-job-queued' },
  { when: 'check_run completed: failure, timed_out, startup_failure', action: 'trigger', key: CHECK, severity: 'error', fixture: 'pair-check.firing' },
  { when: 'check_run completed: success', action: 'resolve', key: CHECK, severity: 'info', fixture: 'pair-check.resolved' },
  { when: 'check_run rerequested, requested_action', action: 'ignored', fixture: 'ignored-check-rerequested' },
  { when: 'check_suite completed: failure, timed_out, startup_failure', action: 'trigger', key: SUITE, severity: 'error', fixture: 'pair-suite.firing' },
  { when: 'check_suite completed: success', action: 'resolve', key: SUITE, severity: 'info', fixture: 'pair-suite.resolved' },
  {
    when: 'check_suite of GitHub Actions',
    action: 'trigger', key: 'github-suite-<repository>-github-actions/<suite>-<branch>', fixture: 'pair-suite-of-actions.firing',
  },
  { when: 'check_suite requested, rerequested', action: 'ignored', fixture: 'ignored-suite-rerequested' },
  { when: 'status: failure, error', action: 'trigger', key: STATUS, severity: 'error', fixture: 'pair-status.firing' },
  { when: 'status: success', action: 'resolve', key: STATUS, severity: 'info', fixture: 'pair-status.resolved' },
  { when: 'status: pending', action: 'ignored', fixture: 'ignored-status-pending' },
  { when: 'deployment_status: failure, error', action: 'trigger', key: DEPLOYMENT, severity: 'error', fixture: 'pair-deployment.firing' },
  { when: 'deployment_status: success', action: 'resolve', key: DEPLOYMENT, severity: 'info', fixture: 'pair-deployment.resolved' },
  { when: 'deployment_status: inactive, in_progress, queued, pending, waiting', action: 'ignored', fixture: 'ignored-deployment-inactive' },
  { when: 'page_build: errored', action: 'trigger', key: PAGES, severity: 'error', fixture: 'pair-pages.firing' },
  { when: 'page_build: built', action: 'resolve', key: PAGES, severity: 'info', fixture: 'pair-pages.resolved' },
  { when: 'page_build: building, queued', action: 'ignored', fixture: 'ignored-pages-building' },
  { when: 'code_scanning_alert open: created, reopened, appeared_in_branch', action: 'trigger', key: CODE, fixture: 'pair-code-scanning.firing' },
  { when: 'code_scanning_alert fixed, dismissed: fixed, closed_by_user', action: 'resolve', key: CODE, fixture: 'pair-code-scanning.resolved' },
  { when: 'dependabot_alert open: created, reopened, reintroduced, auto_reopened', action: 'trigger', key: DEPENDABOT, fixture: 'pair-dependabot.firing' },
  { when: 'dependabot_alert fixed, dismissed, auto_dismissed', action: 'resolve', key: DEPENDABOT, fixture: 'pair-dependabot.resolved' },
  { when: 'assignments of an alert', action: 'ignored', fixture: 'ignored-dependabot-assigned' },
  {
    when: 'secret_scanning_alert open: created, reopened, publicly_leaked',
    action: 'trigger', key: SECRET, severity: 'critical', fixture: 'pair-secret.firing',
  },
  { when: 'secret_scanning_alert resolved, revoked', action: 'resolve', key: SECRET, fixture: 'pair-secret.resolved' },
  { when: 'secret_scanning_alert validated', action: 'ignored', fixture: 'ignored-secret-validated' },
  { when: 'repository_vulnerability_alert create, reopen', action: 'trigger', key: VULNERABILITY, fixture: 'pair-vulnerability.firing' },
  { when: 'repository_vulnerability_alert resolve, dismiss', action: 'resolve', key: VULNERABILITY, fixture: 'pair-vulnerability.resolved' },
  { when: 'a step of a workflow that posts status failure', action: 'trigger', key: WORKFLOW, fixture: 'pair-from-a-step.firing' },
  { when: 'a step of a workflow that posts status success', action: 'resolve', key: WORKFLOW, fixture: 'pair-from-a-step.resolved' },
  {
    when: 'a webhook of GitLab: pipeline failed, and all else that the source gitlab knows',
    action: 'trigger', key: PIPELINE, fixture: 'pair-gitlab-pipeline.firing',
  },
  {
    when: 'a webhook of GitLab: pipeline success, and all else that the source gitlab knows',
    action: 'resolve', key: PIPELINE, fixture: 'pair-gitlab-pipeline.resolved',
  },
  { when: 'push, and every other event that is no alert', action: 'ignored', fixture: 'ignored-push' },
  { when: 'ping', action: 'ignored', fixture: 'ignored-ping' },
];

function run(conclusion: 'failure' | 'success') {
  return {
    headers: { 'x-github-event': 'workflow_run' },
    body: {
      action: 'completed',
      workflow_run: {
        id: 1, name: 'Signalbox test', workflow_id: 1, run_number: 1, run_attempt: 1,
        event: 'push', status: 'completed', conclusion, head_branch: 'signalbox-test',
      },
      workflow: { id: 1, name: 'Signalbox test' },
      repository: { id: 1, name: 'test', full_name: 'signalbox/test', html_url: 'https://github.com/signalbox/test' },
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: run('failure'), resolved: run('success') };
