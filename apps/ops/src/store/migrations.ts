import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Ops1763700000000 implements MigrationInterface {
  readonly name = 'Ops1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The payload is json and not jsonb: its text is kept to the letter (order of keys, \\u0000, lone surrogates), so that a replay sends what arrived.
      create table dead_letter_messages (
        tenant_id uuid not null,
        id uuid not null,
        kind text not null,
        owner text not null,
        reason text not null,
        detail text not null,
        state text not null default 'dead' check (state in ('dead', 'replaying', 'replayed')),
        subject text not null,
        payload json not null,
        raw bytea,
        headers jsonb not null,
        attempts jsonb not null,
        trace_id uuid not null,
        route_id uuid,
        channel_id uuid,
        integration_id uuid,
        delivery_id uuid,
        notification_id uuid,
        destination_host text,
        size_bytes int not null,
        replay_job_id uuid,
        died_at timestamptz not null,
        stored_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        primary key (tenant_id, id)
      ) with (fillfactor = 85);
      create index dead_letter_newest on dead_letter_messages (tenant_id, died_at desc, id desc);
      create index dead_letter_trace on dead_letter_messages (tenant_id, trace_id);
      create index dead_letter_age on dead_letter_messages (died_at);

      create table replay_jobs (
        id uuid primary key,
        tenant_id uuid not null,
        state text not null check (state in ('running', 'paused', 'done', 'cancelled')),
        selection jsonb not null,
        total int not null,
        done int not null default 0,
        failed int not null default 0,
        skipped int not null default 0,
        rate_per_second int,
        -- A single letter may go out with another payload or to another route.
        edited boolean not null default false,
        payload json,
        route_id uuid,
        started_by jsonb not null,
        started_at timestamptz not null,
        paused_at timestamptz,
        paused_seconds double precision not null default 0,
        finished_at timestamptz,
        updated_at timestamptz not null default now()
      ) with (fillfactor = 50);
      create index replay_jobs_newest on replay_jobs (tenant_id, started_at desc, id desc);
      create index replay_jobs_unfinished on replay_jobs (started_at) where finished_at is null;

      -- The snapshot that a job works on. pending → sent → done | failed | skipped; a row leaves 'pending' once, and never comes back.
      create table replay_items (
        job_id uuid not null references replay_jobs on delete cascade,
        letter_id uuid not null,
        position int not null,
        state text not null default 'pending' check (state in ('pending', 'sent', 'done', 'failed', 'skipped')),
        owner text,
        reason text,
        -- The last sequence of REPLAYS before its request was published: everything up to it belongs to others.
        sent_after bigint,
        sent_at timestamptz,
        settled_at timestamptz,
        primary key (job_id, letter_id)
      ) with (fillfactor = 80);
      create index replay_items_pending on replay_items (job_id, position) where state = 'pending';
      create index replay_items_sent on replay_items (job_id, sent_at) where state = 'sent';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table replay_items, replay_jobs, dead_letter_messages');
  }
}
