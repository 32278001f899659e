import type { Event, Quiet } from '@signalbox/contracts';
import { decide } from '../../domain/decide.js';
import { UNKNOWN_KEY, type IncidentState, type KeyState } from '../../domain/incident-state.js';
import { Neighbours } from '../../domain/neighbours.js';
import { NO_RULES, type ServiceRules, type TenantRules } from '../../domain/rules.js';

/** An event that a tenant had, with the incident that it came to. */
export interface PastEvent {
  readonly event: Event;
  readonly incident: { readonly id: string; readonly number: number; readonly title: string };
}

/** An incident that would have been quiet. */
export interface Hushed {
  readonly incidentId: string;
  readonly number: number;
  readonly title: string;
  readonly at: string;
  readonly would: string;
  readonly byIncidentId: string | null;
}

/** The rule that is tried: the only one of its kinds that holds. */
export type Tried = Partial<Pick<TenantRules, 'silences' | 'windows' | 'inhibitions' | 'groupings'>>;

/** Takes a tenant's past events again, in their order, as if one rule were all that keeps incidents quiet; everything else is as services say now. */
export class Trial {
  private readonly keys = new Map<string, KeyState>();
  private readonly neighbours = new Neighbours();
  private readonly seen = new Map<string, PastEvent['incident']>();
  private readonly hushed = new Map<string, Hushed>();
  private readonly rules: TenantRules;

  constructor(services: Pick<TenantRules, 'service'>, tried: Tried) {
    this.rules = { ...NO_RULES, ...tried, service: (id) => withoutQuiet(services.service(id)) };
  }

  take({ event, incident }: PastEvent): void {
    const name = `${event.scopeId} ${event.dedupKey}`;
    const decision = decide(this.keyAsItWas(name, incident.id), event, {
      now: event.acceptedAt, rules: this.rules, neighbours: this.neighbours, newIncidentId: () => incident.id,
    });
    this.keys.set(name, decision.key);
    if (decision.incident === null) return;
    this.neighbours.note(decision.incident);
    this.seen.set(decision.incident.id, incident);
    if (decision.incident.plan.quiet !== null) this.hush(decision.incident, decision.incident.plan.quiet, event.acceptedAt);
  }

  /** A key as far as its events tell: an incident that ended without one (the clock resolved it) is over when the next is there. */
  private keyAsItWas(name: string, incidentId: string): KeyState {
    const key = this.keys.get(name) ?? UNKNOWN_KEY;
    if (key.open === null || key.open.id === incidentId) return key;
    this.neighbours.note({ ...key.open, status: 'RESOLVED' });
    return { ...key, open: null };
  }

  /** How many incidents were seen, and those that would have been quiet, newest first. */
  get outcome(): { readonly incidents: number; readonly hushed: readonly Hushed[] } {
    return { incidents: this.seen.size, hushed: [...this.hushed.values()].toReversed() };
  }

  private hush({ id }: IncidentState, quiet: Quiet, at: string): void {
    if (this.hushed.has(id)) return;
    const { number, title } = this.seen.get(id)!;
    this.hushed.set(id, { incidentId: id, number, title, at, would: this.inWords(quiet), byIncidentId: quiet.byIncidentId });
  }

  private inWords({ kind, byIncidentId }: Quiet): string {
    if (byIncidentId === null) return 'quiet';
    return `${kind === 'grouped' ? 'grouped behind' : 'inhibited by'} #${this.seen.get(byIncidentId)!.number}`;
  }
}

/** A service as far as it decides what an incident is like, not whether it is quiet or goes on: that is known. */
function withoutQuiet(service: ServiceRules | undefined): ServiceRules | undefined {
  return service && {
    ...service, policyId: null, sla: null, autoResolveSeconds: null, reopenSeconds: null, stormPerMinute: null, flapping: null, dependsOn: [],
  };
}
