import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who was asked into an incident, and what they said. */
export class Responders1795702000000 implements MigrationInterface {
  readonly name = 'Responders1795702000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table incidents add column responders jsonb not null default '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table incidents drop column responders');
  }
}
