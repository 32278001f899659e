import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DURATION_COLUMNS } from '../request-log/durations.js';

export class IngestRequests1763800000000 implements MigrationInterface {
  readonly name = 'IngestRequests1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What arrived at an integration and what was answered: a log, sampled under load, kept for days. Secrets are masked before they get here.
      create table requests (
        integration_id uuid not null,
        id uuid not null,
        tenant_id uuid not null,
        received_at timestamptz not null,
        method text not null,
        path text not null,
        remote_address text not null,
        content_type text,
        status int not null,
        outcome text not null,
        reason text,
        errors jsonb not null,
        events int not null,
        duration_ms real not null,
        trace_id uuid,
        headers jsonb not null,
        -- The beginning of it; null when none was read, or when it was not kept for lack of room.
        body bytea,
        body_bytes int,
        primary key (integration_id, id)
      );
      create index requests_age on requests using brin (received_at);

      -- Exact counts, whatever of the log is sampled. A bucket of durations counts what took longer than the one before and at most so long.
      create table request_minutes (
        integration_id uuid not null,
        minute timestamptz not null,
        tenant_id uuid not null,
        received int not null,
        succeeded int not null,
        events int not null,
        duration_ms double precision not null,
        ${DURATION_COLUMNS.map((name) => `${name} int not null`).join(',\n        ')},
        primary key (integration_id, minute)
      ) with (fillfactor = 70);
      create index request_minutes_age on request_minutes using brin (minute);

      create table integration_activity (
        integration_id uuid primary key,
        last_received_at timestamptz not null,
        last_error_at timestamptz,
        last_error_status int,
        last_error_reason text
      ) with (fillfactor = 70);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table integration_activity, request_minutes, requests');
  }
}
