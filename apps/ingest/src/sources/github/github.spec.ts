import type { SourceResult } from '../contract.js';
import { github } from './index.js';

const parse = (event: string | undefined, body: unknown): SourceResult =>
  github.parse({ body, headers: { 'x-github-event': event }, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const repository = { id: 5, full_name: 'acme/shop' };
const run = (conclusion: string | null, more: object = {}) =>
  ({ action: 'completed', workflow_run: { id: 1, name: 'CI', workflow_id: 9, head_branch: 'main', conclusion, ...more }, repository });
const actionOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.action : result.kind);
const keyOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.dedupKey : result.kind);

test.each([
  ['failure', 'trigger'], ['timed_out', 'trigger'], ['startup_failure', 'trigger'], ['success', 'resolve'], ['cancelled', 'ignored'], ['skipped', 'ignored'],
  ['neutral', 'ignored'], ['stale', 'ignored'], ['action_required', 'ignored'], [null, 'ignored'], ['exploded', 'trigger'], ['unsuccess', 'trigger'],
])('a run that ended as %s means %s', (conclusion, expected) => {
  expect(actionOf(parse('workflow_run', run(conclusion)))).toBe(expected);
});

test('a run is known by repository, workflow and branch, not by its own id', () => {
  const key = keyOf(parse('workflow_run', run('failure')));
  expect(keyOf(parse('workflow_run', run('success', { id: 2, run_attempt: 3 })))).toBe(key);
  const others = [
    run('failure', { head_branch: 'next' }),
    run('failure', { workflow_id: 10 }),
    run('failure', { head_repository: { id: 6 } }),
    { ...run('failure'), repository: { id: 7 } },
  ];
  expect(new Set([key, ...others.map((body) => keyOf(parse('workflow_run', body)))]).size).toBe(5);
});

test.each([
  ['code_scanning_alert', { rule: { id: 'x' } }], ['dependabot_alert', { security_advisory: {} }], ['secret_scanning_alert', { secret_type: 'x' }],
])('%s: the state outranks the action, and the action speaks where there is no state', (event, shape) => {
  const body = (action: string, state?: string) => ({ action, alert: { number: 1, state, ...shape }, repository });
  expect(actionOf(parse(event, body('created', 'open')))).toBe('trigger');
  expect(actionOf(parse(event, body('fixed', 'fixed')))).toBe('resolve');
  expect(actionOf(parse(event, body('appeared_in_branch', 'dismissed')))).toBe('resolve');
  expect(actionOf(parse(event, body('reopened_by_user')))).toBe('trigger');
  expect(actionOf(parse(event, body('closed_by_user')))).toBe('resolve');
  expect(actionOf(parse(event, body('assignees_changed', 'open')))).toBe('ignored');
  expect(actionOf(parse(event, body('unresolved')))).toBe('trigger');
  expect(keyOf(parse(undefined, body('created', 'open')))).toBe(keyOf(parse(event, body('created', 'open'))));
});

test('other events are ignored by name, and the header is believed before the shape', () => {
  expect(parse('push', {})).toEqual({ kind: 'ignored', reason: "GitHub's 'push' is not an alert" });
  expect(parse('constructor', run('failure')).kind).toBe('ignored');
  expect(parse('Workflow_Run', run('failure')).kind).toBe('events');
});

test('a secret never leaves the body', () => {
  const body = { action: 'created', alert: { number: 1, state: 'open', secret_type: 'x', secret: 'hunter2' }, repository };
  expect(JSON.stringify(parse('secret_scanning_alert', body))).not.toContain('hunter2');
});

test('a request to run again repeats an old conclusion and says nothing', () => {
  const check = (action: string) => parse('check_run', {
    action,
    check_run: { name: 'lint', status: 'completed', conclusion: 'failure', check_suite: { head_branch: 'main' } },
    repository,
  });
  expect(['completed', 'created', 'rerequested', 'requested_action'].map((action) => actionOf(check(action)))).toEqual([
    'trigger', 'trigger', 'ignored', 'ignored',
  ]);
});

test('a suite of Actions is closed by its own re-run alone, as it does not say which workflow it is of', () => {
  const suite = (id: number, conclusion: string, slug: string) =>
    keyOf(parse('check_suite', { action: 'completed', check_suite: { id, conclusion, head_branch: 'main', app: { slug } }, repository }));
  expect(suite(1, 'success', 'github-actions')).toBe(suite(1, 'failure', 'github-actions'));
  expect(suite(2, 'success', 'github-actions')).not.toBe(suite(1, 'failure', 'github-actions'));
  expect(suite(2, 'success', 'acme-ci')).toBe(suite(1, 'failure', 'acme-ci'));
});

test('a commit status counts for the default branch when the commit is in it', () => {
  const status = (...names: string[]) => keyOf(
    parse('status', {
      state: 'failure', context: 'ci', sha: '0123456789abcdef', branches: names.map((name) => ({ name })),
      repository: { ...repository, default_branch: 'main' },
    }),
  );
  expect(status('a', 'main', 'b')).toBe('github-status-5-ci-main');
  expect(status('b', 'a')).toBe('github-status-5-ci-b');
  expect(status()).toBe('github-status-5-ci-0123456789ab');
});

test.each([
  ['failure', 'trigger'], ['Failed', 'trigger'], ['exploded', 'trigger'],
  ['success', 'resolve'], ['succeeded', 'resolve'],
  ['cancelled', 'ignored'], ['skipped', 'ignored'], ['in_progress', 'ignored'],
])(
  'a step that posts status %s means %s', (status, expected) => {
    expect(actionOf(parse(undefined, { repository: 'acme/shop', workflow: 'CI', status, ref: 'refs/heads/main' }))).toBe(expected);
  },
);

test('a deployment that names the run which deployed is still a deployment', () => {
  expect(keyOf(parse(undefined, {
    deployment_status: { state: 'failure' }, deployment: { environment: 'prod' }, ...run('success'),
  }))).toBe('github-deployment-5-prod-deploy');
});
