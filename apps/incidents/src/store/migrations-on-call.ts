import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['schedules', 'schedule_overrides'];

/** Who is on call is held in memory, as rules are: every replica hears of what changes it. */
export class OnCallChanges1795660000000 implements MigrationInterface {
  readonly name = 'OnCallChanges1795660000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await runner.query(`
        create trigger ${table}_changed after insert or update or delete on ${table} for each row execute function tell_rules_changed()`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`drop trigger ${table}_changed on ${table}`);
  }
}

/** Who was told last that they are on call, and when to look whether it is somebody else. */
export class HandOffs1795690000000 implements MigrationInterface {
  readonly name = 'HandOffs1795690000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table schedule_hand_offs (
        schedule_id uuid primary key references schedules on delete cascade,
        tenant_id uuid not null,
        due_at timestamptz not null,
        user_id uuid,
        -- Whether user_id was found out: schedules that were there before are looked at without a word.
        known boolean not null
      );
      create index schedule_hand_offs_due on schedule_hand_offs (due_at);
      insert into schedule_hand_offs select id, tenant_id, now(), null, false from schedules;

      create function look_for_hand_off() returns trigger language plpgsql as $$
      begin
        if tg_table_name = 'schedule_overrides' then
          update schedule_hand_offs set due_at = now() where schedule_id = coalesce(new.schedule_id, old.schedule_id);
        else
          insert into schedule_hand_offs values (new.id, new.tenant_id, now(), null, true) on conflict (schedule_id) do update set due_at = excluded.due_at;
        end if;
        return null;
      end $$;
      create trigger schedules_handed_off after insert or update on schedules for each row execute function look_for_hand_off();
      create trigger schedule_overrides_handed_off after insert or update or delete on schedule_overrides for each row execute function look_for_hand_off();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function look_for_hand_off cascade; drop table schedule_hand_offs');
  }
}
