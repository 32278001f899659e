import type { Database } from '@signalbox/database';

/** A step that is later than this is overdue: the clock looks every two seconds, also after a hint that was lost. */
export const OVERDUE_SECONDS = 30;

/**
 * In SQL, of an incident: that its escalation goes on, and when (RFC 3339 in UTC,
 * so its order is that of time; one that has no time is overdue since ever).
 */
export const WAITS_FOR_STEP = `status = 'OPEN' and jsonb_typeof(plan->'escalation') = 'object'`;
export const NEXT_STEP_AT = `coalesce(plan->'escalation'->>'nextAt', '') collate "C"`;

/** Holds the promise of escalation against the incidents themselves, without regard to what the clock believes to be due. */
export class Auditor {
  constructor(private readonly db: Database, private readonly now: () => Date = () => new Date()) {}

  /** How many open incidents that nobody has acknowledged, and that have a policy, wait for a step that should have come. Throws while Postgres is away. */
  async overdue(): Promise<number> {
    const since = new Date(this.now().getTime() - OVERDUE_SECONDS * 1_000).toISOString();
    const rows = await this.db.query<{ n: number }>(`select count(*)::int as n from incidents where ${WAITS_FOR_STEP} and ${NEXT_STEP_AT} < $1`, [since]);
    return rows[0]?.n ?? 0;
  }
}
