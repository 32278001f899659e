import { freshDatabase } from '@signalbox/testing';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { Database } from './database.js';
import { migrate, type ServiceSchema } from './migrate.js';

class Notes1700000000001 implements MigrationInterface {
  readonly name = 'Notes1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create table notes (id int primary key, text text); create table history (id bigint generated always as identity primary key, text text)',
    );
  }
  async down(): Promise<void> {}
}

class Broken1700000000002 implements MigrationInterface {
  readonly name = 'Broken1700000000002';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table half (id int)');
    await runner.query('create table half (id int)');
  }
  async down(): Promise<void> {}
}

// Roles belong to the whole server, which other specs share: these are this spec's own.
const [one, two] = [`one_${randomUUID().slice(0, 8)}`, `two_${randomUUID().slice(0, 8)}`];
const services: ServiceSchema[] = [
  { name: one, migrations: [Notes1700000000001], appendOnly: ['history'] },
  { name: two, migrations: [Notes1700000000001] },
];
const rolePasswords = { [one]: "o'ne", [two]: 'two' };
let ownerUrl: string;
const said: string[] = [];

function as(service: string, url = ownerUrl): Database {
  const role = new URL(url);
  role.username = `signalbox_${service}`;
  role.password = encodeURIComponent(rolePasswords[service]!);
  return new Database({ url: role.href, schema: service });
}

async function refusal(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(() => undefined, (error: { code?: string }) => error.code);
}

beforeAll(async () => {
  ({ url: ownerUrl } = await freshDatabase());
  await Promise.all(Array.from({ length: 5 }, () => migrate(services, { ownerUrl, rolePasswords, log: (line) => said.push(line) })));
});

describe('the migrate step', () => {
  it('does each thing once although five of them race', () => {
    expect(said.toSorted()).toEqual([one, two]
      .map((name) => `${name}: HouseTables1700000000000, Notes1700000000001, HouseRefusal1795000000000, HouseClaims1795705000000`)
      .toSorted());
  });

  it('lets each service write its own tables and wait for nothing', async () => {
    const db = as(one);
    expect(await db.ready()).toBe(true);
    await db.query(`insert into notes values (1, 'mine')`);
    await db.query(`update notes set text = 'still mine'`);
    await db.query(`insert into outbox (subject, message_id, body) values ('s', 'm', '\\x00')`);
    expect(await db.query('select text from notes')).toEqual([{ text: 'still mine' }]);
    await db.close();
  });

  it('keeps a service out of every other schema, and from making or changing tables', async () => {
    const db = as(two);
    const denied = await Promise.all([
      `select * from ${one}.notes`, `insert into ${one}.notes values (2)`, `select * from ${one}.outbox`,
      'create table mine (id int)', 'drop table notes', 'alter table notes add column x int',
      'create table public.mine (id int)', 'select * from migrations', `set role signalbox_${one}`, 'create role another',
    ].map((statement) => refusal(db.query(statement))));
    expect(denied).toEqual(denied.map(() => '42501'));
    await db.close();
  });

  it('lets nobody change or delete what is only added to', async () => {
    const db = as(one);
    await db.query(`insert into history (text) values ('it happened')`);
    const changes = [`update history set text = 'it did not'`, 'delete from history', 'truncate history'];
    expect(await Promise.all(changes.map((statement) => refusal(db.query(statement))))).toEqual(['42501', '42501', '42501']);
    expect(await db.query('select text from history')).toEqual([{ text: 'it happened' }]);
    await db.close();
  });

  it('leaves a schema as it was when a migration fails, and says so', async () => {
    const { url } = await freshDatabase();
    await expect(migrate([{ name: one, migrations: [Notes1700000000001, Broken1700000000002] }], { ownerUrl: url, rolePasswords: {}, log: () => undefined }))
      .rejects.toThrow('already exists');
    const owner = new Database({ url, schema: one });
    expect(await owner.ready()).toBe(false);
    await owner.close();
  });

  it('changes a password, and keeps the one there is when none is given', async () => {
    await migrate(services, { ownerUrl, rolePasswords: {}, log: () => undefined });
    const db = as(two);
    expect(await db.ready()).toBe(true);
    await db.close();
  });

  it('tells that services must connect as the owner when it may make no roles, and they can', async () => {
    const { url } = await freshDatabase();
    const plain = `plain_${randomUUID().slice(0, 8)}`;
    const admin = new Client({ connectionString: url });
    await admin.connect();
    await admin.query(
      `create role ${plain} login password 'plain' nosuperuser nocreaterole; grant create on database ${new URL(url).pathname.slice(1)} to ${plain}`,
    );
    await admin.end();
    const plainUrl = new URL(url);
    plainUrl.username = plain;
    plainUrl.password = 'plain';
    const lines: string[] = [];
    expect(await migrate(services, { ownerUrl: plainUrl.href, rolePasswords, log: (line) => lines.push(line) })).toEqual({ ownRoles: false });
    expect(lines[0]).toContain('may not create roles: all services must connect as it');
    const db = new Database({ url: plainUrl.href, schema: one });
    expect(await db.ready()).toBe(true);
    await db.query(`insert into notes values (1, 'shared')`);
    await db.close();
  });
});
