import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is still to happen to an incident (docs/adr/0022), its groups, and what tenants say about both. */
export class Plans1795500000000 implements MigrationInterface {
  readonly name = 'Plans1795500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table incidents
        add column priority text,
        add column assignee jsonb,
        add column tags jsonb not null default '[]',
        add column fields jsonb not null default '{}',
        add column plan jsonb,
        add column due_at timestamptz,
        -- The incident that this one is quiet for.
        add column muted_by uuid;
      create index incidents_due on incidents (due_at) where due_at is not null;
      create index incidents_muted on incidents (muted_by) where muted_by is not null;
      create index incidents_open on incidents (tenant_id, opened_at desc) where status <> 'RESOLVED';

      alter table incident_keys
        add column last_incident_id uuid,
        add column flips jsonb;

      -- Groups and storms: one row for what incidents are gathered by.
      create table incident_groups (
        tenant_id uuid not null,
        key text not null,
        head_id uuid,
        last_at timestamptz,
        minute timestamptz,
        in_minute int not null default 0,
        primary key (tenant_id, key)
      );
      create index incident_groups_old on incident_groups (last_at);

      alter table services
        add column policy_id uuid,
        add column urgency text,
        add column sla jsonb,
        add column auto_resolve_seconds int,
        add column reopen_seconds int,
        add column storm_per_minute int,
        add column flapping jsonb,
        add column depends_on jsonb not null default '[]',
        add column runbook_url text;

      create table escalation_policies (
        id uuid primary key, tenant_id uuid not null, version int not null, name text not null, description text,
        steps jsonb not null, rounds int not null, acknowledge_timeout_seconds int, fallback jsonb not null,
        created_at timestamptz not null, updated_at timestamptz not null
      );
      create unique index escalation_policies_name on escalation_policies (tenant_id, lower(name));

      create table silences (
        id uuid primary key, tenant_id uuid not null, version int not null, name text not null, matchers jsonb not null,
        starts_at timestamptz not null, ends_at timestamptz not null, created_by text not null,
        created_at timestamptz not null, updated_at timestamptz not null
      );
      create index silences_of_tenant on silences (tenant_id, created_at desc);

      create table maintenance_windows (
        id uuid primary key, tenant_id uuid not null, version int not null, name text not null, matchers jsonb not null, service_ids jsonb not null,
        starts_at timestamptz not null, ends_at timestamptz not null, time_zone text not null, recurrence text not null, recurs_until timestamptz,
        created_at timestamptz not null, updated_at timestamptz not null
      );
      create index maintenance_windows_of_tenant on maintenance_windows (tenant_id, created_at desc);

      create table inhibition_rules (
        id uuid primary key, tenant_id uuid not null, version int not null,
        name text not null, source jsonb not null, target jsonb not null, equal jsonb not null,
        created_at timestamptz not null, updated_at timestamptz not null
      );
      create index inhibition_rules_of_tenant on inhibition_rules (tenant_id, created_at desc);

      create table grouping_rules (
        id uuid primary key, tenant_id uuid not null, version int not null,
        name text not null, matchers jsonb not null, "by" jsonb not null, window_seconds int not null,
        created_at timestamptz not null, updated_at timestamptz not null
      );
      create index grouping_rules_of_tenant on grouping_rules (tenant_id, created_at desc);

      -- Whatever writes a rule, every replica hears of it when it commits.
      create function tell_rules_changed() returns trigger language plpgsql as $$
      begin
        perform pg_notify('incidents_rules', coalesce(new.tenant_id, old.tenant_id)::text);
        return null;
      end $$;
      ${['services', 'escalation_policies', 'silences', 'maintenance_windows', 'inhibition_rules', 'grouping_rules'].map((table) =>
        `create trigger ${table}_changed after insert or update or delete on ${table} for each row execute function tell_rules_changed();`).join('\n      ')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table grouping_rules, inhibition_rules, maintenance_windows, silences, escalation_policies, incident_groups;
      drop trigger services_changed on services;
      drop function tell_rules_changed();
      alter table services drop column policy_id, drop column urgency, drop column sla, drop column auto_resolve_seconds, drop column reopen_seconds,
        drop column storm_per_minute, drop column flapping, drop column depends_on, drop column runbook_url;
      alter table incident_keys drop column last_incident_id, drop column flips;
      alter table incidents drop column priority, drop column assignee, drop column tags, drop column fields, drop column plan,
        drop column due_at, drop column muted_by;
    `);
  }
}
