import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A service's policy is there: one that is used cannot be deleted, whoever comes first. */
export class ServicePolicies1795620000000 implements MigrationInterface {
  readonly name = 'ServicePolicies1795620000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table services add constraint services_policy foreign key (policy_id) references escalation_policies (id);
      create index services_of_policy on services (policy_id) where policy_id is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index services_of_policy; alter table services drop constraint services_policy');
  }
}
