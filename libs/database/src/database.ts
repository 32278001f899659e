import { Pool, types, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { isAborted, isAnswer, isConnectionFault, isDatabaseAway, isStalePlan } from './faults.js';

// bigint columns here are sequence numbers and counts, all far below 2^53: numbers, not strings.
types.setTypeParser(types.builtins.INT8, Number);

export interface DatabaseOptions {
  readonly url: string;
  /** The service's own schema: the search path of every connection. */
  readonly schema: string;
  /** Connections at most (default 8). */
  readonly poolSize?: number;
  /** A statement that runs longer is cancelled (default 30 s). */
  readonly statementTimeoutMs?: number;
}

const STATEMENT_TIMEOUT_MS = 30_000;
/** Connections of `apart`. */
const APART = 2;
/** A server that says nothing at all (it hangs, or its machine is gone) is given up somewhat later than by its own limit for a statement. */
const givenUpAfter = (statementTimeoutMs: number): number => statementTimeoutMs * 1.2;

/** Anything that runs SQL: the database itself or one transaction of it. */
export interface Queryable {
  query<R extends QueryResultRow = QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]>;
}

/** A transaction in progress. `affected` is the number of rows that a statement touched. */
export interface Transaction extends Queryable {
  affected(text: string, values?: readonly unknown[]): Promise<number>;
  /**
   * Starts the last statements and sends the commit right behind them: one round trip for both. Whatever must stop the commit has to fail in
   * Postgres (see `refuse` of the house's tables), or be thrown by `last` itself (not by a promise of its), and everything has to be started before `last`
   * first waits. Nothing can follow.
   */
  commit<T>(last: () => Promise<T>): Promise<T>;
}

export interface TransactionLimits { readonly statementTimeoutMs?: number; readonly repeatable?: boolean }

/** One service's door to Postgres: its own role, its own schema. Connections are made on demand, so it may be built while Postgres is away. */
export class Database implements Queryable {
  readonly schema: string;
  readonly pool: Pool;
  private own: Database | undefined;

  constructor(private readonly options: DatabaseOptions, private readonly last = { answered: false }) {
    this.schema = options.schema;
    this.pool = new Pool({
      connectionString: options.url,
      max: options.poolSize ?? 8,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      query_timeout: givenUpAfter(options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS),
      // Statements that do not wait for each other's rows share a round trip (`Promise.all` in a transaction).
      pipeline: true,
      application_name: `signalbox-${options.schema}`,
      options: [
        `-c search_path=${options.schema}`,
        `-c statement_timeout=${options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS}`,
        '-c idle_in_transaction_session_timeout=60000',
      ].join(' '),
    });
    // An idle connection that dies (a restart of Postgres) is only a reason to open another one.
    this.pool.on('error', () => undefined);
    // A connection may report its death several times, also after it was given back: without a listener that would end the process.
    this.pool.on('connect', (client) => void client.on('error', () => undefined));
  }

  /** Whether Postgres answered when it was last asked for something. */
  get reachable(): boolean {
    return this.last.answered;
  }

  /** The same with connections of its own, for signs of life: they must not wait behind work, however slow it is and however much of it there is. */
  get apart(): Database {
    this.own ??= new Database({ ...this.options, poolSize: APART }, this.last);
    return this.own;
  }

