import type { SourceResult } from '../contract.js';
import { github } from '../github/index.js';
import { gitlab } from './index.js';

const input = (body: unknown, headers = {}) => ({ body, headers, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const parse = (body: unknown, headers = {}): SourceResult => gitlab.parse(input(body, headers));
const actionOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.action : result.kind);
const keyOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.dedupKey : result.kind);
const project = { id: 7, path_with_namespace: 'web/shop', web_url: 'https://gitlab.example/web/shop' };
const pipeline = (more: object = {}, body: object = {}) => ({
  object_kind: 'pipeline',
  object_attributes: { id: 1, ref: 'main', status: 'failed', source: 'push', ...more },
  project, ...body,
});

test.each([
  ['failed', 'trigger'], ['FAILED ', 'trigger'], ['success', 'resolve'], ['exploded', 'trigger'], ['unsuccess', 'trigger'],
  ...[
    'created', 'waiting_for_resource', 'preparing', 'pending', 'running', 'canceling',
    'canceled', 'skipped', 'manual', 'scheduled', 'waiting_for_callback',
  ].map((status) => [status, 'ignored']),
])('a pipeline or job that is %s means %s', (status, expected) => {
  expect(actionOf(parse(pipeline({ status })))).toBe(expected);
  expect(actionOf(parse({ object_kind: 'build', build_name: 'unit', build_status: status, ref: 'main', project }))).toBe(expected);
});

test('a pipeline is known by project and ref, not by its own id or by who started it', () => {
  const key = keyOf(parse(pipeline()));
  for (const same of [
    pipeline({ id: 2, status: 'success', source: 'web' }),
    pipeline({ source: 'merge_request_event' }), pipeline({ ref: 'refs/heads/main' }),
  ]) {
    expect(keyOf(parse(same))).toBe(key);
  }
  const fork = { merge_request: { source_project_id: 8, target_project_id: 7 } };
  const others = [
    pipeline({ ref: 'next' }), pipeline({ tag: true }), pipeline({ source: 'schedule' }),
    pipeline({ source: 'parent_pipeline' }), pipeline({}, fork), pipeline({}, { project: { id: 9 } }),
  ];
  expect(new Set([key, ...others.map((body) => keyOf(parse(body)))]).size).toBe(others.length + 1);
});

test('a retried job closes what it opened, and one of its name in another stage does not', () => {
  const job = (build_status: string, build_stage: string, build_id: number) => parse({
    object_kind: 'build', build_id, build_name: 'unit', build_stage, build_status, ref: 'main', project_id: 7,
  });
  expect(keyOf(job('success', 'test', 2))).toBe(keyOf(job('failed', 'test', 1)));
  expect(keyOf(job('success', 'deploy', 3))).not.toBe(keyOf(job('failed', 'test', 1)));
});

test('what a template leaves out is found elsewhere, and the header names what the body does not', () => {
  const header = { 'x-gitlab-event': 'Pipeline Hook' };
  expect(parse({ status: 'failed' }, header)).toMatchObject({
    kind: 'events',
    events: [{ action: 'trigger', dedupKey: 'gitlab-pipeline-unknown-detached', source: 'GitLab' }],
  });
  expect(parse({ hello: 1 }, { 'x-gitlab-event': 'Vulnerability Hook' })).toMatchObject({ kind: 'problem' });
  expect(parse({ hello: 1 }, { 'x-gitlab-event': 'Some New Hook' })).toEqual({ kind: 'ignored', reason: "GitLab's 'some new hook' is not an alert" });
});

test('variables of a pipeline stay in the body: they can be secrets', () => {
  expect(JSON.stringify(parse(pipeline({ variables: [{ key: 'TOKEN', value: 'hunter2' }] })))).not.toContain('hunter2');
});

test("GitHub's address means the same by GitLab's bodies, whatever the header of GitHub does not say", () => {
  for (const body of [pipeline(), pipeline({ status: 'success' }), pipeline({ status: 'running' }), { object_kind: 'push' }]) {
    expect(github.parse(input(body))).toEqual(parse(body));
  }
  const byHeader = { status: 'failed', project: 'web/shop' };
  expect(github.parse(input(byHeader, { 'x-gitlab-event': 'Pipeline Hook' }))).toEqual(parse(byHeader, { 'x-gitlab-event': 'Pipeline Hook' }));
  expect(github.parse(input(pipeline(), { 'x-github-event': 'push' }))).toEqual({ kind: 'ignored', reason: "GitHub's 'push' is not an alert" });
  expect(github.signature.map(({ header }) => header)).toContain('x-gitlab-token');
});

test('a retry is known by its Idempotency-Key, not by an id that different hooks share', () => {
  expect(gitlab.deliveryId?.({ 'idempotency-key': 'a', 'x-gitlab-event-uuid': 'b' }, {})).toBe('a');
  expect(gitlab.deliveryId?.({ 'x-gitlab-event-uuid': 'b' }, {})).toBeUndefined();
});
