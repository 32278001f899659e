import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Time zones, what the directory must remember of those who left, and teams. */
export class People1795320000000 implements MigrationInterface {
  readonly name = 'People1795320000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users add column time_zone text not null default 'UTC';

      -- Somebody is here or in memberships, never in both: who comes back goes on counting, so that the mark of their leaving is the older one.
      create table former_members (
        tenant_id uuid not null references tenants,
        user_id uuid not null,
        version int not null,
        primary key (user_id, tenant_id)
      );

      create table teams (
        id uuid primary key,
        tenant_id uuid not null references tenants,
        version int not null,
        name text not null,
        description text,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      );
      create unique index teams_name on teams (tenant_id, lower(name));
      create index teams_newest on teams (tenant_id, created_at desc, id desc);

      create table team_members (
        team_id uuid not null references teams on delete cascade,
        tenant_id uuid not null,
        user_id uuid not null,
        lead boolean not null,
        position int not null,
        primary key (team_id, user_id),
        foreign key (user_id, tenant_id) references memberships
      );
      create index teams_of_member on team_members (user_id, tenant_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table team_members, teams, former_members; alter table users drop column time_zone');
  }
}
