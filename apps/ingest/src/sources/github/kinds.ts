import type { EventKind, TestAlert } from '../contract.js';

const WORKFLOW = 'github-workflow-<repository>-<workflow>-<branch>';

export const KINDS: readonly EventKind[] = [
  { when: 'workflow_run completed: failure, timed_out, startup_failure', action: 'trigger', key: WORKFLOW, fixture: 'pair-workflow.firing' },
  { when: 'workflow_run completed: success', action: 'resolve', key: WORKFLOW, fixture: 'pair-workflow.resolved' },
  { when: 'workflow_run that runs, is queued, cancelled or skipped', action: 'ignored', fixture: 'ignored-workflow-running' },
  { when: 'push, and every other event that is no alert', action: 'ignored', fixture: 'ignored-push' },
  { when: 'ping', action: 'ignored', fixture: 'ignored-ping' },
];

function run(conclusion: 'failure' | 'success') {
  return {
    headers: { 'x-github-event': 'workflow_run' },
    body: {
      action: 'completed',
      workflow_run: { id: 1, name: 'Signalbox test', workflow_id: 1, run_number: 1, run_attempt: 1, event: 'push', status: 'completed', conclusion, head_branch: 'signalbox-test' },
      workflow: { id: 1, name: 'Signalbox test' },
      repository: { id: 1, name: 'test', full_name: 'signalbox/test', html_url: 'https://github.com/signalbox/test' },
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: run('failure'), resolved: run('success') };
