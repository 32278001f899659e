import { hashKey } from '@signalbox/access';
import { recordset, encodeRows, type Database } from '@signalbox/database';
import { WINDOW_SECONDS, attemptKeys, type AttemptCount } from '../domain/sign-in-limits.js';

/** Counts of attempts to sign in, shared by all replicas. They are counted before the password is looked at, so that parallel guesses count too. */
export class SignInAttempts {
  constructor(private readonly db: Database) {}

  /** Counts one attempt under each of its keys; out: the counts, this one included. */
  async count(email: string, address: string): Promise<AttemptCount[]> {
    const names = new Map(attemptKeys(email, address).map((key) => [hashKey(key), key]));
    // In one order everywhere, so that two attempts never wait for each other's rows.
    const rows = [...names.keys()].sort().map((key) => ({ key }));
    const counts = await this.db.query<{ key: string; attempts: number; since: Date }>(
      `insert into sign_in_attempts as known (key, attempts, since) select key, 1, now() from (${recordset({ key: 'text' })}) r
       on conflict (key) do update set
         attempts = case when known.since > now() - make_interval(secs => $2) then least(known.attempts + 1, 1000000) else 1 end,
         since = case when known.since > now() - make_interval(secs => $2) then known.since else now() end
       returning key, attempts, since`, [encodeRows(rows), WINDOW_SECONDS]);
    return counts.map(({ key, attempts, since }) => ({ key: names.get(key)!, attempts, since }));
  }

  /** After a sign-in: the account starts anew from this address, and its attempt no longer counts elsewhere. */
  async succeeded(email: string, address: string): Promise<void> {
    const [account, from, pair] = attemptKeys(email, address).map(hashKey);
    await this.db.query('delete from sign_in_attempts where key = $1', [pair]);
    await this.db.query(
      `with counted as (select key from sign_in_attempts where key = any($1::text[]) order by key for update)
       update sign_in_attempts a set attempts = greatest(a.attempts - 1, 0) from counted where a.key = counted.key`, [[account, from]]);
  }

  async purge(): Promise<void> {
    await this.db.query('delete from sign_in_attempts where since < now() - make_interval(secs => $1)', [WINDOW_SECONDS]);
  }
}
