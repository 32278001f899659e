import type { EventKind, TestAlert } from '../contract.js';

const ISSUE = 'sentry-issue-<issue>';
const METRIC = 'sentry-metric-alert-<incident>';

export const KINDS: readonly EventKind[] = [
  { when: 'issue created', action: 'trigger', key: ISSUE, fixture: 'pair-issue.firing' },
  { when: 'issue resolved', action: 'resolve', key: ISSUE, fixture: 'pair-issue.resolved' },
  { when: 'issue unresolved (regressed, escalating, by hand)', action: 'trigger', key: ISSUE, fixture: 'pair-archived.firing' },
  { when: 'issue archived, formerly ignored', action: 'resolve', key: ISSUE, fixture: 'pair-archived.resolved' },
  { when: 'issue assigned by a person', action: 'acknowledge', key: ISSUE, fixture: 'issue-assigned' },
  { when: "issue assigned by Sentry's ownership rules", action: 'ignored', fixture: 'ignored-assigned-by-sentry' },
  { when: 'event_alert triggered', action: 'trigger', key: ISSUE, fixture: 'event-alert' },
  { when: 'error created', action: 'trigger', key: ISSUE, fixture: 'error-created' },
  { when: 'metric_alert critical', action: 'trigger', key: METRIC, severity: 'critical', fixture: 'pair-metric.firing' },
  { when: 'metric_alert warning', action: 'trigger', key: METRIC, severity: 'warning', fixture: 'metric-warning' },
  { when: 'metric_alert resolved', action: 'resolve', key: METRIC, fixture: 'pair-metric.resolved' },
  { when: 'legacy webhooks plugin', action: 'trigger', key: ISSUE, fixture: 'plugin' },
  { when: 'service hook (event.alert, event.created)', action: 'trigger', key: ISSUE, fixture: 'service-hook' },
  { when: 'installation created, deleted', action: 'ignored', fixture: 'ignored-installation' },
  { when: 'comment created, updated, deleted', action: 'ignored', fixture: 'ignored-comment' },
  { when: 'seer, and activity_alert of Seer', action: 'ignored', fixture: 'ignored-activity' },
  { when: 'preprod_artifact, and every other resource', action: 'ignored', fixture: 'ignored-other-resource' },
];

function issue(action: 'created' | 'resolved') {
  return {
    headers: { 'sentry-hook-resource': 'issue' },
    body: {
      action,
      data: {
        issue: {
          id: '1', shortId: 'SIGNALBOX-1', title: 'A test alert from Signalbox', level: 'info',
          status: action === 'resolved' ? 'resolved' : 'unresolved',
          project: { id: '1', slug: 'signalbox', name: 'signalbox' },
        },
      },
      actor: { type: 'user', id: 1, name: 'Signalbox' },
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: issue('created'), resolved: issue('resolved') };
