import { newId, type Actor, type Event, type EventAction, type IncidentChange, type Notice, type OutcomeReport, type Severity } from '@signalbox/contracts';
import type { Action } from '../domain/actions.js';
import { ScenarioTenant } from './scenario-tenant.js';

interface EventWanted {
  readonly severity?: Severity;
  readonly details?: Event['details'];
  /** When a gateway accepted it, when that is not now. */
  readonly acceptedAt?: string;
}

export interface TestIncident {
  id: string;
  number: number;
  status: string;
  severity: string;
  urgency: string;
  quietKind: string | null;
  mutedBy: string | null;
  version: number;
  eventCount: number;
  dueAt: Date | null;
}

/** One story: a tenant, its people and rules, and what happens to it at what time. */
export class Scenario extends ScenarioTenant {
  private readonly integrationId = newId();
  private readonly sent: Event[] = [];

  /** Moves the clock to a time of the story's day ("HH:MM" or "HH:MM:SS"; "+1 09:00" is the day after): what is due on the way happens at its time. */
  async at(time: string): Promise<this> {
    await this.world.pass(this.time(time));
    return this;
  }

  trigger(serviceId: string, key: string, more: EventWanted = {}): Promise<void> {
    return this.publish([this.event('trigger', serviceId, key, more)]);
  }

  resolve(serviceId: string, key: string): Promise<void> {
    return this.publish([this.event('resolve', serviceId, key)]);
  }

  /** Many at once, in this order. */
  flood(serviceId: string, keys: readonly string[], more: EventWanted = {}): Promise<void> {
    return this.publish(keys.map((key) => this.event('trigger', serviceId, key, more)));
  }

  /** Several that are taken in together, in this order. */
  async together(serviceId: string, ...events: readonly (readonly [EventAction, string])[]): Promise<void> {
    const made = events.map(([action, key]) => this.event(action, serviceId, key));
    await this.world.sendTogether(this.tenantId, made);
    await this.world.takenIn(made);
  }

  /** The same event once more, as a stream delivers it again. */
  async again(action: EventAction, serviceId: string, key: string): Promise<void> {
    const event = this.event(action, serviceId, key);
    await this.world.send(this.tenantId, [event, event]);
    await this.world.takenIn([event]);
  }

  /** Sends an event and waits for nothing; `takenIn` does. */
  async send(action: EventAction, serviceId: string, key: string, more: EventWanted = {}): Promise<void> {
    const event = this.event(action, serviceId, key, more);
    this.sent.push(event);
    await this.world.send(this.tenantId, [event]);
  }

  takenIn(): Promise<void> {
    return this.world.takenIn(this.sent);
  }

  private async publish(events: readonly Event[]): Promise<void> {
    await this.world.send(this.tenantId, events);
    await this.world.takenIn(events);
  }

  /** What a person does to the newest incident of a key. Gives the reason when it is not possible. */
  async does(name: string, key: string, action: Action): Promise<string | undefined> {
    const { id } = await this.incident(key);
    const [acted] = await this.world.replicas[0]!.store.act(this.tenantId, [id], action, this.actor(name));
    return acted?.decision?.reason;
  }

  async answers(name: string, key: string, action: Exclude<EventAction, 'trigger'>): Promise<void> {
    const { id } = await this.incident(key);
    await this.world.replicas[0]!.store.answer(this.tenantId, [id], action, this.actor(name));
  }

  /** Notifications' report that the newest page of a key's incident reached nobody. */
  async unreached(key: string): Promise<OutcomeReport> {
    const { id: incidentId } = await this.incident(key);
    const paged = (await this.changes()).findLast(({ incident, page }) => incident.id === incidentId && page !== undefined)!;
    const { id: subjectId, version, page, at, traceId } = paged;
    const [step, round] = [page!.step!, page!.round!];
    return {
      id: newId(), tenantId: this.tenantId, traceId, kind: 'notification', incidentId, subjectId, channel: null,
      status: 'suppressed', attempt: 0, at, reason: 'nobody_reached',
      unreached: { step, round, version },
    };
  }

  async reachesNobody(key: string): Promise<void> {
    await this.world.report(await this.unreached(key));
  }

  async merge(key: string, into: string): Promise<string | undefined> {
    const { id, number } = await this.incident(into);
    return this.does('ada', key, { kind: 'merge', into: { id, number } });
  }

  /** Statuses of the newest incidents of keys. */
  async statuses(...keys: readonly string[]): Promise<string[]> {
    const incidents = await Promise.all(keys.map((key) => this.incident(key)));
    return incidents.map(({ status, quietKind }) => (status === 'SUPPRESSED' ? `${status} ${quietKind}` : status));
  }

  /** The newest incident of a key. */
  async incident(key: string): Promise<TestIncident> {
    const [incident] = await this.incidents(key);
    if (incident === undefined) throw new Error(`no incident of ${key}`);
    return incident;
  }

  /** Incidents of a key, newest first. */
  incidents(key: string): Promise<TestIncident[]> {
    return this.world.db.query<TestIncident & Record<string, unknown>>(
      `select id, number, status, severity, urgency, plan->'quiet'->>'kind' as "quietKind", muted_by as "mutedBy",
         version, event_count as "eventCount", due_at as "dueAt"
       from incidents where tenant_id = $1 and dedup_key = $2 order by number desc`, [this.tenantId, key]);
  }

  async timeline(key: string): Promise<string[]> {
    const { id } = await this.incident(key);
    return (await this.world.db.query<{ kind: string }>('select kind from timeline where incident_id = $1 order by at, id', [id])).map(({ kind }) => kind);
  }

  changes(): Promise<IncidentChange[]> {
    return this.world.changesOf(this.tenantId);
  }

  notices(): Promise<Notice[]> {
    return this.world.noticesOf(this.tenantId);
  }

  /** Every page that went out: "09:15 ada, bob". A page that reached nobody is "09:15 nobody". */
  async pages(): Promise<string[]> {
    return (await this.changes()).flatMap(({ at, page }) => {
      if (page === undefined) return [];
      return [`${this.clockTime(at)} ${page.targets.map(({ id }) => this.nameOf(id)).join(', ') || 'nobody'}`];
    });
  }

  /** What routing rules may tell, beside pages: "09:00 triggered cpu". */
  async told(): Promise<string[]> {
    const told = (await this.changes()).filter(({ quiet, page }) => quiet === undefined && page === undefined);
    return told.map(({ at, change, incident }) => `${this.clockTime(at)} ${change} ${incident.dedupKey}`);
  }

  private event(action: EventAction, serviceId: string, dedupKey: string, wanted: EventWanted = {}): Event {
    const { severity = 'critical', details = {}, acceptedAt = this.world.clock.now().toISOString() } = wanted;
    return {
      id: newId(), traceId: newId(), scopeId: this.integrationId, serviceId, integrationId: this.integrationId,
      action, dedupKey, summary: `About ${dedupKey}`, source: 'test',
      severity, acceptedAt, details, links: [],
    };
  }

  private actor(name: string): Actor {
    return { type: 'user', id: this.named(name), name, via: 'test' };
  }
}
