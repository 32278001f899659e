import type { Database } from '@signalbox/database';
import type { OnDuty } from '../../domain/rules.js';
import { onCallAt } from '../domain/on-call.js';
import type { Layer, Override, Schedule } from '../domain/schedule.js';

interface ScheduleRow { id: string; tenant_id: string; name: string; time_zone: string; layers: Layer[] }
interface OverrideRow { id: string; schedule_id: string; user_id: string; replaces_user_id: string | null; starts_at: Date; ends_at: Date }

interface Kept extends Schedule { readonly tenantId: string; readonly name: string; readonly overrides: readonly Override[] }

/**
 * The schedules of all tenants, in memory, for escalations: they ask while they hold
 * locks. Read whole at the start, and by tenant when Postgres says that they changed.
 */
export class OnCallBook {
  private schedules = new Map<string, Kept>();
  /** Readings go one after the other: an older one never has the last word. */
  private reading: Promise<void> = Promise.resolve();

  constructor(private readonly db: Database) {}

  /**
   * Users on call for a schedule at a time (RFC 3339); empty in a gap, and when
   * there is no such schedule. Whether they have left the tenant is not looked at.
   */
  onCall(scheduleId: string, at: string): OnDuty[] {
    const schedule = this.schedules.get(scheduleId);
    if (schedule === undefined) return [];
    const { userId } = onCallAt(schedule, schedule.overrides, new Date(at));
    return userId === null ? [] : [{ userId, schedule: { id: scheduleId, name: schedule.name } }];
  }

  load(): Promise<void> {
    return this.after(async () => { this.schedules = await this.read(); });
  }

  refresh(tenantIds: readonly string[]): Promise<void> {
    return this.after(async () => {
      const own = await this.read(tenantIds);
      const again = new Set(tenantIds);
      this.schedules = new Map([...[...this.schedules].filter(([, schedule]) => !again.has(schedule.tenantId)), ...own]);
    });
  }

  private after(work: () => Promise<void>): Promise<void> {
    const done = this.reading.then(work);
    this.reading = done.catch(() => undefined);
    return done;
  }

  /** Overrides that are over are left out: escalations ask for now. */
  private async read(tenantIds?: readonly string[]): Promise<Map<string, Kept>> {
    const [schedules, overrides] = await Promise.all([
      this.db.query<ScheduleRow & Record<string, unknown>>(
        'select id, tenant_id, name, time_zone, layers from schedules where $1::uuid[] is null or tenant_id = any($1)',
        [tenantIds ?? null],
      ),
      this.db.query<OverrideRow & Record<string, unknown>>(
        `select id, schedule_id, user_id, replaces_user_id, starts_at, ends_at from schedule_overrides
         where ends_at > now() - interval '1 hour' and ($1::uuid[] is null or tenant_id = any($1)) order by created_at, id`, [tenantIds ?? null]),
    ]);
    const bySchedule = new Map<string, Override[]>();
    for (const row of overrides) {
      const one = { id: row.id, userId: row.user_id, replacesUserId: row.replaces_user_id, startsAt: row.starts_at, endsAt: row.ends_at };
      bySchedule.set(row.schedule_id, [...bySchedule.get(row.schedule_id) ?? [], one]);
    }
    return new Map(schedules.map((row) => [row.id, {
      tenantId: row.tenant_id, name: row.name, timeZone: row.time_zone, layers: row.layers, overrides: bySchedule.get(row.id) ?? [],
    }]));
  }
}
