import { checkInvariants } from './invariants.mjs';
import { expectedEffects } from './model.mjs';
import { TARGETS, makePlan } from './plan.mjs';

/** A checker that finds nothing proves nothing: here each kind of loss is made by hand, and must be found. */

const routes = { fast: { id: 'r-fast', path: 'fast' }, second: { id: 'r-second', path: 'fast' }, failing: { id: 'r-failing', path: 'failing' } };
const at = (second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

/** What a run leaves in which nothing is wrong. */
function healthy() {
  const actions = ['trigger', 'resolve', 'trigger'];
  const effects = ['triggered', 'resolved', 'triggered'];
  return {
    record: {
      events: actions.map((action, n) => ({ key: 'a', n, action, trace: `t${n}` })),
      poisoned: [{ key: 'p', trace: 't-poison' }],
      messages: [
        { id: 'm1', topic: 'chaos/fast', two: true }, { id: 'm2', topic: 'chaos/failing', two: false },
        { id: 'm3', topic: 'elsewhere/none', two: false },
      ],
    },
    facts: {
      events: effects.map((effect, n) => ({ trace_id: `t${n}`, effect })),
      incidents: [
        { id: 'i1', dedup_key: 'a', status: 'RESOLVED', opened_at: at(1), resolved_at: at(2), version: 2 },
        { id: 'i2', dedup_key: 'a', status: 'OPEN', opened_at: at(2), resolved_at: null, version: 1 },
      ],
      deliveries: [
        { id: 'd1', message_id: 'm1', route_id: 'r-fast', status: 'delivered' }, { id: 'd2', message_id: 'm1', route_id: 'r-second', status: 'held' },
        { id: 'd3', message_id: 'm2', route_id: 'r-failing', status: 'dead' },
      ],
      notifications: [
        { id: 'n1', incident_id: 'i1', version: 1, status: 'sent' }, { id: 'n2', incident_id: 'i1', version: 2, status: 'suppressed', reason: 'duplicate' },
        { id: 'n3', incident_id: 'i2', version: 1, status: 'dead_letter' },
      ],
      letters: [
        { kind: 'route', delivery_id: 'd3', trace_id: 'x' },
        { kind: 'notification', notification_id: 'n3', trace_id: 'y' },
        { kind: 'event', trace_id: 't-poison' },
      ],
      ledger: [
        { ledger: 'events', entry: 'in', count: 3 }, { ledger: 'events', entry: 'incident', count: 3 },
        { ledger: 'messages', entry: 'in', count: 3 }, { ledger: 'messages', entry: 'matched', count: 2 }, { ledger: 'messages', entry: 'no_route', count: 1 },
        { ledger: 'deliveries', entry: 'in', count: 3 }, { ledger: 'deliveries', entry: 'delivered', count: 1 },
        { ledger: 'deliveries', entry: 'dead', count: 1 },
        { ledger: 'notifications', entry: 'in', count: 3 }, { ledger: 'notifications', entry: 'sent', count: 1 },
        { ledger: 'notifications', entry: 'suppressed', count: 1 }, { ledger: 'notifications', entry: 'dead', count: 1 },
      ],
    },
    taken: { fast: new Map([['d1', 1]]), failing: new Map(), notified: new Map([['n1', 2]]) },
    routes,
  };
}

const failures = (run) => checkInvariants(run).filter(({ ok }) => !ok).map(({ name }) => name);

test('finds nothing wrong where nothing is', () => expect(failures(healthy())).toEqual([]));

test.each([
  ['an event that vanished', ({ facts }) => facts.events.pop(), ['every accepted event took effect', 'in the order']],
  ['a poisoned event without its letter', ({ facts }) => facts.letters.pop(), ['what the store refuses']],
  ['an event from nowhere', ({ facts }) => facts.events.push({ trace_id: 't9', effect: 'repeated' }), ['no event took effect']],
  ['two events out of turn', ({ facts }) => { facts.events[1].effect = 'ignored'; }, ['in the order']],
  ['two incidents open at a time', ({ facts }) => { facts.incidents[0].resolved_at = at(3); }, ['two incidents open']],
  ['an incident left open under another', ({ facts }) => { facts.incidents[0].resolved_at = null; }, ['two incidents open']],
  ['a message that one of its routes never saw', ({ facts }) => facts.deliveries.splice(1, 1), ['every accepted message', 'ledger of deliveries']],
  ['a delivery from nowhere', ({ facts }) => { facts.deliveries[1].message_id = 'm9'; }, ['every accepted message', 'no delivery came of nothing']],
  ['a delivery that is called delivered and was not', ({ taken }) => taken.fast.clear(), ['what is delivered was taken']],
  ['a dead delivery without its letter', ({ facts }) => facts.letters.shift(), ['what is dead has its dead letter']],
  ['an incident whose last change nobody was told of', ({ facts }) => { facts.incidents[1].version = 2; }, ['the last change of every incident']],
  ['a notification that waits for nothing', ({ facts }) => {
    facts.notifications[0] = { ...facts.notifications[0], status: 'failed', due_at: null };
  }, ['every notification is sent', 'ledger of notifications']],
  ['a suppression without a reason', ({ facts }) => { facts.notifications[1].reason = null; }, ['every notification is sent']],
  ['a notification that is called sent and was not', ({ taken }) => taken.notified.clear(), ['what is sent was taken']],
  ['a ledger that does not add up', ({ facts }) => { facts.ledger[1].count = 2; }, ['ledger of events']],
])('finds %s', (_name, breakIt, expected) => {
  const run = healthy();
  breakIt(run);
  const found = failures(run);
  expect(found).toHaveLength(expected.length);
  expected.forEach((part, index) => expect(found[index]).toContain(part));
});

test('a late version overtaken by a newer one is no loss', () => {
  const run = healthy();
  run.facts.notifications.shift();
  run.facts.ledger.forEach((entry) => { if (entry.ledger === 'notifications' && ['in', 'sent'].includes(entry.entry)) entry.count -= 1; });
  expect(failures(run)).toEqual([]);
});

test('the model knows what a key does', () => {
  expect(expectedEffects(['resolve', 'trigger', 'trigger', 'acknowledge', 'acknowledge', 'trigger', 'resolve', 'resolve']))
    .toEqual(['ignored', 'triggered', 'repeated', 'acknowledged', 'ignored', 'repeated', 'resolved', 'ignored']);
});

test.each([60, 180])('a plan of %i s kills everything at least once, in time, and is the same for the same seed', (seconds) => {
  for (const seed of ['a', 'b', 'c', 'd']) {
    const plan = makePlan(seed, seconds);
    expect(makePlan(seed, seconds)).toEqual(plan);
    expect(new Set(plan.flatMap(({ names }) => names))).toEqual(new Set(TARGETS));
    for (const [index, { atMs }] of plan.entries()) {
      expect(atMs).toBeLessThan(seconds * 1000);
      expect(atMs).toBeGreaterThanOrEqual(plan[index - 1]?.atMs ?? 0);
    }
  }
});
