import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Everything that is watched by the clock, of whatever kind. */
export class Monitors1795321500000 implements MigrationInterface {
  readonly name = 'Monitors1795321500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table monitors (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        kind text not null check (kind in ('heartbeat', 'tls', 'obligation')),
        name text not null,
        service_id uuid,
        enabled boolean not null,
        config jsonb not null,
        state jsonb not null,
        due_at timestamptz,
        claim uuid,
        key_hash text,
        sealed_key text,
        last_beat_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null
      ) with (fillfactor = 70);
      create index monitors_newest on monitors (tenant_id, kind, created_at desc, id desc);
      create index monitors_due_by_clock on monitors (due_at) where due_at is not null and kind <> 'tls';
      create index monitors_due_by_check on monitors (due_at) where due_at is not null and kind = 'tls';
      create unique index monitors_key on monitors (key_hash) where key_hash is not null;

      -- Wakes every clockwork when something is due sooner than it was; later is none of their business.
      create function monitor_due_sooner() returns trigger language plpgsql as $$
      begin perform pg_notify('ingest_monitors', ''); return null; end $$;
      create trigger monitors_made after insert on monitors for each row when (new.due_at is not null) execute function monitor_due_sooner();
      create trigger monitors_sooner after update of due_at on monitors for each row
        when (new.due_at is not null and (old.due_at is null or new.due_at < old.due_at)) execute function monitor_due_sooner();

      -- When beats could last be taken in: whoever comes after a gap knows that some may have been missed through no fault of their senders.
      create table monitor_vigil (
        only_row boolean primary key default true check (only_row),
        seen_at timestamptz not null
      );
      insert into monitor_vigil (seen_at) values (now());
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table monitor_vigil, monitors; drop function monitor_due_sooner');
  }
}
