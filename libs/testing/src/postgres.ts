import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres as startServer } from '../../../tools/servers/postgres.mjs';
import type { Server } from '../../../tools/servers/process.mjs';
import { forgetful } from './forgetful.js';

/**
 * A Postgres server of one's own, ready in about a second, for tests that kill it; every other test takes a `freshDatabase()`.
 * `url` is the superuser's; `stop()` forgets its data, `kill()` and `restart()` keep it.
 */
export async function startPostgres(): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-postgres-'));
  return forgetful(await startServer({ dir, password: 'test', durable: false }), dir);
}
