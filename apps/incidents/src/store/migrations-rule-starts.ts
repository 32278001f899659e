import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Silences and windows that begin later, or again, are looked at then: those that are there already are noted once. */
export class RuleStarts1795703000000 implements MigrationInterface {
  readonly name = 'RuleStarts1795703000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      insert into rule_changes (tenant_id, rule_id, due_at, looks)
      select tenant_id, id, 'epoch'::timestamptz, 1 from silences where ends_at > now()
      union all select tenant_id, id, 'epoch'::timestamptz, 1 from maintenance_windows
      on conflict do nothing
    `);
  }

  async down(): Promise<void> {
    // What is noted beyond need is looked at once and gone.
  }
}
