import type { Event, EventAction, Severity } from '@signalbox/contracts';
import { decideAction, type Action } from '../domain/actions.js';
import { dueAt } from '../domain/clock.js';
import { decide, decideByClock, decideUnreached } from '../domain/decide.js';
import { UNKNOWN_KEY, type Change, type Decision, type IncidentState, type KeyState } from '../domain/incident-state.js';
import { earliest, plusSeconds } from '../domain/instant.js';
import { Neighbours } from '../domain/neighbours.js';
import type { Matcher } from '../domain/matcher.js';
import type { Policy, ServiceRules, TenantRules } from '../domain/rules.js';

/** Numbers in 0..1 that are the same for the same seed. */
export function dice(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const BEGIN = '2026-03-02T09:00:00.000Z';
const SERVICES = ['web', 'shop', 'database'];
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error', 'critical'];

/** One thing that happens, as it can be told again. */
export type Step =
  | { readonly afterSeconds: number }
  | { readonly action: EventAction; readonly key: string; readonly severity: Severity; readonly lateSeconds: number }
  /** The newest page of a policy for a key's incident, or the one before it, reached nobody. */
  | { readonly unreached: string; readonly late: boolean }
  | { readonly does: Exclude<Action, { kind: 'merge' }> | { readonly kind: 'merge'; readonly intoKey: string }; readonly key: string };

/** One change with what was known when it happened, and with which version the page was of which it was said then that it reached nobody. */
export interface Seen { readonly at: string; readonly change: Change; readonly before: IncidentState | null; readonly unreachedVersion: number | null }

/** The engine without Postgres: keys, incidents, groups and pokes in memory, as the store keeps them. */
export class History {
  now = BEGIN;
  readonly incidents = new Map<string, IncidentState>();
  readonly keys = new Map<string, KeyState>();
  readonly seen: Seen[] = [];
  private readonly neighbours = new Neighbours();
  private readonly poked = new Set<string>();
  private number = 0;

  /** `kept` is asked for whatever is kept: see `frozen`. */
  constructor(readonly rules: TenantRules, private readonly kept: <T>(value: T) => T = (value) => value) {}

  take(step: Step): void {
    if ('afterSeconds' in step) this.pass(plusSeconds(this.now, step.afterSeconds));
    else if ('action' in step) this.put(step.key, this.decideEvent(step));
    else if ('unreached' in step) this.reachNobody(step);
    else this.act(step);
    this.settle();
  }

  dueOf(incident: IncidentState): string | null {
    return this.poked.has(incident.id) ? this.now : dueAt(incident);
  }

  /** Everything that is due by now. */
  private settle(): void {
    for (let looks = 0; ; looks += 1) {
      const due = [...this.incidents.values()].find((one) => { const at = this.dueOf(one); return at !== null && at <= this.now; });
      if (due === undefined) return;
      if (looks > 1_000) throw new Error(`the clock does not come to rest at ${due.id} (${due.status})`);
      this.poked.delete(due.id);
      this.put(due.dedupKey, decideByClock(this.keys.get(due.dedupKey)!, this.around()));
    }
  }

  private pass(until: string): void {
    for (;;) {
      const next = earliest([...this.incidents.values()].map(dueAt));
      if (next === null || next > until) break;
      this.now = next;
      this.settle();
    }
    this.now = until;
  }

  private decideEvent({ action, key, severity, lateSeconds }: Extract<Step, { action: EventAction }>): Decision {
    this.number += 1;
    const event: Event = {
      id: `event-${this.number}`, traceId: 'trace', scopeId: 'scope', serviceId: serviceOf(key), integrationId: 'integration',
      action, dedupKey: key, summary: key, source: 'test', severity,
      acceptedAt: plusSeconds(this.now, -lateSeconds), details: { cluster: KEYS.indexOf(key) % 2 }, links: [],
    };
    return decide(this.keys.get(key) ?? UNKNOWN_KEY, event, { ...this.around(), newIncidentId: () => `incident-${this.number}` });
  }

  private reachNobody({ unreached, late }: Extract<Step, { unreached: string }>): void {
    const state = this.keys.get(unreached);
    const open = state?.open ?? null;
    if (open === null) return;
    const version = this.policyPagesOf(open.id).at(late ? -2 : -1);
    if (version !== undefined) this.put(unreached, decideUnreached(state!, version, this.around()), version);
  }

  /** The versions of an incident with which somebody was paged by its policy. */
  policyPagesOf(id: string, upTo = Infinity): number[] {
    const isPageOfPolicy = ({ change: { incident, page } }: Seen): boolean =>
      incident.id === id && incident.version <= upTo && typeof page?.step === 'number' && page.targets.length > 0;
    return this.seen.filter(isPageOfPolicy).map(({ change }) => change.incident.version);
  }

  private act({ key, does }: Extract<Step, { does: unknown }>): void {
    const state = this.keys.get(key);
    if (state === undefined || state.open === null) return;
    const action = does.kind === 'merge' ? this.mergeInto(state.open, does.intoKey) : does;
    if (action !== null) this.put(key, decideAction(state, state.open, action, this.around()));
  }

  /** As the API allows it: into one that is open, and is not quiet for this one itself. */
  private mergeInto(incident: IncidentState, intoKey: string): Action | null {
    const into = this.keys.get(intoKey)?.open ?? null;
    for (let one = into; one !== null; one = this.incidents.get(one.plan.quiet?.byIncidentId ?? '') ?? null) if (one.id === incident.id) return null;
    return into === null ? null : { kind: 'merge', into: { id: into.id, number: 1 } };
  }

  private around() {
    return { now: this.now, rules: this.rules, neighbours: this.neighbours };
  }

  private put(key: string, decision: Decision, unreachedVersion: number | null = null): void {
    const { incident } = decision;
    this.keys.set(key, this.kept(decision.key));
    if (incident === null) return;
    const before = this.incidents.get(incident.id) ?? null;
    let last = before;
    for (const change of decision.changes) {
      this.seen.push({ at: this.now, change, before: last, unreachedVersion });
      last = change.incident;
    }
    this.incidents.set(incident.id, this.kept(incident));
    this.neighbours.note(incident);
    if (before === null || before.status === incident.status || incident.status === 'OPEN' || incident.status === 'ACKNOWLEDGED') return;
    for (const one of this.incidents.values()) if (one.status !== 'RESOLVED' && one.plan.quiet?.byIncidentId === incident.id) this.poked.add(one.id);
  }
}

/** A tenant's rules, made by dice. */
export function someRules(random: () => number): TenantRules {
  const [yes, upTo] = [(share: number) => random() < share, (most: number) => Math.floor(random() * most)];
  const user = (name: string) => ({ type: 'user' as const, id: name });
  const policy: Policy = {
    id: 'policy', name: 'policy', rounds: 1 + upTo(3), acknowledgeTimeoutSeconds: yes(0.5) ? 600 + upTo(3_000) : null, fallback: yes(0.5) ? [user('boss')] : [],
    steps: Array.from({ length: 1 + upTo(3) }, (_, index) => ({ delaySeconds: 30 + upTo(870), targets: [user(`user-${index}`)] })),
  };
  const services = new Map(SERVICES.map((id): [string, ServiceRules] => [id, {
    id, name: id, policyId: yes(0.8) ? 'policy' : null, urgency: yes(0.2) ? 'LOW' : null,
    sla: yes(0.5) ? { acknowledgeSeconds: { HIGH: 600, MEDIUM: 900 }, resolveSeconds: { HIGH: 3_600 } } : null,
    autoResolveSeconds: yes(0.3) ? 3_600 + upTo(7_200) : null, reopenSeconds: yes(0.4) ? 600 : null, stormPerMinute: yes(0.4) ? 1 + upTo(2) : null,
    flapping: yes(0.4) ? { changes: 3 + upTo(3), seconds: 900 } : null, dependsOn: yes(0.4) ? [SERVICES[upTo(3)]!] : [],
  }]));
  const key = (value: string): Matcher => ({ field: 'dedupKey', operator: '=~', value });
  const when = () => { const from = upTo(18_000); return { startsAt: plusSeconds(BEGIN, from), endsAt: plusSeconds(BEGIN, from + 60 + upTo(5_400)) }; };
  const gone = yes(0.2);
  return {
    service: (id) => services.get(id), policy: () => policy, onCall: () => [], exists: (_, id) => !gone || id === 'boss',
    silences: Array.from({ length: upTo(3) }, (_, index) => ({
      id: `silence-${index}`, name: 'silence',
      matchers: yes(0.5) ? [key('[a-c]')] : [{ field: 'severity', operator: '!=', value: 'critical' }], ...when(),
    })),
    windows: Array.from({ length: upTo(2) }, (_, index) => {
      const { startsAt, endsAt } = when();
      return {
        id: `window-${index}`, name: 'window', matchers: [], serviceIds: [SERVICES[upTo(3)]!],
        endAt: (at: string) => (startsAt <= at && at < endsAt ? endsAt : null),
        beginsAfter: (at: string) => (at < startsAt ? startsAt : null),
      };
    }),
    inhibitions: yes(0.5) ? [
      { id: 'i1', name: 'a over b', source: [key('[ab]')], target: [key('[bc]')], equal: [] },
      { id: 'i2', name: 'c over d', source: [key('c')], target: [key('[dab]')], equal: [] },
    ] : [],
    groupings: yes(0.5) ? [{ id: 'g1', name: 'by cluster', matchers: [], by: ['details.cluster'], windowSeconds: 600 }] : [],
  };
}

export function someSteps(random: () => number, count: number): Step[] {
  const of = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  let now = BEGIN;
  return Array.from({ length: count }, (): Step => {
    const kind = random();
    if (kind < 0.3) {
      const afterSeconds = 1 + Math.floor(random() ** 3 * 3_600);
      now = plusSeconds(now, afterSeconds);
      return { afterSeconds };
    }
    const key = of(KEYS);
    if (kind < 0.75) {
      const action = of(['trigger', 'trigger', 'trigger', 'acknowledge', 'resolve'] as const);
      return { action, key, severity: of(SEVERITIES), lateSeconds: random() < 0.1 ? Math.floor(random() * 5_000) : 0 };
    }
    if (kind < 0.8) return { unreached: key, late: random() < 0.3 };
    const until = plusSeconds(now, 60 + Math.floor(random() * 3_000));
    return { key, does: of([
      { kind: 'snooze', until }, { kind: 'unsnooze' },
      { kind: 'suppress', until, reason: 'known' }, { kind: 'unsuppress' },
      { kind: 'merge', intoKey: of(KEYS) }, { kind: 'unmerge' },
      { kind: 'escalate', targets: null }, { kind: 'escalate', targets: [{ type: 'user', id: 'boss' }] },
      { kind: 'edit', priority: 'P1' }, { kind: 'note', text: 'hm' }, { kind: 'reassign', assignee: null, page: false },
    ] as const) };
  });
}

function serviceOf(key: string): string {
  return SERVICES[KEYS.indexOf(key) % SERVICES.length]!;
}

/** Whoever changes what it was given, instead of making something new, is told so by an error. */
export function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
