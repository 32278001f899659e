import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { HouseClaims1795705000000, HouseRefusal1795000000000, HouseTables1700000000000 } from './house-tables.js';

type Migration = new () => MigrationInterface;

/** What one service brings to the migrate step. */
export interface ServiceSchema {
  /** The service's name: also its schema, and `signalbox_<name>` its role. */
  readonly name: string;
  readonly migrations: readonly Migration[];
  /** Tables to which the service may only add: no UPDATE, no DELETE, enforced by grants. */
  readonly appendOnly?: readonly string[];
}

export interface MigrateOptions {
  /** The owner's connection: the only one that may make roles, schemas and tables. */
  readonly ownerUrl: string;
  /** The password of each service's role, by service name. A service without one keeps its role as it is. */
  readonly rolePasswords: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/**
 * Brings every schema up to date, under one advisory lock, so that replicas may race to it. Makes, for each service: a role that can log in
 * and owns nothing, a schema, the house's tables and its own, and grants of DML on that schema alone. Where the owner may not make roles,
 * it says so, and the services must connect as the owner: `ownRoles` tells which of the two.
 */
export async function migrate(services: readonly ServiceSchema[], options: MigrateOptions): Promise<{ ownRoles: boolean }> {
  const owner = new Client({ connectionString: options.ownerUrl, application_name: 'signalbox-migrate' });
  await owner.connect();
  try {
    await owner.query(`select pg_advisory_lock(hashtext('signalbox-migrate'))`);
    const mayMakeRoles = await canCreateRoles(owner);
    if (!mayMakeRoles) options.log('this database user may not create roles: all services must connect as it (one role, no isolation between services)');
    await owner.query('revoke create on schema public from public');
    for (const service of services) {
      await owner.query(`create schema if not exists ${escapeIdentifier(service.name)}`);
      const applied = await runMigrations(service, options.ownerUrl);
      if (applied.length > 0) options.log(`${service.name}: ${applied.join(', ')}`);
      if (mayMakeRoles) await wholly(owner, () => grantRole(owner, service, options.rolePasswords[service.name]));
    }
    return { ownRoles: mayMakeRoles };
  } finally {
    await owner.end();
  }
}

/** All of it or nothing: a service that sees its schema but may not read it yet would take every message for poison. */
async function wholly(owner: Client, work: () => Promise<void>): Promise<void> {
  await owner.query('begin');
  try {
    await work();
    await owner.query('commit');
  } catch (error) {
    await owner.query('rollback');
    throw error;
  }
}

async function canCreateRoles(owner: Client): Promise<boolean> {
  const { rows } = await owner.query<{ ok: boolean }>(`select rolcreaterole or rolsuper as ok from pg_roles where rolname = current_user`);
  return rows[0]?.ok === true;
}

async function runMigrations(service: ServiceSchema, url: string): Promise<string[]> {
  const source = new DataSource({
    type: 'postgres', url, schema: service.name,
    migrations: [HouseTables1700000000000, HouseRefusal1795000000000, HouseClaims1795705000000, ...service.migrations] as Migration[],
    migrationsTableName: 'migrations', extra: { options: `-c search_path=${service.name}`, max: 1 },
  });
  await source.initialize();
  try {
    const applied = await source.runMigrations({ transaction: 'all' });
    return applied.map((m) => m.name);
  } finally {
    await source.destroy();
  }
}

/** The role sees its own schema and nothing else: reading a neighbour's tables is refused by the database, not by promise. */
async function grantRole(owner: Client, service: ServiceSchema, password: string | undefined): Promise<void> {
  const role = escapeIdentifier(`signalbox_${service.name}`);
  const schema = escapeIdentifier(service.name);
  const known = await owner.query(`select 1 from pg_roles where rolname = $1`, [`signalbox_${service.name}`]);
  if (known.rowCount === 0) await owner.query(`create role ${role} login nosuperuser nocreatedb nocreaterole`);
  if (password !== undefined) await owner.query(`alter role ${role} password ${escapeLiteral(password)}`);
  await owner.query(`grant usage on schema ${schema} to ${role}`);
  await owner.query(`grant select, insert, update, delete on all tables in schema ${schema} to ${role}`);
  await owner.query(`grant usage, select on all sequences in schema ${schema} to ${role}`);
  await owner.query(`revoke all on ${schema}.migrations from ${role}`);
  for (const table of service.appendOnly ?? []) {
    await owner.query(`revoke update, delete, truncate on ${schema}.${escapeIdentifier(table)} from ${role}`);
  }
}
