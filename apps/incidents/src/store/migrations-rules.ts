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

/** Which changed rules the open incidents are still to be held against: noted with the change itself, whatever makes it. */
export class RuleChanges1795630000000 implements MigrationInterface {
  readonly name = 'RuleChanges1795630000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table rule_changes (
        tenant_id uuid not null,
        -- Or of the service whose settings changed.
        rule_id uuid not null,
        due_at timestamptz not null,
        -- How often all of the tenant's open incidents are still to be gone through.
        looks int not null,
        -- Where the look that has begun goes on: incidents are taken newest first.
        after_at timestamptz,
        after_id uuid,
        primary key (tenant_id, rule_id)
      );
      create index rule_changes_due on rule_changes (due_at);

      create function note_rule_change() returns trigger language plpgsql as $$
      begin
        insert into rule_changes (tenant_id, rule_id, due_at, looks) values (coalesce(new.tenant_id, old.tenant_id), coalesce(new.id, old.id), 'epoch', 2)
        on conflict (tenant_id, rule_id) do update set due_at = excluded.due_at, looks = excluded.looks, after_at = null, after_id = null;
        return null;
      end $$;
      ${['silences', 'maintenance_windows', 'inhibition_rules'].map((table) =>
        `create trigger ${table}_noted after insert or update or delete on ${table} for each row execute function note_rule_change();`).join('\n      ')}
      -- A new grouping is of what opens from now on.
      create trigger grouping_rules_noted after delete on grouping_rules for each row execute function note_rule_change();
      create trigger services_noted after update on services for each row
        when (old.depends_on is distinct from new.depends_on or old.flapping is distinct from new.flapping) execute function note_rule_change();
      create trigger services_deletion_noted after delete on services for each row execute function note_rule_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function note_rule_change cascade; drop table rule_changes');
  }
}

/** A tenant's newest events, against which a rule is tried. */
export class EventsOfTenants1795640000000 implements MigrationInterface {
  readonly name = 'EventsOfTenants1795640000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index incident_events_of_tenant on incident_events (tenant_id, accepted_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index incident_events_of_tenant');
  }
}

/** A rule that is changed by hand (psql, whose search path is another) is noted as well. */
export class RuleChangesByHand1795641000000 implements MigrationInterface {
  readonly name = 'RuleChangesByHand1795641000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter function note_rule_change() set search_path from current');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter function note_rule_change() reset search_path');
  }
}
