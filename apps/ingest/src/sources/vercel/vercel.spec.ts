import type { SourceResult } from '../contract.js';
import { vercel } from './index.js';

const parse = (type: unknown, payload: object): SourceResult =>
  vercel.parse({
    body: { id: 'whd_1', type, createdAt: 1772438832000, payload }, headers: {},
    rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r',
  });
const deployment = (more: object = {}, meta: object = {}) => ({
  project: { id: 'prj_1' }, target: 'production',
  deployment: { id: 'dpl_1', name: 'shop', meta },
  ...more,
});
const actionOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.action : result.kind);
const keyOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.dedupKey : result.kind);

test.each([
  ['deployment.error', 'trigger'], ['deployment-error', 'trigger'], ['DEPLOYMENT.ERROR', 'trigger'],
  ['deployment.succeeded', 'resolve'], ['deployment.ready', 'resolve'], ['deployment-ready', 'resolve'],
  ['deployment.created', 'ignored'], ['deployment.canceled', 'ignored'], ['deployment-canceled', 'ignored'],
  ['deployment.promoted', 'ignored'], ['deployment.rollback', 'ignored'], ['deployment.cleanup', 'ignored'],
  ['deployment-prepared', 'ignored'], ['deployment.check-rerequested', 'ignored'],
  ['deployment.checkrun.start', 'ignored'], ['deployment.unready', 'ignored'], ['constructor', 'ignored'],
  ['domain.created', 'ignored'], ['project.renamed', 'ignored'], ['test-webhook', 'ignored'],
])('%s means %s', (type, expected) => {
  expect(actionOf(parse(type, deployment()))).toBe(expected);
});

test('a deployment is known by project, target and branch, not by its own id', () => {
  const failed = (more: object = {}, branch?: string) => keyOf(parse('deployment.error', deployment(more, { githubCommitRef: branch })));
  expect(failed({ deployment: { id: 'dpl_2' } })).toBe(failed());
  expect(failed({}, 'main')).toBe(failed({}, 'hotfix'));
  expect(keyOf(parse('deployment.succeeded', deployment({ target: null }, { gitlabCommitRef: 'a' })))).toBe(failed({ target: undefined }, 'a'));
  const others = [failed(), failed({ target: null }, 'a'), failed({ target: null }, 'b'), failed({ target: 'staging' }), failed({ project: { id: 'prj_2' } })];
  expect(new Set(others).size).toBe(others.length);
});

test('ready is not what the checks say', () => {
  expect(keyOf(parse('deployment.ready', deployment()))).not.toBe(keyOf(parse('deployment.checks.failed', deployment())));
  const completed = (conclusion: string) =>
    actionOf(parse('deployment-checks-completed', deployment({ checks: [{ name: 'a', conclusion: 'succeeded' }, { name: 'b', conclusion }] })));
  expect(['failed', 'FAILED', 'succeeded', 'neutral', 'skipped', 'cancelled'].map(completed)).toEqual([
    'trigger', 'trigger', 'resolve', 'resolve', 'resolve', 'resolve',
  ]);
});

test('every alert is an event, with the severity of its own', () => {
  const result = parse('alerts.triggered', {
    projectId: 'prj_1',
    alerts: [{ alertId: 0, type: 'error_anomaly' }, { alertId: 1, type: 'usage_anomaly' }, { alertId: 2, severity: 'High' }, { type: 'x', metric: 'm' }],
  });
  expect(result).toMatchObject({
    events: [
      { dedupKey: 'vercel-alert-prj_1-0', severity: 'error' },
      { dedupKey: 'vercel-alert-prj_1-1', severity: 'warning' },
      { severity: 'error' },
      { dedupKey: 'vercel-alert-prj_1-x-m' },
    ],
  });
});

test('a certificate is known by its names in any order', () => {
  const failed = keyOf(parse('domain.certificate.renew.failed', { dnsNames: ['b.example', 'a.example'] }));
  expect(keyOf(parse('domain.certificate-renew', { cert: { cns: ['a.example', 'b.example'] } }))).toBe(failed);
});

test('a repetition is known by the id in its body', () => {
  expect(vercel.deliveryId?.({}, { id: 'whd_1' })).toBe('whd_1');
  expect(vercel.deliveryId?.({}, null)).toBeUndefined();
});
