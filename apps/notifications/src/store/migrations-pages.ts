import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pages of escalations, which end when somebody answers. */
export class Pages1795680000000 implements MigrationInterface {
  readonly name = 'Pages1795680000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table notifications add column page jsonb;
      -- What an answer has to stop.
      create index notifications_pages on notifications (incident_id) where page is not null and due_at is not null;
      -- The newest version with which an incident was answered: no page of an earlier one goes out.
      alter table incident_versions add column answered_version int not null default 0;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index notifications_pages;
      alter table notifications drop column page;
      alter table incident_versions drop column answered_version;
    `);
  }
}
