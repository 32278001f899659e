import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is on call. */
export class Schedules1795600000000 implements MigrationInterface {
  readonly name = 'Schedules1795600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table schedules (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        name text not null,
        description text,
        time_zone text not null,
        team_id uuid,
        layers jsonb not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create unique index schedules_name on schedules (tenant_id, lower(name));
      create index schedules_newest on schedules (tenant_id, created_at desc, id desc);

      create table schedule_overrides (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        schedule_id uuid not null references schedules on delete cascade,
        user_id uuid not null,
        replaces_user_id uuid,
        starts_at timestamptz not null,
        ends_at timestamptz not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create index schedule_overrides_newest on schedule_overrides (schedule_id, created_at desc, id desc);
      create index schedule_overrides_ending on schedule_overrides (schedule_id, ends_at);

      -- Who holds a link reads a schedule's calendar until its row is deleted.
      create table schedule_calendar_links (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        schedule_id uuid not null references schedules on delete cascade,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create index schedule_calendar_links_newest on schedule_calendar_links (schedule_id, created_at desc, id desc);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table schedule_calendar_links, schedule_overrides, schedules');
  }
}
