import { rmSync } from 'node:fs';
import type { Server } from '../../../tools/servers/process.mjs';

/** The same server, whose `stop()` also removes its directory. */
export function forgetful(server: Server, dir: string): Server {
  const { stop } = server;
  return Object.defineProperty(server, 'stop', {
    value: async () => {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  });
}
