import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Ingest1763700000000 implements MigrationInterface {
  readonly name = 'Ingest1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table integrations (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        service_id uuid not null,
        type text not null,
        name text not null,
        enabled boolean not null,
        key_hash text not null unique,
        sealed_key text not null,
        -- Up to two live signature secrets, newest first; each sealed.
        sealed_secrets text[] not null default '{}',
        rate_limit_per_minute int not null,
        config jsonb not null default '{}',
        severities jsonb,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create index integrations_newest on integrations (tenant_id, created_at desc, id desc);
      create index integrations_of_service on integrations (tenant_id, service_id);

      -- What was accepted while the bus was away, in order; forwarded and deleted when it is back.
      create table spool (
        id bigint generated always as identity primary key,
        subject text not null,
        message_id text not null,
        body bytea not null,
        created_at timestamptz not null default now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table spool, integrations');
  }
}
