import { newId, type Actor, type Event, type EventAction, type IncidentChange, type Notice, type OutcomeReport, type Severity } from '@signalbox/contracts';
import type { Action } from '../domain/actions.js';
import type { Matcher } from '../domain/matcher.js';
import type { PolicyTarget, ServiceRules } from '../domain/rules.js';
import type { World } from './world.js';

interface PolicyWanted {
  /** Whom each step pages, and after how many minutes without an answer the next one comes. */
  readonly steps: readonly { readonly minutes: number; readonly page: readonly PolicyTarget[] }[];
  readonly rounds?: number;
  readonly acknowledgementMinutes?: number;
  readonly fallback?: readonly PolicyTarget[];
}

type ServiceWanted = Partial<Omit<ServiceRules, 'id'>>;

interface EventWanted {
  readonly severity?: Severity;
  readonly details?: Event['details'];
  /** When a gateway accepted it, when that is not now. */
  readonly acceptedAt?: string;
}

export interface TestIncident { id: string; number: number; status: string; severity: string; urgency: string; quietKind: string | null; mutedBy: string | null; version: number; eventCount: number; dueAt: Date | null }

/** One story: a tenant, its people and rules, and what happens to it at what time. */
export class Scenario {
  readonly tenantId = newId();
  private readonly names = new Map<string, string>();
  private readonly integrationId = newId();
  private readonly day: string;
  private readonly sent: Event[] = [];

  constructor(readonly world: World) {
    this.day = world.clock.now().toISOString().slice(0, 10);
  }

  /** A person by name. */
  user(name: string): PolicyTarget {
    return { type: 'user', id: this.named(name) };
  }

  team(name: string): PolicyTarget {
    return { type: 'team', id: this.named(name) };
  }

  channel(name: string): PolicyTarget {
    return { type: 'channel', id: this.named(name) };
  }

  /** A schedule, with who is on call at a time ("HH:MM" of the story's day); nobody: an empty list. */
  schedule(name: string, onCall: (at: string) => readonly string[]): PolicyTarget {
    const target = { type: 'schedule' as const, id: this.named(name) };
    this.world.onCall.set(target.id, (at) => onCall(at).map((user) => ({ userId: this.named(user), schedule: { id: target.id, name } })));
    return target;
  }

  /** Somebody who was deleted: nobody can be reached by that name any more. */
  gone(name: string): void {
    this.world.gone.add(this.named(name));
  }

  async policy(wanted: PolicyWanted): Promise<string> {
    const id = newId();
    await this.insert('escalation_policies', {
      id, name: id, description: null, steps: JSON.stringify(wanted.steps.map(({ minutes, page }) => ({ delaySeconds: minutes * 60, targets: page }))), rounds: wanted.rounds ?? 1,
      acknowledge_timeout_seconds: wanted.acknowledgementMinutes === undefined ? null : wanted.acknowledgementMinutes * 60, fallback: JSON.stringify(wanted.fallback ?? []),
    });
    return id;
  }

  async service(name: string, wanted: ServiceWanted = {}): Promise<string> {
    const id = newId();
    await this.insert('services', {
      id, name, description: null, policy_id: wanted.policyId ?? null, urgency: wanted.urgency ?? null, sla: json(wanted.sla), auto_resolve_seconds: wanted.autoResolveSeconds ?? null,
      reopen_seconds: wanted.reopenSeconds ?? null, storm_per_minute: wanted.stormPerMinute ?? null, flapping: json(wanted.flapping), depends_on: JSON.stringify(wanted.dependsOn ?? []),
    });
    return id;
  }

  silence(name: string, matchers: readonly Matcher[], from: string, to: string): Promise<string> {
    return this.rule('silences', { name, matchers: JSON.stringify(matchers), starts_at: this.time(from), ends_at: this.time(to), created_by: 'test' });
  }

  window(name: string, serviceIds: readonly string[], from: string, to: string, recurrence = 'none', timeZone = 'UTC'): Promise<string> {
    return this.rule('maintenance_windows', {
      name, matchers: '[]', service_ids: JSON.stringify(serviceIds), starts_at: this.time(from), ends_at: this.time(to), time_zone: timeZone, recurrence, recurs_until: null,
    });
  }

