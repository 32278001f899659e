import { encodeRows, recordset, type Database } from '@signalbox/database';
import { NowhereToStoreError } from '../../intake/spool.js';
import { COALESCE_MS } from '../domain/heartbeat.js';

interface Waiting { at: Date; readonly stored: Promise<boolean>; resolve(known: boolean): void; reject(error: unknown): void }

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
  private readonly storedAt = new Map<string, number>();
  private busy = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly db: Database) {}

  /**
   * Resolves once the beat is stored, or when it cannot matter because one within the second before it was: true, or false when nobody has this key.
   * Throws NowhereToStoreError: come again.
   */
  async beat(keyHash: string, at: Date): Promise<boolean> {
    const storedAt = this.storedAt.get(keyHash);
    if (storedAt !== undefined && at.getTime() >= storedAt && at.getTime() - storedAt < COALESCE_MS) return true;
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
    const stored = new Promise<boolean>((resolve, reject) => { settle = { resolve, reject }; });
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
      const known = await this.db.transaction((tx) => tx.query<{ key_hash: string }>(STORE, [rows]), { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
      const hashes = new Set(known.map(({ key_hash: hash }) => hash));
      for (const [keyHash, { at, resolve }] of batch) {
        if (hashes.has(keyHash)) this.remember(keyHash, at);
        resolve(hashes.has(keyHash));
      }
    } catch (error) {
      for (const [, { reject }] of batch) reject(new NowhereToStoreError('beats cannot be stored', { cause: error }));
    }
  }

  private remember(keyHash: string, at: Date): void {
    if (this.storedAt.size >= MOST_REMEMBERED) this.storedAt.clear();
    this.storedAt.set(keyHash, at.getTime());
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
  from beats b where m.id = b.id returning m.key_hash`;
