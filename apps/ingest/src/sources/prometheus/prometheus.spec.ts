import type { SourceResult } from '../contract.js';
import { fingerprintOf } from './fingerprint.js';
import { prometheus } from './index.js';
import { parsePostedAlerts } from './posted-alerts.js';

const now = new Date('2026-03-02T09:00:00.000Z');
const labels = { alertname: 'DiskFull', instance: 'db-2:9100', severity: 'page' };
const actions = (result: SourceResult) => (result.kind === 'events' ? result.events.map(({ action, dedupKey }) => [action, dedupKey]) : result);

test("makes Prometheus' own fingerprints", () => {
  expect(fingerprintOf({})).toBe('cbf29ce484222325');
  // The vector of prometheus/common, model: 5799056148416392346.
  expect(fingerprintOf({ name: 'garland, briggs', fear: 'love is not enough' })).toBe('507a62d79ee76c9a');
});

test('what a Prometheus server posts closes what the webhook opened, and the other way round', () => {
  const key = `prometheus-${fingerprintOf(labels)}`;
  const posted = (endsAt?: string) => actions(parsePostedAlerts([{ labels, annotations: {}, startsAt: '2026-03-02T08:00:00Z', endsAt }], now));
  expect(posted('2026-03-02T09:04:00Z')).toEqual([['trigger', key]]);
  expect(posted()).toEqual([['trigger', key]]);
  expect(posted('0001-01-01T00:00:00Z')).toEqual([['trigger', key]]);
  expect(posted('2026-03-02T09:00:00Z')).toEqual([['resolve', key]]);
  const body = { alerts: [{ status: 'firing', labels }] };
  expect(actions(prometheus.parse({ body, rawBody: Buffer.alloc(0), headers: {}, query: {}, config: {}, requestId: 'r' }))).toEqual([['trigger', key]]);
});

test('a post of alerts is refused by name where it has no list, and answered alert by alert where it has', () => {
  expect(parsePostedAlerts({ alerts: [] }, now)).toMatchObject({ kind: 'problem', errors: [{ path: 'body' }] });
  expect(parsePostedAlerts([], now).kind).toBe('ignored');
  expect(parsePostedAlerts([{ labels }, { labels: {} }], now)).toMatchObject({
    kind: 'events',
    rejected: [{ index: 1, errors: [{ path: 'alerts[1].labels' }] }],
  });
  expect(parsePostedAlerts([{ labels }], now, { page: 'warning' })).toMatchObject({ events: [{ severity: 'warning' }] });
});
