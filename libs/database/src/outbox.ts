import type { Database, Queryable } from './database.js';
import { bytea, insertRows } from './rows.js';

/** A message to be published once the transaction that wrote it has committed. */
export interface OutboxMessage {
  readonly subject: string;
  /** De-duplicates a repeated publish (Nats-Msg-Id). */
  readonly messageId: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OutboxRow extends OutboxMessage { readonly id: number }

const COLUMNS = { subject: 'text', message_id: 'text', body: 'bytea', headers: 'jsonb' };

/** Writes messages beside the state they tell of. Hand the returned rows to the relay after the commit: it saves it a look-up. */
export async function enqueue(tx: Queryable, messages: readonly OutboxMessage[]): Promise<OutboxRow[]> {
  const rows = await insertRows<{ id: number }>(tx, 'outbox', COLUMNS, messages.map((m) => ({
    subject: m.subject, message_id: m.messageId, body: bytea(m.body), headers: m.headers ?? {},
  })), { returning: 'id' });
  return rows.map((row, index) => ({ ...messages[index]!, id: row.id }));
}

/** The outbox table as the relay of @signalbox/messaging sees it. */
export class Outbox {
  constructor(private readonly db: Database) {}

  /** The oldest messages after row `after` that have waited for at least `olderThanMs` (younger ones are still in the hands of who wrote them). */
  async waiting(limit: number, olderThanMs: number, after = 0): Promise<OutboxRow[]> {
    const rows = await this.db.query<{ id: number; subject: string; message_id: string; body: Buffer; headers: Record<string, string> }>(
      `select id, subject, message_id, body, headers from outbox
       where created_at < now() - make_interval(secs => $2 / 1000.0) and id > $3 order by id limit $1`, [limit, olderThanMs, after]);
    return rows.map((r) => ({ id: r.id, subject: r.subject, messageId: r.message_id, body: r.body, headers: r.headers }));
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.db.prepared(`delete from outbox where id = any($1::bigint[])`, [ids]);
  }

  async size(): Promise<number> {
    const rows = await this.db.query<{ n: number }>(`select count(*) as n from outbox`);
    return rows[0]?.n ?? 0;
  }
}
