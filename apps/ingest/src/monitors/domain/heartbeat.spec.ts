import { NEW_HEARTBEAT, decideHeartbeat, deadlineOf, endHeartbeat, statusOf, type HeartbeatState } from './heartbeat.js';

const config = { intervalSeconds: 60, graceSeconds: 10, severity: 'error' as const };
const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const due = (state: HeartbeatState, lastBeatAt: Date | null, now: Date) => decideHeartbeat({ config, name: 'Nightly', state, lastBeatAt }, now);

describe('a heartbeat', () => {
  it('is missed when its deadline has passed, once, and is over with the next beat', () => {
    const missed = due(NEW_HEARTBEAT, at(0), at(71));
    expect(missed).toMatchObject({
      dueAt: null,
      told: [{ tell: 'event', action: 'trigger', episode: 1, severity: 'error', class: 'heartbeat_missed', details: { lastBeatAt: at(0).toISOString() } }],
    });
    expect(statusOf(missed.state, at(0))).toBe('down');
    expect(due(missed.state, at(0), at(72))).toEqual({ state: missed.state, dueAt: null, told: [] });

    const back = due(missed.state, at(100), at(100));
    expect(back).toMatchObject({ dueAt: deadlineOf(config, at(100)), told: [{ action: 'resolve', episode: 1 }] });
    expect(statusOf(back.state, at(100))).toBe('up');
    expect(due(back.state, at(100), at(171)).told).toMatchObject([{ action: 'trigger', episode: 2 }]);
  });

  it('that fell due while its tenant was disabled gets a whole period, unless it has beaten since', () => {
    const suspended = { ...NEW_HEARTBEAT, suspendedAt: at(80).toISOString() };
    expect(due(suspended, at(0), at(100))).toEqual({ state: NEW_HEARTBEAT, dueAt: deadlineOf(config, at(100)), told: [] });
    expect(due(suspended, at(90), at(161))).toMatchObject({ state: { missedAfter: at(90).toISOString() }, told: [{ action: 'trigger' }] });
  });

  it('that never beat is new, and cannot be missed', () => {
    expect(due(NEW_HEARTBEAT, null, at(1_000_000))).toEqual({ state: NEW_HEARTBEAT, dueAt: null, told: [] });
    expect(statusOf(NEW_HEARTBEAT, null)).toBe('new');
  });

  it('has a deadline of interval and grace, and the second in which beats need not be stored', () => {
    expect(deadlineOf(config, at(0))).toEqual(at(71));
  });

  it('tells a resolve as later than its trigger, though the clock of whoever takes it lags', () => {
    const missed = due(NEW_HEARTBEAT, at(0), at(71));
    const back = due(missed.state, at(70), at(70));
    expect(back.told).toMatchObject([{ action: 'resolve', at: new Date(at(71).getTime() + 1).toISOString() }]);
  });

  it('that is paused or deleted closes what is open, and nothing otherwise', () => {
    const missed = due(NEW_HEARTBEAT, at(0), at(71));
    const ended = endHeartbeat({ config, name: 'Nightly', state: missed.state, lastBeatAt: at(0) }, 'was paused', at(80));
    expect(ended).toMatchObject({ state: { episodes: { open: false, count: 1 } }, told: [{ action: 'resolve', summary: 'Heartbeat Nightly was paused' }] });
    expect(endHeartbeat({ config, name: 'Nightly', state: ended.state, lastBeatAt: at(0) }, 'was paused', at(90)).told).toEqual([]);
  });
});
