import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Admin1763710000000 implements MigrationInterface {
  readonly name = 'Admin1763710000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tenants (
        id uuid primary key,
        version int not null,
        name text not null,
        enabled boolean not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      );
      create unique index tenants_name on tenants (lower(name));

      -- People are known once, whatever number of tenants they belong to.
      create table users (
        id uuid primary key,
        email text not null,
        name text not null,
        platform_operator boolean not null default false,
        created_at timestamptz(3) not null
      );
      create unique index users_email on users (lower(email));

      create table credentials (
        user_id uuid primary key references users on delete cascade,
        password_hash text not null,
        changed_at timestamptz(3) not null
      );

      create table memberships (
        tenant_id uuid not null references tenants,
        user_id uuid not null references users on delete cascade,
        role text not null check (role in ('viewer', 'editor', 'admin')),
        version int not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        primary key (user_id, tenant_id)
      );
      create index memberships_newest on memberships (tenant_id, created_at desc, user_id desc);

      -- The cookie's token is stored as its SHA-256 only.
      create table sessions (
        token_hash text primary key,
        user_id uuid not null references users on delete cascade,
        created_at timestamptz not null default now(),
        seen_at timestamptz not null default now(),
        expires_at timestamptz not null,
        ip text,
        user_agent text
      );
      create index sessions_of_user on sessions (user_id);
      create index sessions_expiry on sessions (expires_at);

      -- How often somebody tried to sign in lately, by account and by address (both hashed).
      create table sign_in_attempts (
        key text primary key,
        attempts int not null,
        since timestamptz not null
      ) with (fillfactor = 70);
      create index sign_in_attempts_age on sign_in_attempts (since);

      create table api_keys (
        id uuid primary key,
        tenant_id uuid not null references tenants,
        version int not null,
        name text not null,
        hash text not null,
        prefix text not null,
        role text not null check (role in ('viewer', 'editor', 'admin')),
        scopes text[] not null,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at timestamptz(3),
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      );
      create unique index api_keys_hash on api_keys (hash);
      create index api_keys_newest on api_keys (tenant_id, created_at desc, id desc);

      create table audit_log (
        id uuid primary key,
        tenant_id uuid not null,
        at timestamptz(3) not null,
        actor_type text not null,
        actor_id text not null,
        actor_name text not null,
        action text not null,
        resource text not null,
        resource_id text not null,
        before jsonb,
        after jsonb,
        ip text,
        request_id text
      );
      create index audit_log_newest on audit_log (tenant_id, at desc, id desc);
      create index audit_log_of_resource on audit_log (tenant_id, resource, resource_id, at desc);
      create index audit_log_of_actor on audit_log (tenant_id, actor_id, at desc);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table audit_log, api_keys, sign_in_attempts, sessions, memberships, credentials, users, tenants');
  }
}
