import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Incidents1763700000000 implements MigrationInterface {
  readonly name = 'Incidents1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table services (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        name text not null,
        description text,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create unique index services_name on services (tenant_id, lower(name));

      create table incidents (
        id uuid primary key,
        tenant_id uuid not null,
        number int not null,
        service_id uuid not null,
        service_name text not null,
        integration_id uuid,
        scope_id uuid not null,
        dedup_key text not null,
        title text not null,
        source text not null,
        status text not null,
        severity text not null,
        urgency text not null,
        event_count int not null,
        version int not null,
        opened_at timestamptz not null,
        acknowledged_at timestamptz,
        resolved_at timestamptz,
        last_triggered_at timestamptz not null,
        details jsonb not null,
        links jsonb not null,
        updated_at timestamptz not null default now()
      ) with (fillfactor = 80);
      create index incidents_newest on incidents (tenant_id, opened_at desc, id desc);
      create unique index incidents_number on incidents (tenant_id, number);

      -- One row per dedup key and scope. The partial unique index is the promise: one open incident per key, whoever writes.
      create table incident_keys (
        scope_id uuid not null,
        dedup_key text not null,
        tenant_id uuid not null,
        open_incident_id uuid,
        last_resolved_at timestamptz,
        primary key (scope_id, dedup_key)
      ) with (fillfactor = 70);
      create unique index incident_keys_open on incident_keys (open_incident_id) where open_incident_id is not null;
      create unique index incidents_one_open_per_key on incidents (scope_id, dedup_key) where status <> 'RESOLVED';

      create table incident_numbers (tenant_id uuid primary key, last int not null);

      -- Every event that was taken in, once: a second copy finds its id here.
      create table incident_events (
        event_id uuid primary key,
        tenant_id uuid not null,
        incident_id uuid,
        trace_id uuid not null,
        effect text not null,
        reason text,
        accepted_at timestamptz not null,
        event jsonb not null,
        raw bytea
      );
      create index incident_events_trace on incident_events (trace_id);

      create table timeline (
        id uuid primary key,
        tenant_id uuid not null,
        incident_id uuid not null,
        at timestamptz not null,
        kind text not null,
        actor jsonb,
        data jsonb not null
      );
      create index timeline_of_incident on timeline (incident_id, at, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table timeline, incident_events, incident_numbers, incident_keys, incidents, services');
  }
}

/** What kind of trouble an incident is, as its newest event says. */
export class IncidentClass1795510000000 implements MigrationInterface {
  readonly name = 'IncidentClass1795510000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table incidents add column class text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table incidents drop column class');
  }
}
