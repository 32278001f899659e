import type { MigrationInterface, QueryRunner } from 'typeorm';
import { NEXT_STEP_AT, WAITS_FOR_STEP } from './auditor.js';

/** When the next step of each incident comes that nobody is on. */
export class EscalationAudit1795670000000 implements MigrationInterface {
  readonly name = 'EscalationAudit1795670000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index incidents_next_step on incidents ((${NEXT_STEP_AT})) where ${WAITS_FOR_STEP}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index incidents_next_step');
  }
}
