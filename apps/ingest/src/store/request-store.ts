import { bytea, insertRows, type Columns, type Database } from '@signalbox/database';
import type { Outcome, RequestRow } from '../request-log/request-row.js';

const COLUMNS: Columns = {
  integration_id: 'uuid', id: 'uuid', tenant_id: 'uuid', received_at: 'timestamptz',
  method: 'text', path: 'text', remote_address: 'text', content_type: 'text', status: 'int',
  outcome: 'text', reason: 'text', errors: 'jsonb', events: 'int', duration_ms: 'real', trace_id: 'uuid', headers: 'jsonb', body: 'bytea', body_bytes: 'int',
};

/** A row of a list: what fits into a line. */
export interface ListedRequest extends Omit<RequestRow, 'tenantId' | 'integrationId' | 'errors' | 'headers' | 'body'>, Record<string, unknown> {}

export interface WholeRequest extends ListedRequest, Pick<RequestRow, 'errors' | 'headers' | 'body'> {}

const LISTED = `id, received_at as "receivedAt", method, path, remote_address as "remoteAddress", content_type as "contentType",
  status, outcome, reason, events, duration_ms as "durationMs", trace_id as "traceId", body_bytes as "bodyBytes"`;
const BATCH = 1_000;

export interface RequestFilter { readonly status?: number; readonly outcome?: Outcome }

/** The table `requests`. */
export class RequestStore {
  constructor(private readonly db: Database) {}

  async insert(rows: readonly RequestRow[]): Promise<void> {
    await insertRows(this.db, 'requests', COLUMNS, rows.map((row) => ({
      integration_id: row.integrationId, id: row.id, tenant_id: row.tenantId, received_at: row.receivedAt,
      method: row.method, path: row.path, remote_address: row.remoteAddress,
      content_type: row.contentType, status: row.status, outcome: row.outcome, reason: row.reason,
      errors: row.errors, events: row.events, duration_ms: row.durationMs, trace_id: row.traceId,
      headers: row.headers, body: row.body === null ? null : bytea(row.body), body_bytes: row.bodyBytes,
    })));
  }

  /** Up to `limit + 1` requests of an integration, newest first, after the one with the id `after`. */
  list(
    tenantId: string,
    integrationId: string,
    { limit, after }: { readonly limit: number; readonly after?: string },
    { status, outcome }: RequestFilter,
  ): Promise<ListedRequest[]> {
    return this.db.query<ListedRequest>(
      `select ${LISTED} from requests
       where integration_id = $1 and tenant_id = $2 and ($3::uuid is null or id < $3)
         and ($4::int is null or status = $4) and ($5::text is null or outcome = $5)
       order by id desc limit $6`, [integrationId, tenantId, after ?? null, status ?? null, outcome ?? null, limit + 1]);
  }

  async find(tenantId: string, integrationId: string, id: string): Promise<WholeRequest | undefined> {
    const [row] = await this.db.query<WholeRequest>(
      `select ${LISTED}, errors, headers, body from requests where integration_id = $1 and tenant_id = $2 and id = $3`, [integrationId, tenantId, id]);
    return row;
  }

  /** Leaves the newest `most` that were taken and as many that were refused. */
  async trim(integrationId: string, most: number): Promise<void> {
    for (const refused of [true, false]) {
      await this.db.query(
        `delete from requests where integration_id = $1 and (outcome = 'rejected') = $2 and id <= (
           select id from requests where integration_id = $1 and (outcome = 'rejected') = $2
           order by id desc offset $3 limit 1)`, [integrationId, refused, most]);
    }
  }

  /** Deletes up to a thousand that are older; gives how many they were. */
  async deleteOlder(days: number): Promise<number> {
    const deleted = await this.db.query(
      `delete from requests where (integration_id, id) in (
         select integration_id, id from requests where received_at < now() - make_interval(days => $1) limit $2)
       returning 1`, [days, BATCH]);
    return deleted.length;
  }

  /** The integrations of which more is kept than should be. */
  async overfull(most: number): Promise<string[]> {
    const rows = await this.db.query<{ id: string }>(
      `select integration_id as id from requests group by integration_id
       having count(*) filter (where outcome = 'rejected') > $1 or count(*) filter (where outcome <> 'rejected') > $1`, [most]);
    return rows.map(({ id }) => id);
  }
}
