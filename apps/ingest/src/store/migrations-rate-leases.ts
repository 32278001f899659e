import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How much of an integration's minute the gateways have taken of its rate limit. */
export class RateLeases1795300000000 implements MigrationInterface {
  readonly name = 'RateLeases1795300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table rate_leases (
        minute timestamptz not null,
        integration_id uuid not null,
        taken int not null,
        primary key (minute, integration_id)
      ) with (fillfactor = 50);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table rate_leases');
  }
}
