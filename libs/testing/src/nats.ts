import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats as startServer } from '../../../tools/servers/nats.mjs';
import type { Server } from '../../../tools/servers/process.mjs';
import { forgetful } from './forgetful.js';

export type { Server };

/** A NATS server of one's own with JetStream on files, ready in about 25 ms; `stop()` forgets its data, `kill()` and `restart()` keep it. */
export async function startNats(options: { syncInterval?: 'always' } = {}): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-nats-'));
  return forgetful(await startServer({ dir, ...options }), dir);
}
