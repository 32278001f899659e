import { newId, stableId } from '@signalbox/contracts';
import { enqueue, isDatabaseAway, type Database, type DueWork, type OutboxMessage, type OutboxRow, type Transaction } from '@signalbox/database';
import { lookAtStorm, notableOf, serviceOfStorm, type Storm, type Word } from '../domain/storm.js';
import type { Rulebook } from './rulebook.js';
import { noticeMessage } from './telling.js';

/** What cannot be done is put off by so much: others' storms do not wait for it. */
const PUT_OFF_SECONDS = 30;

interface Row { tenant_id: string; key: string; storm: Storm }

export interface StormsOptions {
  readonly db: Database;
  readonly rules: Pick<Rulebook, 'of'>;
  readonly offer: (rows: readonly OutboxRow[]) => void;
  readonly warn: (message: string, error: unknown) => void;
}

/**
 * Tells how big storms are while they go on, and that they are over (docs/adr/0020): a storm and when it
 * is looked at are one row, which the incidents that it counts lock too. While they come so fast that it
 * is always in their hands, they tell the count themselves (`blow`); the end comes when it is in nobody's.
 */
export class Storms implements DueWork {
  constructor(private readonly options: StormsOptions) {}

  async nextDue(): Promise<Date | null> {
    const [row] = await this.options.db.query<{ due_at: Date }>('select due_at from incident_groups where due_at is not null order by due_at limit 1');
    return row?.due_at ?? null;
  }

  /** One storm, however many are wanted. */
  async fireDue(now: Date): Promise<number> {
    const { db, offer, warn } = this.options;
    let row: Row | undefined;
    const work = db.transaction(async (tx) => {
      [row] = await tx.query<Row & Record<string, unknown>>(
        'select tenant_id, key, storm from incident_groups where due_at <= $1 order by due_at limit 1 for update skip locked', [now]);
      return row === undefined ? [] : this.look(tx, row, now);
    });
    const outbox = await work.catch(async (error: unknown) => {
      if (row === undefined || isDatabaseAway(error)) throw error;
      warn(`the storm ${row.key} cannot be told; it is tried again in ${PUT_OFF_SECONDS} seconds`, error);
      const later = new Date(now.getTime() + PUT_OFF_SECONDS * 1_000);
      await db.query('update incident_groups set due_at = $3 where tenant_id = $1 and key = $2', [row.tenant_id, row.key, later]);
      return [];
    });
    offer(outbox);
    return row === undefined ? 0 : 1;
  }

  private async look(tx: Transaction, { tenant_id: tenantId, key, storm }: Row, now: Date): Promise<OutboxRow[]> {
    const { storm: next, words } = lookAtStorm(storm, now.toISOString());
    await tx.query('update incident_groups set storm = $3, due_at = $4 where tenant_id = $1 and key = $2', [tenantId, key, next, next?.dueAt ?? null]);
    return enqueue(tx, await Promise.all(words.map((word) => this.messageOf(tx, tenantId, serviceOfStorm(key), word, now))));
  }

  private async messageOf(tx: Transaction, tenantId: string, serviceId: string, word: Word, now: Date): Promise<OutboxMessage> {
    const { kind, storm: { since, opened } } = word;
    const service = this.options.rules.of(tenantId).service(serviceId) ?? { id: serviceId, name: 'a deleted service' };
    const notable = notableOf(word, service, kind === 'over' ? await openOf(tx, tenantId, serviceId) : null);
    return noticeMessage({ tenantId, traceId: newId(), id: stableId('storm', serviceId, since, kind, String(opened)), at: now.toISOString() }, notable);
  }
}

async function openOf(tx: Transaction, tenantId: string, serviceId: string): Promise<number> {
  const [row] = await tx.query<{ open: number }>(
    `select count(*)::int as open from incidents where tenant_id = $1 and service_id = $2 and status <> 'RESOLVED'`,
    [tenantId, serviceId],
  );
  return row!.open;
}
