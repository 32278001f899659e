import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['schedules', 'schedule_overrides'];

/** Who is on call is held in memory, as rules are: every replica hears of what changes it. */
export class OnCallChanges1795660000000 implements MigrationInterface {
  readonly name = 'OnCallChanges1795660000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`create trigger ${table}_changed after insert or update or delete on ${table} for each row execute function tell_rules_changed()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`drop trigger ${table}_changed on ${table}`);
  }
}
