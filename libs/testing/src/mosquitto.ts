import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mosquittoBinary, startMosquitto as startServer } from '../../../tools/servers/mosquitto.mjs';
import type { Server } from '../../../tools/servers/process.mjs';
import { forgetful } from './forgetful.js';

/** Whether the MQTT broker Mosquitto is installed here (Debian: apt-get install mosquitto). */
export function hasMosquitto(): boolean {
  return mosquittoBinary() !== undefined;
}

/** A real MQTT broker of one's own; `settings` are lines of its configuration. `stop()` forgets its sessions, `kill()` and `restart()` keep them. */
export async function startMosquitto(settings: readonly string[] = []): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-mosquitto-'));
  return forgetful(await startServer({ dir, settings }), dir);
}
