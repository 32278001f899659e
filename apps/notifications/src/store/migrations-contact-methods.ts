import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How people are reached. */
export class ContactMethods1795330000000 implements MigrationInterface {
  readonly name = 'ContactMethods1795330000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table contact_methods (
        id uuid primary key,
        tenant_id uuid not null,
        user_id uuid not null,
        version int not null,
        kind text not null,
        address text not null,
        label text,
        position int not null,
        verified_at timestamptz,
        -- Of the code that is to prove the address, keyed by a secret of ours: six digits are soon found behind a plain hash.
        code_hash text,
        code_expires_at timestamptz,
        code_tries int not null default 0,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      );
      create unique index contact_methods_address on contact_methods (tenant_id, user_id, kind, lower(address));
      create index contact_methods_newest on contact_methods (tenant_id, created_at desc, id desc);

      -- When codes were sent: limits look at the last hour. It outlives the method, so that deleting one does not begin anew.
      create table contact_codes_sent (tenant_id uuid not null, address text not null, asked_by text not null, sent_at timestamptz not null default now());
      create index contact_codes_sent_lately on contact_codes_sent (tenant_id, sent_at);
      create index contact_codes_sent_age on contact_codes_sent (sent_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table contact_codes_sent, contact_methods');
  }
}
