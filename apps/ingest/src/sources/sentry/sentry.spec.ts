import type { SourceResult } from '../contract.js';
import { sentry } from './index.js';

const parse = (body: unknown, resource?: string): SourceResult =>
  sentry.parse({ body, headers: { 'sentry-hook-resource': resource }, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const actionOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.action : result.kind);
const keyOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.dedupKey : result.kind);
const issue = (action: string | null, more: object = {}, actor: object | null = { type: 'user', name: 'Ada' }) => ({
  action, actor,
  data: { issue: { id: '7', title: 't', level: 'error', ...more } },
});

test.each([
  ['created', 'trigger'], ['unresolved', 'trigger'],
  ['resolved', 'resolve'], ['archived', 'resolve'], ['ignored', 'resolve'],
  ['assigned', 'acknowledge'],
  ['unassigned', 'ignored'],
  ['Resolved ', 'resolve'], ['unarchived', 'trigger'], ['not resolved', 'trigger'], ['constructor', 'trigger'], [null, 'trigger'],
])('an issue that is %j means %s', (action, expected) => {
  expect(actionOf(parse(issue(action), 'issue'))).toBe(expected);
});

test('the status speaks where there is no action, and only there', () => {
  expect(actionOf(parse(issue(null, { status: 'resolved' }), 'issue'))).toBe('resolve');
  expect(actionOf(parse(issue('unresolved', { status: 'resolved' }), 'issue'))).toBe('trigger');
});

test("an assignment by Sentry's own rules acknowledges nothing: nobody knows of the issue yet", () => {
  expect(actionOf(parse(issue('assigned', {}, { type: 'application', name: 'Sentry' }), 'issue'))).toBe('ignored');
  expect(actionOf(parse(issue('assigned', {}, null), 'issue'))).toBe('acknowledge');
});

test('every hook about one issue has one key', () => {
  const events = [
    parse(issue('created'), 'issue'),
    parse({ action: 'triggered', data: { event: { issue_id: 7, title: 't' } } }, 'event_alert'),
    parse({ action: 'triggered', data: { event: { issue_url: 'https://sentry.io/api/0/issues/7/', title: 't' } } }),
    parse({ action: 'created', data: { error: { issue_id: '7', title: 't' } } }, 'error'),
    parse({ id: '7', project: 'p', message: 't', level: 'error', event: {} }),
    parse({ project_name: 'p', message: 't', url: 'https://sentry.example/acme/p/group/7/', event: {} }),
    parse({ group: { id: 7 }, project: { slug: 'p' }, event: { title: 't' } }),
  ];
  expect(new Set(events.map(keyOf))).toEqual(new Set(['sentry-issue-7']));
});

test.each([
  ['critical', 'trigger', 'critical'], ['warning', 'trigger', 'warning'],
  ['resolved', 'resolve', 'info'],
  ['unresolved', 'trigger', 'error'],
])('a metric alert that is %s means %s', (action, expected, severity) => {
  const result = parse({ action, data: { metric_alert: { id: 4 }, description_title: 't' } }, 'metric_alert');
  expect(actionOf(result)).toBe(expected);
  expect(result.kind === 'events' && result.events[0]!.severity).toBe(severity);
});

test('a header that we do not know does not hide an alert, and no body makes an alert of what is none', () => {
  expect(actionOf(parse(issue('created'), 'issue.created'))).toBe('trigger');
  expect(parse({ action: 'x', data: {} }, 'brand_new').kind).toBe('ignored');
  expect(parse(issue('created'), 'comment').kind).toBe('ignored');
});

test('what an event knows of its user and request stays out', () => {
  const event = {
    issue_id: '7', title: 't', user: { email: 'canary@x' }, request: { headers: [['Cookie', 'canary']] },
    contexts: { a: 'canary' }, extra: { b: 'canary' },
  };
  expect(JSON.stringify(parse({ action: 'triggered', data: { event } }, 'event_alert'))).not.toContain('canary');
});
