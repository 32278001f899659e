import { NOTICES, subjects } from '@signalbox/contracts';
import {
  encodeRows, enqueue, isDatabaseAway, recordset,
  type Database, type DueWork, type OutboxMessage, type OutboxRow, type Transaction,
} from '@signalbox/database';
import { handOffNotices, type HandOffOf } from '../domain/hand-off-notice.js';
import { DAY_MS } from '../domain/schedule.js';
import type { People } from '../people.js';
import type { ScheduleStore } from './schedule-store.js';

interface Row { schedule_id: string; tenant_id: string; user_id: string | null; known: boolean }
interface Looked extends Row { readonly due_at: Date; readonly messages: readonly OutboxMessage[] }

export interface HandOffsOptions {
  readonly db: Database;
  readonly schedules: Pick<ScheduleStore, 'schedules' | 'onCallOf' | 'nextHandOff'>;
  readonly people: Pick<People, 'named'>;
  readonly offer: (rows: readonly OutboxRow[]) => void;
  readonly warn: (message: string, error: unknown) => void;
}

/** However far away the next hand-off is: whoever leaves the tenant in between hands off as well. */
const LOOK_AGAIN_MS = DAY_MS;

/**
 * Tells people when they go on call and off it. What was told last and when to look again are one row for each schedule: whatever number
 * of replicas look, and however long none did, who is on call now is held against who was told so last, and each difference is told once.
 */
export class HandOffs implements DueWork {
  constructor(private readonly options: HandOffsOptions) {}

  async nextDue(): Promise<Date | null> {
    const [row] = await this.options.db.query<{ due_at: Date }>('select due_at from schedule_hand_offs order by due_at limit 1');
    return row?.due_at ?? null;
  }

  async fireDue(now: Date, most: number): Promise<number> {
    const { db, offer } = this.options;
    const { taken, outbox } = await db.transaction(async (tx) => {
      const rows = await tx.query<Row & Record<string, unknown>>(
        `select schedule_id, tenant_id, user_id, known from schedule_hand_offs
         where due_at <= $1 order by due_at limit $2 for update skip locked`, [now, most]);
      const looked = await Promise.all(rows.map((row) => this.look(row, now)));
      await keep(tx, looked);
      return { taken: rows.length, outbox: await enqueue(tx, looked.flatMap(({ messages }) => messages)) };
    });
    offer(outbox);
    return taken;
  }

  /** A schedule that cannot be reckoned is put off, and keeps nobody else waiting. */
  private async look(row: Row, now: Date): Promise<Looked> {
    try {
      return await this.lookAt(row, now);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.options.warn(`the hand-offs of schedule ${row.schedule_id} cannot be told`, error);
      return { ...row, due_at: new Date(now.getTime() + LOOK_AGAIN_MS), messages: [] };
    }
  }

  private async lookAt(row: Row, now: Date): Promise<Looked> {
    const { schedules, people } = this.options;
    const { tenant_id: tenantId, schedule_id: id } = row;
    const schedule = await schedules.schedules.find(tenantId, id);
    if (schedule === null) throw new Error('it is not there');
    const [[onCall], next] = await Promise.all([schedules.onCallOf(tenantId, [schedule], now), schedules.nextHandOff(tenantId, schedule, now)]);
    const { userId } = onCall!;
    const handOff: HandOffOf = {
      tenantId, schedule, next,
      handOff: { at: now, fromUserId: row.user_id, toUserId: userId },
      nameOf: (user) => people.named(tenantId, [user])[0]?.name ?? null,
    };
    return {
      ...row, user_id: userId, due_at: new Date(Math.min(next?.at.getTime() ?? Infinity, now.getTime() + LOOK_AGAIN_MS)),
      messages: row.known && userId !== row.user_id ? messagesOf(handOff) : [], known: true,
    };
  }
}

function messagesOf(handOff: HandOffOf): OutboxMessage[] {
  return handOffNotices(handOff).map((notice) => ({ subject: subjects.notices(notice.tenantId), messageId: notice.id, body: NOTICES.encode(notice) }));
}

async function keep(tx: Transaction, looked: readonly Looked[]): Promise<void> {
  await tx.query(
      `update schedule_hand_offs h set user_id = l.user_id, known = l.known, due_at = l.due_at
       from (${recordset({ schedule_id: 'uuid', user_id: 'uuid', known: 'bool', due_at: 'timestamptz' })}) l
       where h.schedule_id = l.schedule_id`,
      [encodeRows(looked.map(({ schedule_id, user_id, known, due_at }) => ({ schedule_id, user_id, known, due_at })))]);
}
