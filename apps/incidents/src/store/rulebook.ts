import type { Urgency } from '@signalbox/contracts';
import type { Database } from '@signalbox/database';
import type { Matcher } from '../domain/matcher.js';
import { NO_RULES, type ByUrgency, type OnDuty, type Policy, type PolicyStep, type PolicyTarget, type TenantRules } from '../domain/rules.js';
import { beginsAfter, endAt, type Times } from '../domain/window.js';

interface ServiceRow {
  id: string; name: string; policy_id: string | null; urgency: Urgency | null; sla: { acknowledgeSeconds: ByUrgency; resolveSeconds: ByUrgency } | null;
  auto_resolve_seconds: number | null; reopen_seconds: number | null;
  storm_per_minute: number | null; flapping: { changes: number; seconds: number } | null; depends_on: string[];
}
interface PolicyRow { id: string; name: string; steps: PolicyStep[]; rounds: number; acknowledge_timeout_seconds: number | null; fallback: PolicyTarget[] }
interface SilenceRow { id: string; name: string; matchers: Matcher[]; starts_at: Date; ends_at: Date }
interface WindowRow extends SilenceRow { service_ids: string[]; time_zone: string; recurrence: Times['recurrence']; recurs_until: Date | null }
interface InhibitionRow { id: string; name: string; source: Matcher[]; target: Matcher[]; equal: string[] }
interface GroupingRow { id: string; name: string; matchers: Matcher[]; by: string[]; window_seconds: number }

/** What rules need to know that other tables or services hold. */
export interface People {
  /** Users on call for a schedule of a tenant at a time. */
  readonly onCall: (tenantId: string, scheduleId: string, at: string) => readonly OnDuty[];
  readonly exists: (tenantId: string, type: 'user' | 'team' | 'channel', id: string) => boolean;
}

type Of<R> = R & { tenant_id: string };

/**
 * The rules of all tenants, in memory: whole before the first event is decided, and read again by tenant when Postgres says that they changed.
 * A rule that another replica stores holds here as soon as its notification arrives; the replica that stored it waits for `refresh`.
 */
export class Rulebook {
  private rules = new Map<string, TenantRules>();
  /** Readings are counted as they begin: one that began earlier and ends later must not bring back what was before. */
  private readings = 0;
  private readonly newest = new Map<string, number>();

  constructor(private readonly db: Database, private readonly people: People, private readonly now: () => Date = () => new Date()) {}

  of(tenantId: string): TenantRules {
    return this.rules.get(tenantId) ?? NO_RULES;
  }

  /** Reads the rules of all tenants. */
  async load(): Promise<void> {
    const reading = this.begin();
    const read = await this.read();
    for (const tenantId of new Set([...this.rules.keys(), ...read.keys()])) this.keep(tenantId, read.get(tenantId), reading);
  }

  /** Reads the rules of some tenants again: what was committed before it is asked for is in force after it. */
  async refresh(tenantIds: readonly string[]): Promise<void> {
    const reading = this.begin();
    const read = await this.read(tenantIds);
    for (const tenantId of tenantIds) this.keep(tenantId, read.get(tenantId), reading);
  }

  private begin(): number {
    this.readings += 1;
    return this.readings;
  }

  private keep(tenantId: string, rules: TenantRules | undefined, reading: number): void {
    if ((this.newest.get(tenantId) ?? 0) > reading) return;
    this.newest.set(tenantId, reading);
    if (rules === undefined) this.rules.delete(tenantId);
    else this.rules.set(tenantId, rules);
  }

