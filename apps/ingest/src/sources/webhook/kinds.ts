import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'webhook-<the key in the body, or a digest of summary and source>';

export const KINDS: readonly EventKind[] = [
  { when: 'any body with something to say', action: 'trigger', key: KEY, fixture: 'pair-usual-names.firing' },
  { when: 'a word that closes (resolved, ok, up …), or one of resolveValues', action: 'resolve', key: KEY, fixture: 'pair-usual-names.resolved' },
  { when: 'a word that acknowledges, or one of acknowledgeValues', action: 'acknowledge', key: KEY, fixture: 'mapped-acknowledge' },
  { when: 'a severity that says that all is well, and no other word', action: 'resolve', key: KEY, fixture: 'pair-level-only.resolved' },
  {
    when: 'triggered, firing or active: false; resolved, recovered or closed: true; a title that begins with [RESOLVED]',
    action: 'resolve', key: KEY, fixture: 'pair-fastly.resolved',
  },
  { when: "the Events API's form", action: 'trigger', key: '<dedup_key>', fixture: 'pair-events-api.firing' },
  { when: "a group in Alertmanager's form: every alert by its own status", action: 'resolve', key: 'webhook-<fingerprint>', fixture: 'alertmanager-group' },
  { when: 'a list, or a list in alerts: every one by itself', action: 'trigger', key: KEY, fixture: 'list-in-alerts' },
  { when: 'a CloudEvent, by its data or else by its type', action: 'resolve', key: KEY, fixture: 'pair-cloudevent-by-type.resolved' },
  { when: 'a message for Slack, Mattermost, Discord, Teams or Google Chat', action: 'trigger', key: KEY, fixture: 'pair-slack.firing' },
  { when: "Opsgenie's webhook: a note, a tag, a new owner …", action: 'ignored', fixture: 'ignored-opsgenie-note' },
  { when: "Jenkins' notifications of a build that is queued, runs or was aborted", action: 'ignored', fixture: 'ignored-jenkins-started' },
  { when: "Netlify's deploy notifications: error", action: 'trigger', key: 'webhook-netlify-<site>-<branch>-<context>', fixture: 'pair-netlify.firing' },
  { when: "Netlify's deploy notifications: ready", action: 'resolve', key: 'webhook-netlify-<site>-<branch>-<context>', fixture: 'pair-netlify.resolved' },
  { when: "Netlify's deploy notifications: building and all else, cancelled and skipped ones, locks", action: 'ignored', fixture: 'ignored-netlify-building' },
  { when: 'a subscription of Amazon SNS', action: 'ignored', fixture: 'ignored-sns-subscription' },
  { when: 'an empty list', action: 'ignored', fixture: 'ignored-empty-list' },
];

const body = (status: string) => ({ id: 'signalbox-test', title: 'A test alert from Signalbox', severity: 'info', source: 'signalbox', status });

export const TEST_ALERT: TestAlert = { firing: { body: body('firing') }, resolved: { body: body('resolved') } };
