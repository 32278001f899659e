import { healthOf, type IntegrationSums, type Sums } from './health.js';

const sums = (received: number, succeeded: number, durationMs = received * 2): Sums => ({
  received, succeeded, events: succeeded, durationMs, durations: [0, received],
});
const integration = (id: string, type: string, day: Sums, hour: Sums = sums(0, 0)): IntegrationSums => ({
  id, tenantId: 't', name: id, type, enabled: true, lastReceivedAt: null, lastErrorAt: null, lastErrorStatus: null, lastErrorReason: null, day, hour,
});

describe('health', () => {
  it('weighs by requests, over all, by type and by integration', () => {
    const health = healthOf([
      integration('a', 'github', sums(100, 100), sums(10, 10)),
      integration('b', 'github', sums(300, 0), sums(0, 0)), integration('c', 'sentry', sums(0, 0)),
    ]);
    expect(health.global).toMatchObject({
      totalReceived: 400, totalSuccess: 100, totalErrors: 300, successRate: 25,
      averageLatencyMs: 2, lastHour: { totalReceived: 10, successRate: 100 },
    });
    expect(Object.entries(health.byType).map(([type, { successRate }]) => [type, successRate])).toEqual([['github', 25], ['sentry', null]]);
    expect(health.byIntegration.map(({ id, successRate }) => [id, successRate])).toEqual([['a', 100], ['b', 0], ['c', null]]);
    expect(health.global.p95LatencyMs).toBe(1.95);
  });

  it('is degraded by the last hour alone, and never a hundred percent when one failed', () => {
    expect(healthOf([integration('a', 'x', sums(100, 0), sums(100, 95))]).status).toBe('healthy');
    expect(healthOf([integration('a', 'x', sums(100, 100), sums(100, 94))]).status).toBe('degraded');
    expect(healthOf([]).status).toBe('healthy');
    expect(healthOf([integration('a', 'x', sums(1_000_000, 999_999))]).global.successRate).toBe(99.99);
  });
});