  inhibition(name: string, source: readonly Matcher[], target: readonly Matcher[], equal: readonly string[] = []): Promise<string> {
    return this.rule('inhibition_rules', { name, source: JSON.stringify(source), target: JSON.stringify(target), equal: JSON.stringify(equal) });
  }

  grouping(name: string, by: readonly string[], windowMinutes: number, matchers: readonly Matcher[] = []): Promise<string> {
    return this.rule('grouping_rules', { name, matchers: JSON.stringify(matchers), by: JSON.stringify(by), window_seconds: windowMinutes * 60 });
  }

  /** Changes or deletes a rule's row, as an operator would. */
  async edit(sql: string, values: readonly unknown[] = []): Promise<void> {
    await this.world.db.query(sql, values);
    await this.world.refreshRules(this.tenantId);
  }

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
    const { id: subjectId, version, page, at, traceId } = (await this.changes()).findLast(({ incident, page }) => incident.id === incidentId && page !== undefined)!;
    const [step, round] = [page!.step!, page!.round!];
    return {
      id: newId(), tenantId: this.tenantId, traceId, kind: 'notification', incidentId, subjectId, channel: null, status: 'suppressed', attempt: 0, at, reason: 'nobody_reached',
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
    return (await Promise.all(keys.map((key) => this.incident(key)))).map(({ status, quietKind }) => (status === 'SUPPRESSED' ? `${status} ${quietKind}` : status));
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
      `select id, number, status, severity, urgency, plan->'quiet'->>'kind' as "quietKind", muted_by as "mutedBy", version, event_count as "eventCount", due_at as "dueAt"
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
    return (await this.changes()).flatMap(({ at, page }) => (page === undefined ? [] : [`${this.clockTime(at)} ${page.targets.map(({ id }) => this.nameOf(id)).join(', ') || 'nobody'}`]));
  }

  /** What routing rules may tell, beside pages: "09:00 triggered cpu". */
  async told(): Promise<string[]> {
    return (await this.changes()).filter(({ quiet, page }) => quiet === undefined && page === undefined).map(({ at, change, incident }) => `${this.clockTime(at)} ${change} ${incident.dedupKey}`);
  }

  private clockTime(at: string): string {
    const days = Math.round((Date.parse(at.slice(0, 10)) - Date.parse(this.day)) / 86_400_000);
    const [hours, minutes, seconds] = at.slice(11, 19).split(':');
    return `${days === 0 ? '' : `+${days} `}${hours}:${minutes}${seconds === '00' ? '' : `:${seconds}`}`;
  }

  /** A time of the story's day, as an instant. */
  instant(time: string): string {
    return this.time(time).toISOString();
  }

  private time(text: string): Date {
    const [days, clock] = text.startsWith('+') ? [Number(text.slice(1, text.indexOf(' '))), text.slice(text.indexOf(' ') + 1)] : [0, text];
    return new Date(Date.parse(`${this.day}T${clock.length === 5 ? `${clock}:00` : clock}.000Z`) + days * 86_400_000);
  }

  private event(action: EventAction, serviceId: string, dedupKey: string, { severity = 'critical', details = {}, acceptedAt = this.world.clock.now().toISOString() }: EventWanted = {}): Event {
    return {
      id: newId(), traceId: newId(), scopeId: this.integrationId, serviceId, integrationId: this.integrationId, action, dedupKey, summary: `About ${dedupKey}`, source: 'test',
      severity, acceptedAt, details, links: [],
    };
  }

  private actor(name: string): Actor {
    return { type: 'user', id: this.named(name), name, via: 'test' };
  }

  private async rule(table: string, columns: Record<string, unknown>): Promise<string> {
    const id = newId();
    await this.insert(table, { id, ...columns });
    return id;
  }

  private async insert(table: string, columns: Record<string, unknown>): Promise<void> {
    const all = { ...columns, tenant_id: this.tenantId, version: 1, created_at: this.world.clock.now(), updated_at: this.world.clock.now() };
    const names = Object.keys(all);
    await this.edit(`insert into ${table} (${names.map((name) => `"${name}"`).join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`, Object.values(all));
  }

  private named(name: string): string {
    const known = this.names.get(name) ?? newId();
    this.names.set(name, known);
    return known;
  }

  private nameOf(id: string): string {
    return [...this.names].find(([, one]) => one === id)?.[0] ?? id;
  }
}

function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
