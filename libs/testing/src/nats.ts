import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats as startServer } from '../../../tools/servers/nats.mjs';
import type { Server } from '../../../tools/servers/process.mjs';

export type { Server };

/** A NATS server of one's own with JetStream on files, ready in about 25 ms; `stop()` forgets its data, `kill()` and `restart()` keep it. */
export async function startNats(options: { syncInterval?: 'always' } = {}): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-nats-'));
  const server = await startServer({ dir, ...options });
  const { stop } = server;
  return Object.defineProperty(server, 'stop', {
    value: async () => {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  });
}
