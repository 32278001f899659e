import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A storm that is going on is kept beside the count of its service's incidents, and is looked at when it is due. */
export class Storms1795701000000 implements MigrationInterface {
  readonly name = 'Storms1795701000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table incident_groups add column storm jsonb, add column due_at timestamptz;
      create index incident_groups_due on incident_groups (due_at) where due_at is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table incident_groups drop column due_at, drop column storm');
  }
}
