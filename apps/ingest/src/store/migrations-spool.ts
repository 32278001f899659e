import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each stream's rows of the spool by themselves, in order: those of one that is full are not passed over to find another's. */
export class SpoolByStream1795810000000 implements MigrationInterface {
  readonly name = 'SpoolByStream1795810000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index spool_by_stream on spool (split_part(subject, '.', 1), id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index spool_by_stream');
  }
}
