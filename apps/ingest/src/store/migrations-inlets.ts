import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IngestInlets1795400000000 implements MigrationInterface {
  readonly name = 'IngestInlets1795400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table inlets (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        name text not null,
        kind text not null,
        enabled boolean not null,
        -- The whole config, sealed: no part of it is readable in the database.
        sealed_config text not null,
        -- Which lease it belongs to: the replica that holds the lease runs it.
        slot int not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create index inlets_newest on inlets (tenant_id, created_at desc, id desc);
      create index inlets_of_slot on inlets (slot);

      -- How it fares, written by the replica that runs it; apart, so that no message changes the inlet's version.
      create table inlet_status (
        inlet_id uuid primary key references inlets on delete cascade,
        state text not null,
        last_error text,
        last_error_at timestamptz,
        last_message_at timestamptz,
        -- What the far side was asked to send: what is left out of a new config must be taken back there.
        subscribed text[] not null default '{}',
        stored bigint not null default 0,
        refused bigint not null default 0,
        ignored bigint not null default 0
      ) with (fillfactor = 70);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table inlet_status, inlets');
  }
}