  async query<R extends QueryResultRow = QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.heard(this.pool.query<R>(text, values as unknown[]))).rows;
  }

  /** As `query`, for a statement of a hot path whose text is always the same: each connection parses and plans it once. */
  async prepared<R extends QueryResultRow = QueryResultRow>(text: string, values: readonly unknown[]): Promise<R[]> {
    return (await this.heard(this.pool.query<R>({ ...preparedAs(text), text, values: values as unknown[] }))).rows;
  }

  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Its statements are prepared once per connection, so
   * their texts must be few. Statements started together are sent together; the first that fails, in their order, is the one that is thrown.
   * `statementTimeoutMs` is for the rare work whose statements take longer than the database's usual limit. `repeatable`: the commit need not be
   * on disk when it is answered (synchronous_commit off), because whatever a crash of Postgres takes back is done again, with the same result, from a
   * log whose cursor is taken back with it (docs/adr/0018).
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>, limits: TransactionLimits = {}): Promise<T> {
    const client = await this.heard(this.pool.connect());
    let broken: Error | undefined;
    const onError = (error: Error): void => { broken = error; };
    client.on('error', onError);
    try {
      // Not waited for: it travels with the first statements. A connection on which it fails fails them too.
      sendTogether(client);
      const begun = client.query(beginning(limits));
      begun.catch(() => undefined);
      const tx = new OpenTransaction(client, limits.statementTimeoutMs);
      const result = await work(tx);
      await this.heard(begun);
      if (!tx.closed) await client.query('commit');
      return result;
    } catch (error) {
      if (isConnectionFault(error) || isStalePlan(error)) broken ??= error;
      else await client.query('rollback').catch((failure: Error) => { broken ??= failure; });
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release(broken);
    }
  }

  private async heard<T>(asked: Promise<T>): Promise<T> {
    try {
      const answer = await asked;
      this.last.answered = true;
      return answer;
    } catch (error) {
      this.last.answered = !isDatabaseAway(error) || isAnswer(error);
      throw error;
    }
  }

  /** Whether Postgres answers and this service's schema has been migrated. */
  async ready(): Promise<boolean> {
    try {
      const rows = await this.query<{ ok: boolean }>(`select to_regclass($1) is not null as ok`, [`${this.schema}.partition_cursors`]);
      return rows[0]?.ok === true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.own?.close()]);
  }
}

function beginning({ statementTimeoutMs, repeatable = false }: TransactionLimits): string {
  return [
    'begin',
    ...(repeatable ? ['set local synchronous_commit = off'] : []),
    ...(statementTimeoutMs === undefined ? [] : [`set local statement_timeout = ${statementTimeoutMs}`]),
  ].join('; ');
}

/** What is started in the same turn of the event loop goes out as one packet: each packet may wake a sleeping Postgres, and us with its answer. */
function sendTogether({ connection: { stream } }: PoolClient): void {
  stream.cork();
  process.nextTick(() => stream.uncork());
}

class OpenTransaction implements Transaction {
  /** Whether the commit has been sent: a statement after it would stand alone. */
  closed = false;
  private failure: unknown;
  private readonly patience: { query_timeout?: number };

  constructor(private readonly client: PoolClient, statementTimeoutMs: number | undefined) {
    this.patience = statementTimeoutMs === undefined ? {} : { query_timeout: givenUpAfter(statementTimeoutMs) };
  }

  async query<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]> {
    return (await this.run<R>(text, values)).rows;
  }

  async affected(text: string, values?: readonly unknown[]): Promise<number> {
    return (await this.run(text, values)).rowCount ?? 0;
  }

  async commit<T>(last: () => Promise<T>): Promise<T> {
    const result = last();
    this.closed = true;
    const committed = this.client.query('commit');
    const [done, { command }] = await Promise.all([result, committed]);
    // After a statement that failed, Postgres answers a commit with this, and no error.
    if (command === 'ROLLBACK') throw this.failure ?? new Error('the transaction was rolled back');
    return done;
  }

  private async run<R extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<QueryResult<R>> {
    if (this.closed) throw new Error('a statement after the commit of its transaction');
    sendTogether(this.client);
    try {
      return await this.client.query<R>({ ...(values.length === 0 ? {} : preparedAs(text)), ...this.patience, text, values: values as unknown[] });
    } catch (error) {
      // What was sent together with a statement that failed tells only that the transaction is aborted: the reason is that statement's.
      if (!isAborted(error) || this.failure === undefined) this.failure = error;
      throw this.failure;
    }
  }
}

/** Each prepared statement costs memory in every connection: texts beyond this many are parsed anew each time. */
const MOST_PREPARED = 200;
const statementNames = new Map<string, string>();

/** The name under which a connection keeps a statement that it has parsed and planned. */
function preparedAs(text: string): { name?: string } {
  let name = statementNames.get(text);
  if (name === undefined) {
    if (statementNames.size >= MOST_PREPARED) return {};
    name = `signalbox_${statementNames.size}`;
    statementNames.set(text, name);
  }
  return { name };
}
