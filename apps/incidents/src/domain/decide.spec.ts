import { newId, type Event, type EventAction, type Severity } from '@signalbox/contracts';
import { decide, urgencyOf } from './decide.js';
import { UNKNOWN_KEY, type KeyState } from './incident-state.js';
import { Neighbours } from './neighbours.js';
import { NO_RULES } from './rules.js';

const scopeId = newId();
let second = 0;

function event(action: EventAction, change: Partial<Event> = {}): Event {
  second += 1;
  return {
    id: newId(), traceId: newId(), scopeId, serviceId: newId(), integrationId: scopeId, action, dedupKey: 'web-01/cpu', summary: 'High CPU',
    source: 'web-01', severity: 'error', acceptedAt: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(), details: {}, links: [], ...change,
  };
}

function run(events: readonly Event[], start: KeyState = UNKNOWN_KEY): { effects: string[]; key: KeyState } {
  let key = start;
  const effects = events.map((e) => {
    const decision = decide(key, e, { now: e.acceptedAt, rules: NO_RULES, neighbours: new Neighbours(), newIncidentId: newId });
    key = decision.key;
    return decision.effect + (decision.reason === undefined ? '' : `:${decision.reason}`);
  });
  return { effects, key };
}

describe('one dedup key', () => {
  it('opens once, however often it is triggered, and counts', () => {
    const { effects, key } = run([event('trigger'), event('trigger'), event('trigger')]);
    expect(effects).toEqual(['triggered', 'repeated', 'repeated']);
    expect(key.open).toMatchObject({ status: 'OPEN', eventCount: 3, version: 1 });
  });

  it('stays acknowledged when it is triggered again, and a second acknowledgement by a tool changes nothing', () => {
    const { effects, key } = run([event('trigger'), event('acknowledge'), event('trigger'), event('acknowledge')]);
    expect(effects).toEqual(['triggered', 'acknowledged', 'repeated', 'ignored:already_acknowledged']);
    expect(key.open?.status).toBe('ACKNOWLEDGED');
  });

  it('a trigger after a resolve opens a new incident', () => {
    const first = run([event('trigger')]);
    const { effects, key } = run([event('resolve'), event('trigger')], first.key);
    expect(effects).toEqual(['resolved', 'triggered']);
    expect(key.open?.id).not.toBe(first.key.open?.id);
  });

  it('acknowledge and resolve of something unknown create nothing', () => {
    const { effects, key } = run([event('acknowledge'), event('resolve')]);
    expect(effects).toEqual(['ignored:nothing_open', 'ignored:nothing_open']);
    expect(key.open).toBeNull();
  });

  it('a trigger that was accepted before the last resolve and comes late opens nothing', () => {
    const late = event('trigger');
    const { effects } = run([event('trigger'), event('resolve'), late]);
    expect(effects).toEqual(['triggered', 'resolved', 'ignored:resolved_since']);
  });

  it('even when the resolve overtook the very first trigger', () => {
    const late = event('trigger');
    expect(run([event('resolve'), late]).effects).toEqual(['ignored:nothing_open', 'ignored:resolved_since']);
  });

  it('a resolve that was accepted before the newest trigger does not close it', () => {
    const late = event('resolve');
    const { effects, key } = run([event('trigger'), late]);
    expect(effects).toEqual(['triggered', 'ignored:triggered_since']);
    expect(key.open?.status).toBe('OPEN');
  });

  it('says it again only when it got worse', () => {
    const severities: Severity[] = ['warning', 'info', 'critical', 'error'];
    const { effects, key } = run(severities.map((severity) => event('trigger', { severity })));
    expect(effects).toEqual(['triggered', 'repeated', 'updated', 'repeated']);
    expect(key.open).toMatchObject({ severity: 'critical', urgency: 'HIGH', version: 2 });
  });

  it('has the class of its newest event that says one', () => {
    expect(run([event('trigger', { class: 'a' }), event('trigger', { class: 'b' }), event('trigger')]).key.open?.class).toBe('b');
    expect(run([event('trigger')]).key.open?.class).toBeNull();
  });

  it.each([['critical', 'HIGH'], ['error', 'HIGH'], ['warning', 'MEDIUM'], ['info', 'LOW']] as const)('%s is of %s urgency', (severity, urgency) => {
    expect(urgencyOf(severity)).toBe(urgency);
  });
});