  private async read(tenantIds?: readonly string[]): Promise<Map<string, TenantRules>> {
    const of = tenantIds === undefined ? '' : ' and tenant_id = any($1::uuid[])';
    const given = tenantIds === undefined ? [] : [tenantIds];
    const rows = <R extends object>(from: string, where = 'true', values: readonly unknown[] = []): Promise<Of<R>[]> =>
      this.db.query<Of<R> & Record<string, unknown>>(`select * from ${from} where ${where}${of} order by created_at, id`, [...given, ...values]);
    const [services, policies, silences, windows, inhibitions, groupings] = await Promise.all([
      rows<ServiceRow>('services'), rows<PolicyRow>('escalation_policies'),
      rows<SilenceRow>('silences', `ends_at > $${given.length + 1}`, [this.now()]),
      rows<WindowRow>('maintenance_windows'),
      rows<InhibitionRow>('inhibition_rules'), rows<GroupingRow>('grouping_rules'),
    ]);
    const parts = {
      services: byTenant(services), policies: byTenant(policies),
      silences: byTenant(silences), windows: byTenant(windows),
      inhibitions: byTenant(inhibitions), groupings: byTenant(groupings),
    };
    const tenants = new Set([...Object.values(parts)].flatMap((kind) => [...kind.keys()]));
    return new Map([...tenants].map((id) => [id, rulesOf(id, {
      services: parts.services.get(id) ?? [], policies: parts.policies.get(id) ?? [],
      silences: parts.silences.get(id) ?? [], windows: parts.windows.get(id) ?? [],
      inhibitions: parts.inhibitions.get(id) ?? [], groupings: parts.groupings.get(id) ?? [],
    }, this.people)]));
  }
}

function byTenant<R>(rows: readonly Of<R>[]): Map<string, Of<R>[]> {
  const tenants = new Map<string, Of<R>[]>();
  for (const row of rows) {
    const known = tenants.get(row.tenant_id);
    if (known === undefined) tenants.set(row.tenant_id, [row]);
    else known.push(row);
  }
  return tenants;
}

interface Parts {
  services: ServiceRow[];
  policies: PolicyRow[];
  silences: SilenceRow[];
  windows: WindowRow[];
  inhibitions: InhibitionRow[];
  groupings: GroupingRow[];
}

function rulesOf(tenantId: string, parts: Parts, people: People): TenantRules {
  const policies = new Map(parts.policies.map((row): [string, Policy] => [row.id, {
    id: row.id, name: row.name, steps: row.steps, rounds: row.rounds, acknowledgeTimeoutSeconds: row.acknowledge_timeout_seconds, fallback: row.fallback,
  }]));
  const services = new Map(parts.services.map((row) => [row.id, {
    id: row.id, name: row.name, policyId: row.policy_id, urgency: row.urgency, sla: row.sla,
    autoResolveSeconds: row.auto_resolve_seconds, reopenSeconds: row.reopen_seconds,
    stormPerMinute: row.storm_per_minute, flapping: row.flapping, dependsOn: row.depends_on,
  }]));
  return {
    service: (id) => services.get(id),
    policy: (id) => policies.get(id),
    onCall: (scheduleId, at) => people.onCall(tenantId, scheduleId, at),
    exists: (type, id) => people.exists(tenantId, type, id),
    silences: parts.silences.map(silenceOf),
    windows: parts.windows.map(windowOf),
    inhibitions: parts.inhibitions,
    groupings: parts.groupings.map(({ window_seconds: windowSeconds, ...row }) => ({ ...row, windowSeconds })),
  };
}

export function silenceOf({ id, name, matchers, starts_at: startsAt, ends_at: endsAt }: SilenceRow): TenantRules['silences'][number] {
  return { id, name, matchers, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() };
}

/** A batch asks for the same moment again and again. */
function rememberingLast<T>(of: (at: string) => T): (at: string) => T {
  let last: { readonly at: string; readonly value: T } | undefined;
  return (at) => {
    if (last?.at !== at) last = { at, value: of(at) };
    return last.value;
  };
}

export function windowOf(row: WindowRow): TenantRules['windows'][number] {
  const times: Times = {
    startsAt: row.starts_at.toISOString(), endsAt: row.ends_at.toISOString(), timeZone: row.time_zone,
    recurrence: row.recurrence, recursUntil: row.recurs_until?.toISOString() ?? null,
  };
  return {
    id: row.id,
    name: row.name,
    matchers: row.matchers,
    serviceIds: row.service_ids,
    endAt: rememberingLast((at) => endAt(times, at)),
    beginsAfter: (at) => beginsAfter(times, at),
  };
}
