import { encodeRows, recordset, type Columns, type Database } from '@signalbox/database';
import type { StatusChange } from '../inlets/status.js';

/** An inlet as whoever runs it needs it. */
export interface InletRow {
  readonly id: string;
  readonly tenantId: string;
  readonly kind: string;
  readonly enabled: boolean;
  readonly sealedConfig: string;
  readonly slot: number;
  readonly subscribed: readonly string[];
}

/** How an inlet fares, as it is shown. */
export interface ShownStatus {
  readonly state: string;
  readonly lastError: string | null;
  readonly lastErrorAt: string | null;
  readonly lastMessageAt: string | null;
  readonly counts: { readonly stored: number; readonly refused: number; readonly ignored: number };
}

const CHANGES: Columns = {
  inlet_id: 'uuid', state: 'text', last_error: 'text', last_error_at: 'timestamptz',
  last_message_at: 'timestamptz', subscribed: 'jsonb', stored: 'bigint', refused: 'bigint', ignored: 'bigint',
};

/** The inlets as the replicas run them, and the table of how they fare. */
export class InletRows {
  constructor(private readonly db: Database) {}

  /** All inlets of these slots, disabled ones too. */
  async ofSlots(slots: readonly number[]): Promise<InletRow[]> {
    if (slots.length === 0) return [];
    return this.db.query<InletRow & Record<string, unknown>>(
      `select id, tenant_id as "tenantId", kind, enabled, sealed_config as "sealedConfig", slot, coalesce(s.subscribed, '{}') as subscribed
       from inlets left join inlet_status s on s.inlet_id = id where slot = any($1::int[])`, [slots]);
  }

  /** Adds what was counted and keeps what is newest. What is told of an inlet that is gone is forgotten. */
  async writeDown(changes: readonly StatusChange[]): Promise<void> {
    if (changes.length === 0) return;
    const rows = changes.map(({ inletId, state, lastError, lastMessageAt, subscribed, counts }) => ({
      inlet_id: inletId, state, last_error: lastError?.text ?? null, last_error_at: lastError?.at ?? null, last_message_at: lastMessageAt ?? null,
      subscribed: subscribed ?? null, ...counts,
    }));
    await this.db.query(
      `insert into inlet_status as s (inlet_id, state, last_error, last_error_at, last_message_at, subscribed, stored, refused, ignored)
       select c.inlet_id, c.state, c.last_error, c.last_error_at, c.last_message_at,
         coalesce((select array_agg(e) from jsonb_array_elements_text(c.subscribed) e), known.subscribed, '{}'), c.stored, c.refused, c.ignored
       from (${recordset(CHANGES)}) c join inlets i on i.id = c.inlet_id left join inlet_status known on known.inlet_id = c.inlet_id
       on conflict (inlet_id) do update set state = excluded.state, last_error = coalesce(excluded.last_error, s.last_error),
         last_error_at = coalesce(excluded.last_error_at, s.last_error_at), last_message_at = coalesce(excluded.last_message_at, s.last_message_at),
         subscribed = excluded.subscribed, stored = s.stored + excluded.stored,
         refused = s.refused + excluded.refused, ignored = s.ignored + excluded.ignored`, [encodeRows(rows)]);
  }

  /** How these inlets fare; one that has not run yet is left out. */
  async statusOf(ids: readonly string[]): Promise<ReadonlyMap<string, ShownStatus>> {
    const rows = await this.db.query<StatusRow>(
      `select inlet_id, state, last_error, last_error_at, last_message_at, stored, refused, ignored from inlet_status where inlet_id = any($1::uuid[])`, [ids]);
    return new Map(rows.map((row) => [row.inlet_id, {
      state: row.state, lastError: row.last_error, lastErrorAt: row.last_error_at?.toISOString() ?? null,
      lastMessageAt: row.last_message_at?.toISOString() ?? null,
      counts: { stored: Number(row.stored), refused: Number(row.refused), ignored: Number(row.ignored) },
    }]));
  }
}

type StatusRow = {
  inlet_id: string; state: string; last_error: string | null; last_error_at: Date | null;
  last_message_at: Date | null; stored: number; refused: number; ignored: number;
};
