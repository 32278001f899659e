import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The SQLSTATE of `refuse`: of no class that Postgres uses. */
export const REFUSED = 'SB001';

/** The tables that every service has: its outbox, how far it has read, who reads, what it counted, which requests it has answered. */
export class HouseTables1700000000000 implements MigrationInterface {
  readonly name = 'HouseTables1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table outbox (
        id bigint generated always as identity primary key,
        subject text not null,
        message_id text not null,
        headers jsonb not null default '{}',
        body bytea not null,
        created_at timestamptz not null default now()
      );
      create table partition_cursors (
        reader text not null,
        partition int not null,
        sequence bigint not null,
        stream text,
        moved_at timestamptz not null default now(),
        primary key (reader, partition)
      );
      create table leases (
        reader text not null,
        partition int not null,
        owner uuid,
        epoch bigint not null default 0,
        primary key (reader, partition)
      );
      create table lease_holders (
        reader text not null,
        owner uuid not null,
        seen_at timestamptz not null,
        primary key (reader, owner)
      );
      create table ledger (
        tenant_id uuid not null,
        ledger text not null,
        minute timestamptz not null,
        entry text not null,
        shard int not null,
        count bigint not null,
        primary key (tenant_id, ledger, minute, entry, shard)
      );
      create table idempotency_keys (
        tenant_id uuid not null,
        key text not null,
        fingerprint text not null,
        status int,
        body jsonb,
        created_at timestamptz not null default now(),
        finished_at timestamptz,
        primary key (tenant_id, key)
      );
      create index idempotency_keys_age on idempotency_keys (created_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table outbox, partition_cursors, leases, lease_holders, ledger, idempotency_keys`);
  }
}

/** Which try holds an Idempotency-Key, and when it last said that it is being worked on. */
export class HouseClaims1795705000000 implements MigrationInterface {
  readonly name = 'HouseClaims1795705000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table idempotency_keys add column claim uuid, add column seen_at timestamptz not null default now()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table idempotency_keys drop column claim, drop column seen_at`);
  }
}

/** What stops a transaction whose commit is already on its way: an error of our own that Postgres raises. */
export class HouseRefusal1795000000000 implements MigrationInterface {
  readonly name = 'HouseRefusal1795000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse(reason text) returns boolean language plpgsql as $$
      begin raise exception '%', reason using errcode = '${REFUSED}'; end $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function refuse');
  }
}
