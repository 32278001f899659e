import type { DeadLetter } from '@signalbox/contracts';
import { bytea, encodeRows, recordset, type Queryable } from '@signalbox/database';
import { foldDeaths } from '../domain/letters.js';

const COLUMNS = {
  tenant_id: 'uuid', id: 'uuid', kind: 'text', owner: 'text', reason: 'text', detail: 'text', subject: 'text', payload: 'text', raw: 'bytea', headers: 'jsonb',
  attempts: 'jsonb', trace_id: 'uuid', route_id: 'uuid', channel_id: 'uuid', integration_id: 'uuid', delivery_id: 'uuid', notification_id: 'uuid',
  destination_host: 'text', size_bytes: 'int', died_at: 'timestamptz',
};

/** Attempts of two jsonb lists in one: those of `more` that `known` does not have yet (an owner may tell of all of them again) come behind. */
export function mergedAttempts(known: string, more: string): string {
  return `${known} || coalesce((select jsonb_agg(n order by place) from jsonb_array_elements(${more}) with ordinality as m(n, place)
    where not exists (select 1 from jsonb_array_elements(${known}) k where k->'number' = n->'number' and k->>'startedAt' = n->>'startedAt')), '[]')`;
}

const names = Object.keys(COLUMNS);
// The payload travels as text and becomes json here: so its own text is kept as it is, \u0000 and all.
const UPSERT = `
  insert into dead_letter_messages as d (${names.join(', ')})
  select ${names.map((name) => (name === 'payload' ? 'payload::json' : name)).join(', ')} from (${recordset(COLUMNS)}) r
  on conflict (tenant_id, id) do update set
    state = 'dead', reason = excluded.reason, detail = excluded.detail, destination_host = coalesce(excluded.destination_host, d.destination_host),
    attempts = ${mergedAttempts('d.attempts', 'excluded.attempts')}, died_at = excluded.died_at, updated_at = now()
  where d.died_at < excluded.died_at
  returning kind, reason`;

/** Stores letters, each once. One that dies again is dead again: what it is stays, how it died is the newest. Returns those that were news. */
export async function storeLetters(tx: Queryable, letters: readonly DeadLetter[]): Promise<{ kind: string; reason: string }[]> {
  if (letters.length === 0) return [];
  return tx.query(UPSERT, [encodeRows(foldDeaths(letters).map(rowOf))]);
}

function rowOf(letter: DeadLetter): object {
  const payload = JSON.stringify(letter.payload) ?? 'null';
  const raw = letter.raw === undefined ? undefined : Buffer.from(letter.raw, 'base64');
  return {
    tenant_id: letter.tenantId, id: letter.id, kind: letter.kind, owner: letter.owner, reason: letter.reason, detail: letter.detail, subject: letter.subject,
    payload, raw: raw === undefined ? null : bytea(raw), headers: letter.headers, attempts: letter.attempts, trace_id: letter.traceId, route_id: letter.routeId,
    channel_id: letter.channelId, integration_id: letter.integrationId, delivery_id: letter.deliveryId, notification_id: letter.notificationId,
    destination_host: letter.destinationHost, size_bytes: Buffer.byteLength(payload) + (raw?.length ?? 0), died_at: new Date(letter.diedAt).toISOString(),
  };
}
