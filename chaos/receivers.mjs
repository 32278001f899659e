import { createServer } from 'node:http';
import { chance } from './random.mjs';

/** What each far side does with a request, while it is unwell. */
const MANNERS = {
  fast: () => 200,
  failing: () => 500,
  refusing: () => 400,
  hanging: (dice) => (dice.happens(0.1) ? 'hang' : 200),
  limited: (dice) => (dice.happens(0.1) ? 429 : 200),
  resetting: (dice) => (dice.happens(0.15) ? 'reset' : 200),
  notified: (dice) => (dice.happens(0.05) ? 500 : dice.happens(0.03) ? 400 : 200),
};

const NEVER_WELL = ['failing', 'refusing'];

/**
 * The far sides of all routes and of the channel, by path. `taken`: path → webhook-id → how often it was answered 200;
 * `behave(path, status)`: from now on it answers so, whatever its manner (undefined: as its manner is); `heal()`: all are well but those that never are.
 */
export async function startReceivers(seed) {
  const dice = chance(seed, 'receivers');
  const taken = Object.fromEntries(Object.keys(MANNERS).map((path) => [path, new Map()]));
  const told = new Map();
  const server = createServer((request, response) => {
    const path = request.url.slice(1);
    request.resume().once('end', () => {
      const manner = told.get(path) ?? MANNERS[path](dice);
      if (manner === 'hang') return;
      if (manner === 'reset') return void request.socket.resetAndDestroy();
      const id = request.headers['webhook-id'];
      if (manner === 200) taken[path].set(id, (taken[path].get(id) ?? 0) + 1);
      response.writeHead(manner, manner === 429 ? { 'retry-after': '1' } : {}).end();
    });
  });
  await new Promise((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    taken,
    behave: (path, status) => told.set(path, status),
    heal: () => Object.keys(MANNERS).filter((path) => !NEVER_WELL.includes(path)).forEach((path) => told.set(path, 200)),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
