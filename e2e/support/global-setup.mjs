// Jest's globalSetup: the whole product once for all e2e files, and a door through which they can kill and restart its parts.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSystem } from '../../tools/system.mjs';

export default async function setup() {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-e2e-'));
  const said = [];
  const system = await startSystem({
    dir, durable: false, say: (line) => void said.push(line),
    // The receivers of the tests are on loopback.
    env: { OUTBOUND_ALLOW_PRIVATE: 'true' },
  });
  const door = await openDoor(system, said);
  const { urls, databaseUrl, natsUrl, secrets: { bootstrap } } = system;
  process.env.SIGNALBOX_E2E = JSON.stringify({ dir, urls, databaseUrl, natsUrl, bootstrap, door: `http://127.0.0.1:${door.address().port}` });
  globalThis.signalboxE2e = {
    stop: async () => {
      door.close();
      await system.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Test files live in contexts of their own, so they ask over HTTP: POST /kill/<name>/<signal>, /restart/<name>, /ready; GET /pids, /said. */
function openDoor(system, said) {
  const does = {
    kill: (name, signal) => system.kill(name, signal),
    restart: (name) => system.restart(name),
    ready: () => system.ready(),
    pids: () => system.pids,
    said: () => said,
  };
  const server = createServer(async (request, response) => {
    const [, what, ...words] = request.url.split('/');
    try {
      const answer = await does[what](...words);
      response.end(JSON.stringify(answer ?? null));
    } catch (error) {
      response.writeHead(500).end(JSON.stringify(error.message));
    }
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done(server));
  });
}
