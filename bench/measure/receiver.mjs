// The far side: answers every POST at once with 200 and notes which id it carried (the first `bench-…` in its body) and when.
import { createServer } from 'node:http';
import { answer } from './child.mjs';
import { nowMs } from './clock.mjs';

const arrivals = new Map();
const OK = { 'content-type': 'application/json', 'content-length': 2 };

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const at = nowMs();
    const [id = 'without an id'] = /bench-[\w-]+/.exec(Buffer.concat(chunks).toString('latin1')) ?? [];
    const known = arrivals.get(id);
    if (known === undefined) arrivals.set(id, { at, times: 1 });
    else known.times += 1;
    response.writeHead(200, OK).end('{}');
  });
});
server.keepAliveTimeout = 60_000;

answer({
  /** Gives the URL. */
  listen: () => new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`)); }),
  /** How many different ids have arrived. */
  count: () => arrivals.size,
  /** Map of id → `{ at, times }`; forgets them. */
  take: () => {
    const taken = new Map(arrivals);
    arrivals.clear();
    return taken;
  },
});
