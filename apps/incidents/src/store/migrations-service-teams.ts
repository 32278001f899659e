import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who answers for a service: a team of admin's, by its id. */
export class ServiceTeams1795511000000 implements MigrationInterface {
  readonly name = 'ServiceTeams1795511000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table services add column team_id uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table services drop column team_id');
  }
}
