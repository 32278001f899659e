import type { Claim } from './idempotency.js';
import type { Rows } from './idempotency-store.js';

const BEAT_EVERY_MS = 1_000;

/** Says each second which claims are still being worked on, for as long as there are any: one statement, and none for a request that is quick. */
export class ClaimBeats {
  private readonly held = new Map<string, Claim>();
  private timer: NodeJS.Timeout | undefined;
  private saying = false;

  constructor(private readonly db: Rows, private readonly table: string) {}

  begin(claim: Claim): void {
    this.held.set(claim.id, claim);
    this.timer ??= setInterval(() => void this.say(), BEAT_EVERY_MS).unref();
  }

  end({ id }: Claim): void {
    this.held.delete(id);
    if (this.held.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async say(): Promise<void> {
    if (this.saying) return;
    this.saying = true;
    try {
      await this.db.query(
        `update ${this.table} i set seen_at = clock_timestamp() from jsonb_to_recordset($1) as held ("tenantId" uuid, key text, id uuid)
         where i.tenant_id = held."tenantId" and i.key = held.key and i.claim = held.id and i.finished_at is null`,
        [JSON.stringify([...this.held.values()])],
      );
    } catch {
      // Postgres is away: it is said again in a second, and nobody is taken for dead meanwhile.
    } finally {
      this.saying = false;
    }
  }
}
