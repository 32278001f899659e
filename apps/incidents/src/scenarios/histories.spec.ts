import { dueAt } from '../domain/clock.js';
import { matchesAll } from '../domain/matcher.js';
import { quietOf } from '../domain/telling.js';
import { History, dice, frozen, someRules, someSteps, type Seen } from './history.js';

const HISTORIES = 2_000;
const STEPS = 50;
/** Longer than any silence, window, snooze and suppression that the dice make. */
const DAY_SECONDS = 86_400;

/** What holds in every history: after each step, and of all that was seen. Gives what is wrong, in words. */
interface Law {
  readonly name: string;
  readonly always?: (history: History) => string | undefined;
  readonly ofEach?: (seen: Seen, history: History) => boolean;
}

const open = (history: History) => [...history.incidents.values()].filter(({ status }) => status !== 'RESOLVED');

const LAWS: readonly Law[] = [
  {
    name: 'one at most is open under a key, and its key knows it',
    always: (history) => [...history.keys].map(([key, state]) => {
      const found = open(history).filter(({ dedupKey }) => dedupKey === key);
      if (found.length <= 1 && (found[0] ?? null) === state.open) return undefined;
      return `${key} has ${found.map(({ id }) => id).join(', ')} open, and knows ${state.open?.id}`;
    }).find((fault) => fault !== undefined),
  },
  {
    name: 'something is always to come for one that is open with a policy, or snoozed, or quiet for a time or for another; and what was due is done',
    always: (history) => {
      const forgotten = open(history).find((one) => {
        const { escalation, quiet } = one.plan;
        const endsByItself = quiet === null || quiet.until !== null || quiet.byIncidentId !== null;
        const waits = (one.status === 'OPEN' && escalation !== null) || one.status === 'SNOOZED' || (one.status === 'SUPPRESSED' && endsByItself);
        const due = dueAt(one);
        return (waits && due === null) || (due !== null && due <= history.now);
      });
      return forgotten && `${forgotten.id} (${forgotten.status}) is due ${dueAt(forgotten)}`;
    },
  },
  { name: 'every change counts its version by one', ofEach: ({ change, before }) => change.incident.version === (before?.version ?? 0) + 1 },
  {
    name: 'nothing is said aloud while a silence or a window holds, but the end of what was told, and pages that a person asks for',
    ofEach: ({ at, change }, { rules }) => {
      const { incident, incident: { plan } } = change;
      if (quietOf(change) !== null || (change.kind === 'resolved' && plan.told) || change.page?.step === null) return true;
      return !rules.silences.some(({ startsAt, endsAt, matchers }) => startsAt <= at && at < endsAt && matchesAll(matchers, incident))
        && !rules.windows.some(({ serviceIds, endAt }) => serviceIds.includes(incident.serviceId) && endAt(at) !== null);
    },
  },
  {
    name: 'the policy pages nobody for what is acknowledged, snoozed, suppressed or over, and aloud for what is open',
    ofEach: ({ change }) => change.page === undefined || change.page.step === null || (change.incident.status === 'OPEN' && quietOf(change) === null),
  },
  {
    name: 'only the newest page of one that is open is passed over because it reached nobody',
    ofEach: ({ change: { data, incident }, before, unreachedVersion }, history) => data?.reason !== 'nobody_reached'
      || (before?.status === 'OPEN' && history.policyPagesOf(incident.id, before.version).at(-1) === unreachedVersion),
  },
  {
    name: 'what is quiet for another is so for a reason that somebody knows of: no circles, and nothing that is over',
    always: (history) => open(history).map((incident) => {
      const path = [incident.id];
      for (let one = incident; one.status === 'SUPPRESSED' && typeof one.plan.quiet?.byIncidentId === 'string';) {
        one = history.incidents.get(one.plan.quiet.byIncidentId)!;
        const fault = one.status === 'RESOLVED' || path.includes(one.id);
        path.push(one.id);
        if (fault) return `${path.join(' → ')} (${one.status})`;
      }
      return undefined;
    }).find((fault) => fault !== undefined),
  },
];

function about({ at, change: { kind, incident, page } }: Seen): string {
  const paging = page === undefined ? '' : `, page of step ${page.step}`;
  return `${at} ${kind} of ${incident.dedupKey} (${incident.status}, version ${incident.version}${paging})`;
}

function tell(seed: number, look: (history: History) => void = () => undefined, kept?: typeof frozen): History {
  const random = dice(seed);
  const history = new History(someRules(random), kept);
  for (const step of someSteps(random, STEPS)) {
    history.take(step);
    look(history);
  }
  return history;
}

describe('whatever happens to incidents, in whatever order', () => {
  const faults = new Map(LAWS.map(({ name }): [string, string[]] => [name, []]));
  const forgotten: string[] = [];
  let [changes, paged] = [0, 0];

  beforeAll(() => {
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const history = tell(seed, (now) => {
        for (const { name, always } of LAWS) {
          const fault = always?.(now);
          if (fault !== undefined) faults.get(name)!.push(`history ${seed}: ${fault}`);
        }
      });
      for (const { name, ofEach } of LAWS) {
        const against = history.seen.filter((seen) => ofEach?.(seen, history) === false);
        faults.get(name)!.push(...against.map((seen) => `history ${seed}: ${about(seen)}`));
      }
      changes += history.seen.length;
      history.take({ afterSeconds: DAY_SECONDS });
      const from = history.now;
      history.take({ afterSeconds: 7_200 });
      for (const incident of open(history)) {
        const pages = history.seen.filter(({ at, change }) => at > from && change.incident.id === incident.id && change.page !== undefined).length;
        if (incident.status === 'SUPPRESSED' && incident.plan.quiet!.until !== null) forgotten.push(`history ${seed}: ${incident.id} is still quiet`);
        if (incident.status !== 'OPEN' || incident.plan.escalation === null) continue;
        if (pages < 3) forgotten.push(`history ${seed}: ${incident.id} is open, and was paged ${pages} times within two hours`);
        paged += pages;
      }
    }
  }, 120_000);

  it.each(LAWS.map(({ name }) => name))('%s', (name) => {
    expect(changes).toBeGreaterThan(HISTORIES * 10);
    expect(faults.get(name)!.slice(0, 5)).toEqual([]);
  });

  it('what stays open is paged again and again, and what was quiet for a time speaks when that is over', () => {
    expect(paged).toBeGreaterThan(HISTORIES);
    expect(forgotten.slice(0, 5)).toEqual([]);
  });

  it('the same happenings give the same state, and nothing that was given is changed', () => {
    const state = ({ incidents, keys, seen }: History): string => JSON.stringify([[...incidents], [...keys], seen]);
    for (let seed = 1; seed <= HISTORIES / 20; seed += 1) expect(state(tell(seed))).toBe(state(tell(seed, undefined, frozen)));
  });
});
