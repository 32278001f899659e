import { newId } from '@signalbox/contracts';
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

/** The tenant of a story: its people by name, its rules, and the day on which it plays. */
export class ScenarioTenant {
  readonly tenantId = newId();
  private readonly names = new Map<string, string>();
  private readonly day: string;

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
      id, name: id, description: null, rounds: wanted.rounds ?? 1,
      steps: JSON.stringify(wanted.steps.map(({ minutes, page }) => ({ delaySeconds: minutes * 60, targets: page }))),
      acknowledge_timeout_seconds: wanted.acknowledgementMinutes === undefined ? null : wanted.acknowledgementMinutes * 60,
      fallback: JSON.stringify(wanted.fallback ?? []),
    });
    return id;
  }

  async service(name: string, wanted: ServiceWanted = {}): Promise<string> {
    const id = newId();
    await this.insert('services', {
      id, name, description: null, policy_id: wanted.policyId ?? null, urgency: wanted.urgency ?? null, sla: json(wanted.sla),
      auto_resolve_seconds: wanted.autoResolveSeconds ?? null, reopen_seconds: wanted.reopenSeconds ?? null,
      storm_per_minute: wanted.stormPerMinute ?? null, flapping: json(wanted.flapping),
      depends_on: JSON.stringify(wanted.dependsOn ?? []),
    });
    return id;
  }

  /** A service whose policy pages ada, and bob 15 minutes later. */
  async paged(wanted: ServiceWanted = {}, policy: Omit<PolicyWanted, 'steps'> = {}): Promise<string> {
    const steps = [{ minutes: 15, page: [this.user('ada')] }, { minutes: 15, page: [this.user('bob')] }];
    return this.service('Web', { policyId: await this.policy({ steps, ...policy }), ...wanted });
  }

  silence(name: string, matchers: readonly Matcher[], from: string, to: string): Promise<string> {
    return this.rule('silences', { name, matchers: JSON.stringify(matchers), starts_at: this.time(from), ends_at: this.time(to), created_by: 'test' });
  }

  window(name: string, serviceIds: readonly string[], from: string, to: string, recurrence = 'none', timeZone = 'UTC'): Promise<string> {
    return this.rule('maintenance_windows', {
      name, matchers: '[]', service_ids: JSON.stringify(serviceIds),
      starts_at: this.time(from), ends_at: this.time(to), time_zone: timeZone, recurrence, recurs_until: null,
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

  protected clockTime(at: string): string {
    const days = Math.round((Date.parse(at.slice(0, 10)) - Date.parse(this.day)) / 86_400_000);
    const [hours, minutes, seconds] = at.slice(11, 19).split(':');
    return `${days === 0 ? '' : `+${days} `}${hours}:${minutes}${seconds === '00' ? '' : `:${seconds}`}`;
  }

  /** A time of the story's day, as an instant. */
  instant(time: string): string {
    return this.time(time).toISOString();
  }

  protected time(text: string): Date {
    const [days, clock] = text.startsWith('+') ? [Number(text.slice(1, text.indexOf(' '))), text.slice(text.indexOf(' ') + 1)] : [0, text];
    return new Date(Date.parse(`${this.day}T${clock.length === 5 ? `${clock}:00` : clock}.000Z`) + days * 86_400_000);
  }

  private async rule(table: string, columns: Record<string, unknown>): Promise<string> {
    const id = newId();
    await this.insert(table, { id, ...columns });
    return id;
  }

  private async insert(table: string, columns: Record<string, unknown>): Promise<void> {
    const all = { ...columns, tenant_id: this.tenantId, version: 1, created_at: this.world.clock.now(), updated_at: this.world.clock.now() };
    const names = Object.keys(all);
    const [quoted, places] = [names.map((name) => `"${name}"`), names.map((_, index) => `$${index + 1}`)];
    await this.edit(`insert into ${table} (${quoted.join(', ')}) values (${places.join(', ')})`, Object.values(all));
  }

  protected named(name: string): string {
    const known = this.names.get(name) ?? newId();
    this.names.set(name, known);
    return known;
  }

  protected nameOf(id: string): string {
    return [...this.names].find(([, one]) => one === id)?.[0] ?? id;
  }
}

function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
