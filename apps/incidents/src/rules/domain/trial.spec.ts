import { EVENTS, newId, type Event } from '@signalbox/contracts';
import type { Matcher } from '../../domain/matcher.js';
import { NO_RULES } from '../../domain/rules.js';
import { Trial, type PastEvent, type Tried } from './trial.js';

const [exampleEvent] = EVENTS.example.events as [Event];
const EVER = { startsAt: '1970-01-01T00:00:00.000Z', endsAt: '9999-12-31T23:59:59.999Z' };
let count = 0;

/** An event of a key at a minute; the number of its incident is given, as it really was. */
function past(number: number, dedupKey: string, minute: number, more: Partial<Event> = {}): PastEvent {
  count += 1;
  const id = `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`;
  const event: Event = { ...exampleEvent, id, dedupKey, acceptedAt: `2026-11-21T09:${String(minute).padStart(2, '0')}:00.000Z`, ...more };
  return { event, incident: { id: `00000000-0000-7000-9000-${String(number).padStart(12, '0')}`, number, title: `About ${dedupKey}` } };
}

function tried(rule: Tried, events: readonly PastEvent[]) {
  const trial = new Trial(NO_RULES, rule);
  for (const event of events) trial.take(event);
  return { incidents: trial.outcome.incidents, hushed: trial.outcome.hushed.map(({ number, would, at }) => `${at.slice(11, 16)} #${number} ${would}`) };
}

const key = (value: string): Matcher[] => [{ field: 'dedupKey', operator: '=~', value }];
const silence = (matchers: Matcher[]): Tried => ({ silences: [{ id: newId(), name: 'x', matchers, ...EVER }] });

describe('a rule on trial', () => {
  it('quiets every incident that matches once, whatever number of events it had, newest first', () => {
    const events = [
      past(1, 'cpu-1', 0), past(1, 'cpu-1', 1), past(2, 'disk', 2), past(1, 'cpu-1', 3, { action: 'resolve' }),
      past(3, 'cpu-1', 4), past(4, 'cpu-2', 5),
    ];
    expect(tried(silence(key('cpu.*')), events)).toEqual({ incidents: 4, hushed: ['09:05 #4 quiet', '09:04 #3 quiet', '09:00 #1 quiet'] });
    expect(tried(silence(key('none')), events)).toEqual({ incidents: 4, hushed: [] });
  });

  it('groups behind the one that would have been told, until the window or the head is over', () => {
    const rule: Tried = { groupings: [{ id: newId(), name: 'x', matchers: [], by: ['source'], windowSeconds: 300 }] };
    const events = [
      past(1, 'a', 0), past(2, 'b', 4), past(3, 'c', 8), past(4, 'd', 20), past(5, 'e', 21, { source: 'other' }),
      past(4, 'd', 22, { action: 'resolve' }), past(6, 'f', 23),
    ];
    expect(tried(rule, events).hushed).toEqual(['09:08 #3 grouped behind #1', '09:04 #2 grouped behind #1']);
  });

  it('takes an incident that ended without an event for over when the next of its key is there', () => {
    const rule: Tried = { groupings: [{ id: newId(), name: 'x', matchers: [], by: [], windowSeconds: 300 }] };
    expect(tried(rule, [past(1, 'a', 0), past(2, 'a', 1), past(3, 'b', 2)])).toEqual({ incidents: 3, hushed: ['09:02 #3 grouped behind #2'] });
  });

  it('inhibits while the source is open', () => {
    const rule: Tried = { inhibitions: [{ id: newId(), name: 'x', source: key('down'), target: key('slow.*'), equal: ['details.host'] }] };
    const host = (name: string) => ({ details: { host: name } });
    const events = [
      past(1, 'down', 0, host('a')), past(2, 'slow-1', 1, host('a')), past(3, 'slow-2', 2, host('b')),
      past(1, 'down', 3, { action: 'resolve' }), past(4, 'slow-3', 4, host('a')),
    ];
    expect(tried(rule, events).hushed).toEqual(['09:01 #2 inhibited by #1']);
  });

  it('holds a window to its hours', () => {
    const endAt = (at: string) => (at < '2026-11-21T09:05' ? '2026-11-21T09:05:00.000Z' : null);
    const rule: Tried = {
      windows: [{ id: newId(), name: 'x', matchers: [], serviceIds: [exampleEvent.serviceId], endAt, beginsAfter: () => null }],
    };
    expect(tried(rule, [past(1, 'a', 0), past(2, 'b', 5), past(3, 'c', 4, { serviceId: newId() })]).hushed).toEqual(['09:00 #1 quiet']);
  });

  it('leaves aside what services say of quiet, and takes their urgency', () => {
    const service = {
      id: exampleEvent.serviceId, name: 'Web', policyId: null, urgency: 'LOW' as const, sla: null,
      autoResolveSeconds: null, reopenSeconds: null, stormPerMinute: 1, flapping: null, dependsOn: [],
    };
    const trial = new Trial({ service: () => service }, silence([{ field: 'urgency', operator: '=', value: 'LOW' }, ...key('a')]));
    for (const event of [past(1, 'a', 0), past(2, 'b', 0), past(3, 'c', 0)]) trial.take(event);
    expect(trial.outcome.hushed.map(({ number }) => number)).toEqual([1]);
  });
});
