import { randomUUID } from 'node:crypto';
import { createDatabase } from '../../../tools/servers/postgres.mjs';

/** Set by global-setup.mjs: the superuser's URL of the one Postgres of this jest run. */
const SERVER = 'SIGNALBOX_TEST_POSTGRES';

/** A new empty database on this run's Postgres, and the superuser's URL of it. Roles are shared by all databases of a run. */
export async function freshDatabase(): Promise<{ url: string }> {
  const server = process.env[SERVER];
  if (!server) throw new Error('No Postgres for this test: name it *.int.spec.ts and run it with `npx jest -c jest.integration.cjs <pattern>`.');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(server, name);
  const url = new URL(server);
  url.pathname = name;
  return { url: url.href };
}
