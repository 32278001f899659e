import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Delivery1763700000000 implements MigrationInterface {
  readonly name = 'Delivery1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table message_routes (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        name text not null,
        enabled boolean not null,
        state text not null,
        -- Why it paused by itself: what an operator has to mend before resuming it.
        state_reason text,
        topic text not null,
        filter jsonb,
        destination_type text not null,
        -- The whole config of the destination, sealed: no part of it is readable in the database.
        sealed_config text not null,
        destination_summary text not null,
        concurrency int not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create index message_routes_newest on message_routes (tenant_id, created_at desc, id desc);
      create unique index message_routes_name on message_routes (tenant_id, lower(name));

      -- One message for one route: the id is made of both, so a message that is matched twice is one delivery.
      -- No index holds a column that the worker changes, so its updates stay within the page (HOT).
      create table deliveries (
        id uuid primary key,
        tenant_id uuid not null,
        route_id uuid not null,
        message_id text not null,
        trace_id uuid not null,
        topic text not null,
        status text not null,
        reason text,
        matched_at timestamptz not null,
        changed_at timestamptz not null default now()
      ) with (fillfactor = 70);
      create index deliveries_newest on deliveries (route_id, matched_at desc, id desc);
      create index deliveries_trace on deliveries (trace_id);
      create index deliveries_age on deliveries using brin (matched_at);

      -- run: the replay job, or the nil id for the first time. The start of a last attempt is written before it is made ('started').
      create table route_attempts (
        delivery_id uuid not null,
        run uuid not null,
        number int not null,
        tenant_id uuid not null,
        started_at timestamptz not null,
        duration_ms int not null,
        outcome text not null,
        reason text,
        detail text,
        request json,
        response json,
        primary key (delivery_id, run, number)
      );
      create index route_attempts_age on route_attempts using brin (started_at);

      -- A destination without a row is open.
      create table destination_state (
        route_id uuid primary key,
        tenant_id uuid not null,
        state text not null,
        closed_until timestamptz,
        reason text,
        failures int not null default 0,
        changed_at timestamptz not null default now()
      );

      create table replay_claims (
        job_id uuid not null,
        letter_id uuid not null,
        attempt int not null,
        outcome text,
        claimed_at timestamptz not null default now(),
        primary key (job_id, letter_id, attempt)
      );
      create index replay_claims_age on replay_claims using brin (claimed_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table replay_claims, destination_state, route_attempts, deliveries, message_routes');
  }
}
