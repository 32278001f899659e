import { encodeRows, recordset, type Database } from '@signalbox/database';
import { NowhereToStoreError } from '../../intake/stream-spool.js';
import { COALESCE_MS } from '../domain/heartbeat.js';

/** Whose heartbeat it is; undefined when nobody has the key. */
type Owner = string | undefined;
interface Waiting { at: Date; readonly stored: Promise<Owner>; resolve(owner: Owner): void; reject(error: unknown): void }

/** One statement's worth. */
const BATCH = 500;
const MOST_WAITING = 20_000;
/** A sender waits no longer: it is better off coming again. */
const STATEMENT_TIMEOUT_MS = 3_000;
const MOST_REMEMBERED = 100_000;

/**
 * Takes beats in. While one statement is on its way, what comes in gathers and shares the next, one row for each heartbeat: so many beats as come, few
 * statements. The statement itself knows the keys, so nothing about heartbeats is kept in memory but which beat of the last second was stored.
 */
export class Beats {
  private waiting = new Map<string, Waiting>();
  private readonly stored = new Map<string, { readonly at: number; readonly tenantId: string }>();
  private busy = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly db: Database) {}

  /**
   * Resolves once the beat is stored, or when it cannot matter because one within the second before it was. Gives the id of the tenant whose
   * heartbeat it is, or undefined when nobody has this key. Throws NowhereToStoreError: come again.
   */
  async beat(keyHash: string, at: Date): Promise<Owner> {
    const last = this.stored.get(keyHash);
    if (last !== undefined && at.getTime() >= last.at && at.getTime() - last.at < COALESCE_MS) return last.tenantId;
    const before = this.waiting.get(keyHash);
    if (before !== undefined) {
      if (at > before.at) before.at = at;
      return before.stored;
    }
    if (this.waiting.size >= MOST_WAITING) throw new NowhereToStoreError('more beats wait than can be stored');
    return this.enter(keyHash, at).stored;
  }

  /** Resolves when nothing is on its way any more: before the process stops. */
  settled(): Promise<void> {
    return this.running;
  }

  private enter(keyHash: string, at: Date): Waiting {
    let settle: Pick<Waiting, 'resolve' | 'reject'> | undefined;
    const stored = new Promise<Owner>((resolve, reject) => { settle = { resolve, reject }; });
    const entry: Waiting = { at, stored, ...settle! };
    this.waiting.set(keyHash, entry);
    if (!this.busy) {
      this.busy = true;
      // What arrives in the same turn of the event loop shares the first statement too.
      this.running = new Promise((resolve) => { setImmediate(resolve); }).then(() => this.run());
    }
    return entry;
  }

  private async run(): Promise<void> {
    while (this.waiting.size > 0) await this.store(this.gather());
    this.busy = false;
  }

  private gather(): [string, Waiting][] {
    const batch = [...this.waiting].slice(0, BATCH);
    for (const [keyHash] of batch) this.waiting.delete(keyHash);
    return batch;
  }

  private async store(batch: readonly [string, Waiting][]): Promise<void> {
    try {
      const rows = encodeRows(batch.map(([key_hash, { at }]) => ({ key_hash, at })));
      const known = await this.db.transaction(
        (tx) => tx.query<{ key_hash: string; tenant_id: string }>(STORE, [rows]),
        { statementTimeoutMs: STATEMENT_TIMEOUT_MS },
      );
      const owners = new Map(known.map(({ key_hash: hash, tenant_id: tenantId }) => [hash, tenantId]));
      for (const [keyHash, { at, resolve }] of batch) {
        const tenantId = owners.get(keyHash);
        if (tenantId !== undefined) this.remember(keyHash, at, tenantId);
        resolve(tenantId);
      }
    } catch (error) {
      for (const [, { reject }] of batch) reject(new NowhereToStoreError('beats cannot be stored', { cause: error }));
    }
  }

  private remember(keyHash: string, at: Date, tenantId: string): void {
    if (this.stored.size >= MOST_REMEMBERED) this.stored.clear();
    this.stored.set(keyHash, { at: at.getTime(), tenantId });
  }
}

/**
 * Rows are locked in the order of their keys, so that two replicas' batches cannot lock each other out. One that is down is due at once: the clockwork
 * closes its incident. A paused one is due never, and its beats are kept all the same.
 */
const STORE = `
  with beats as (
    select m.id, b.at from (${recordset({ key_hash: 'text', at: 'timestamptz' })} order by key_hash) b
    cross join lateral (select id from monitors where key_hash = b.key_hash for update) m)
  update monitors m set last_beat_at = greatest(m.last_beat_at, b.at),
    due_at = case when not m.enabled then null
                  when (m.state->'episodes'->>'open')::boolean then least(m.due_at, b.at)
                  else greatest(m.due_at, b.at + make_interval(secs => (m.config->>'intervalSeconds')::int + (m.config->>'graceSeconds')::int + 1)) end
  from beats b where m.id = b.id returning m.key_hash, m.tenant_id`;
