// The tables of both sides, seen as the owner: the floor's are copies of ours, indexes included.
import pg from 'pg';

const TABLES = ['incidents', 'incident_keys', 'incident_groups', 'incident_events', 'timeline', 'outbox'];

export class Tables {
  #client;

  constructor(ownerUrl) {
    this.#client = new pg.Client({ connectionString: ownerUrl });
  }

  /** The owner's connection. */
  get client() {
    return this.#client;
  }

  async open() {
    await this.#client.connect();
    return this;
  }

  async makeFloor() {
    await this.#client.query(['create schema floor', ...TABLES.map((table) => `create table floor.${table} (like incidents.${table} including all)`),
      'alter table floor.incidents alter column number drop not null'].join(';'));
  }

  /** Empties both sides, and writes everything to disk, so that no round pays for the one before. */
  async reset() {
    await this.#client.query(
      `truncate ${['incidents', 'floor'].flatMap((schema) => TABLES.map((table) => `${schema}.${table}`)).join(', ')}, incidents.ledger`,
    );
    await this.#client.query('checkpoint');
  }

  /** Whether a replica has the reader's partitions in hand. */
  async isRead(reader) {
    const { rows } = await this.#client.query('select 1 from incidents.leases where reader = $1 and owner is not null limit 1', [reader]);
    return rows.length > 0;
  }

  /** How far every partition has been taken in: Map of partition → stream sequence. */
  async cursors(reader) {
    const { rows } = await this.#client.query('select partition, sequence from incidents.partition_cursors where reader = $1', [reader]);
    return new Map(rows.map(({ partition, sequence }) => [partition, Number(sequence)]));
  }

  /** Every event id that is in `incident_events`, and how often. */
  async eventIds(schema) {
    const { rows } = await this.#client.query(`select event_id, count(*)::int as n from ${schema}.incident_events group by 1`);
    return new Map(rows.map(({ event_id: id, n }) => [id, n]));
  }

  async close() {
    await this.#client.end();
  }
}
