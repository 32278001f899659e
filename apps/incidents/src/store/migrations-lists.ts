import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every filter of the list of incidents finds its own, newest first, without a walk through a big tenant; notes are found on a long timeline. */
export class IncidentLists1795650000000 implements MigrationInterface {
  readonly name = 'IncidentLists1795650000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index incidents_of_service on incidents (tenant_id, service_id, opened_at desc, id desc);
      create index incidents_of_key on incidents (tenant_id, dedup_key, opened_at desc, id desc);
      create index incidents_of_assignee on incidents (tenant_id, (assignee->>'id'), opened_at desc, id desc) where assignee is not null;
      create index incidents_of_priority on incidents (tenant_id, priority, opened_at desc, id desc) where priority is not null;
      create index incidents_of_tag on incidents using gin (tags jsonb_path_ops) where tags <> '[]';
      create index incidents_quiet on incidents (tenant_id, (plan->'quiet'->>'kind'), opened_at desc, id desc) where status = 'SUPPRESSED';
      -- As incidents_open, with the id: a page goes on behind one of many that opened at once.
      drop index incidents_open;
      create index incidents_open on incidents (tenant_id, opened_at desc, id desc) where status <> 'RESOLVED';
      create index timeline_notes on timeline (incident_id, at, id) where kind = 'noted';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index timeline_notes, incidents_open, incidents_quiet,
        incidents_of_tag, incidents_of_priority, incidents_of_assignee, incidents_of_key, incidents_of_service;
      create index incidents_open on incidents (tenant_id, opened_at desc) where status <> 'RESOLVED';
    `);
  }
}
