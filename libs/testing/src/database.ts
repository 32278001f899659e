import type { ServiceSchema } from '@signalbox/database';
import { randomUUID } from 'node:crypto';
import { createDatabase } from '../../../tools/servers/postgres.mjs';

/** Set by global-setup.mjs: the superuser's URL of the one Postgres of this jest run. */
const SERVER = 'SIGNALBOX_TEST_POSTGRES';

/** A new database on this run's Postgres, empty or with the tables of a service, and the superuser's URL of it. Roles are shared by all databases of a run. */
export async function freshDatabase(schema?: ServiceSchema): Promise<{ url: string }> {
  const server = process.env[SERVER];
  if (!server) throw new Error('No Postgres for this test: name it *.int.spec.ts and run it with `npx jest -c jest.integration.cjs <pattern>`.');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(server, name);
  const url = new URL(server);
  url.pathname = name;
  if (schema !== undefined) await migrated(schema, url.href);
  return { url: url.href };
}

/** Makes the tables of a service. The lib is loaded when it is needed: unit specs that import this one need no database. */
export async function migrated(schema: ServiceSchema, ownerUrl: string): Promise<void> {
  const { migrate } = await import('@signalbox/database');
  await migrate([schema], { ownerUrl, rolePasswords: {}, log: () => undefined });
}
