// What is recorded of the deliveries of both sides, seen as the owner.
import pg from 'pg';

export class DeliveryTables {
  #client;

  constructor(ownerUrl) {
    this.#client = new pg.Client({ connectionString: ownerUrl });
  }

  async open() {
    await this.#client.connect();
    return this;
  }

  async makeFloor() {
    await this.#client.query(`create schema floor;
      create table floor.attempts (
        id uuid primary key, message_id text not null, started_at timestamptz not null,
        duration_ms int not null, status int not null, response text not null)`);
  }

  /** Forgets the last round and writes everything to disk, so that no round pays for the one before. */
  async reset() {
    await this.#client.query('truncate delivery.deliveries, delivery.route_attempts, delivery.outbox, delivery.ledger, floor.attempts');
    await this.#client.query('checkpoint');
  }

  /** Whether a replica has the partitions of MESSAGES in hand. */
  async isRead() {
    const { rows } = await this.#client.query("select 1 from delivery.leases where reader = 'messages' and owner is not null limit 1");
    return rows.length > 0;
  }

  async deliveredCount() {
    const { rows } = await this.#client.query("select count(*)::int as n from delivery.deliveries where status = 'delivered'");
    return rows[0].n;
  }

  /** The message ids of what is recorded as delivered, with its attempt. */
  async delivered() {
    const { rows } = await this.#client.query(
      `select d.message_id from delivery.deliveries d join delivery.route_attempts a on a.delivery_id = d.id where d.status = 'delivered'`,
    );
    return rows.map(({ message_id: id }) => id);
  }

  async attemptsOfFloor() {
    const { rows } = await this.#client.query('select message_id from floor.attempts');
    return rows.map(({ message_id: id }) => id);
  }

  async close() {
    await this.#client.end();
  }
}
