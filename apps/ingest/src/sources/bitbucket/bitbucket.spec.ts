import type { SourceResult } from '../contract.js';
import { bitbucket } from './index.js';

const parse = (body: unknown, event?: string): SourceResult =>
  bitbucket.parse({ body, headers: { 'x-event-key': event }, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const repository = { uuid: '{1-2}', full_name: 'acme/shop' };
const build = (more: object = {}, from: object = repository) => ({
  repository: from,
  commit_status: { key: 'ci', name: 'Unit tests', state: 'FAILED', refname: 'main', ...more },
});
const actionOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.action : result.kind);
const keyOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.dedupKey : result.kind);

test.each([
  ['FAILED', 'trigger'], ['failed ', 'trigger'], ['SUCCESSFUL', 'resolve'], ['UNSUCCESSFUL', 'trigger'], ['EXPLODED', 'trigger'],
  ['INPROGRESS', 'ignored'], ['STOPPED', 'ignored'], ['CANCELLED', 'ignored'], ['UNKNOWN', 'ignored'],
])('a build that is %s means %s', (state, expected) => {
  for (const event of ['repo:commit_status_created', 'repo:commit_status_updated', 'Repo:Commit_Status_Updated', undefined]) {
    expect(actionOf(parse(build({ state }), event))).toBe(expected);
  }
});

test('a run of Pipelines is known by its name without its number, another build by its key', () => {
  const run = (name: string, key: string, more: object = {}) => keyOf(parse(build({ name, key, ...more })));
  expect(run('Pipeline #1 for main', '1')).toBe(run('Pipeline #20 for main', '2'));
  expect(run('Pipeline #1 for main', '1')).not.toBe(run('Pipeline #1 for next', '1', { refname: 'next' }));
  expect(run('Unit tests #1', 'ci')).toBe(run('Unit tests #2', 'ci'));
  expect(run('Unit tests', 'ci')).not.toBe(run('Unit tests', 'ci-2'));
  expect(run('Unit tests', 'ci', { refname: 'refs/heads/main' })).toBe(run('Unit tests', 'ci'));
  expect(keyOf(parse(build({}, { uuid: '{3-4}', full_name: 'acme/shop' })))).not.toBe(keyOf(parse(build())));
});

test('a renamed repository stays the same one', () => {
  expect(keyOf(parse(build({}, { ...repository, full_name: 'acme/store' })))).toBe(keyOf(parse(build())));
});

test('the event is believed before the shape', () => {
  expect(actionOf(parse(build(), 'repo:push'))).toBe('ignored');
  expect(actionOf(parse(build(), 'constructor'))).toBe('ignored');
  expect(actionOf(parse({ test: true, commit_status: build().commit_status }))).toBe('trigger');
});

test('secrets: every place is one alert, and none is no alert', () => {
  const at = (line: number) => ({ path: 'a.env', line, ruleName: 'token', commitId: 'c', repository: { id: 0, slug: 'shop' } });
  const result = parse({ eventKey: 'repo:secret_detected', secretLocations: [at(1), at(2), null] });
  expect(result.kind === 'events' && new Set(result.events.map(({ dedupKey }) => dedupKey)).size).toBe(3);
  expect(actionOf(parse({ secretLocations: [] }))).toBe('ignored');
  expect(actionOf(parse({}, 'repo:secret_detected'))).toBe('problem');
});
