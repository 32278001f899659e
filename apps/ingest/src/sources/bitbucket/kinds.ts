import type { EventKind, TestAlert } from '../contract.js';

const PIPELINE = 'bitbucket-build-<repository>-Pipeline for <ref>-<ref>';
const BUILD = 'bitbucket-build-<repository>-<key>-<ref>';

export const KINDS: readonly EventKind[] = [
  {
    when: 'repo:commit_status_created, repo:commit_status_updated of Pipelines: FAILED',
    action: 'trigger', key: PIPELINE, severity: 'error', fixture: 'pair-pipeline.firing',
  },
  {
    when: 'repo:commit_status_created, repo:commit_status_updated of Pipelines: SUCCESSFUL',
    action: 'resolve', key: PIPELINE, severity: 'info', fixture: 'pair-pipeline.resolved',
  },
  {
    when: 'repo:commit_status_created, repo:commit_status_updated of another build server: FAILED',
    action: 'trigger', key: BUILD, severity: 'error', fixture: 'pair-build.firing',
  },
  {
    when: 'repo:commit_status_created, repo:commit_status_updated of another build server: SUCCESSFUL',
    action: 'resolve', key: BUILD, severity: 'info', fixture: 'pair-build.resolved',
  },
  { when: 'a build status that names no ref', action: 'trigger', key: 'bitbucket-build-<repository>-<key>', fixture: 'pair-without-ref.firing' },
  { when: 'a build status: INPROGRESS, STOPPED, CANCELLED, UNKNOWN', action: 'ignored', fixture: 'ignored-in-progress' },
  { when: 'a build status as it is posted to Data Center', action: 'trigger', key: BUILD, severity: 'error', fixture: 'pair-data-center.firing' },
  {
    when: 'repo:secret_detected (Data Center)',
    action: 'trigger', key: 'bitbucket-secret-<repository>-<digest of rule, path, line and commit>', severity: 'critical', fixture: 'secrets',
  },
  { when: 'pipeline:span_created (traces of a run)', action: 'ignored', fixture: 'ignored-span' },
  { when: 'repo:push, pullrequest:created, and every other event', action: 'ignored', fixture: 'ignored-push' },
  { when: 'diagnostics:ping, "Test connection" (Data Center)', action: 'ignored', fixture: 'ignored-test-connection' },
];

function status(state: 'FAILED' | 'SUCCESSFUL') {
  return {
    headers: { 'x-event-key': 'repo:commit_status_updated' },
    body: {
      commit_status: {
        key: 'signalbox-test', type: 'build', state, name: 'Signalbox test',
        refname: 'signalbox-test', url: 'https://bitbucket.org/signalbox/test',
      },
      repository: {
        full_name: 'signalbox/test',
        uuid: '{00000000-0000-4000-8000-000000000001}',
        links: { html: { href: 'https://bitbucket.org/signalbox/test' } },
      },
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: status('FAILED'), resolved: status('SUCCESSFUL') };
