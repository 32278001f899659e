import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was changed, shown beside incidents. */
export class ChangeEvents1795310000000 implements MigrationInterface {
  readonly name = 'ChangeEvents1795310000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table change_events (
        id uuid primary key,
        tenant_id uuid not null,
        service_id uuid not null,
        integration_id uuid not null,
        trace_id uuid not null,
        -- When it happened, by the sender's word; else when it was accepted.
        at timestamptz not null,
        accepted_at timestamptz not null,
        summary text not null,
        source text,
        details jsonb not null,
        links jsonb not null,
        images jsonb
      );
      create index change_events_newest on change_events (tenant_id, at desc, id desc);
      create index change_events_of_service on change_events (tenant_id, service_id, at desc, id desc);
      create index change_events_trace on change_events (trace_id);
      create index change_events_age on change_events (accepted_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table change_events');
  }
}
