// A small HTTP receiver for the demo: prints what it gets and keeps the last 1000 at GET /received.
// POST /fail?status=500 simulates an outage (every other request is answered so), POST /ok ends it.
import { createServer } from 'node:http';

const KEPT = 1000;
const SHOWN = 300;
const received = [];
let status = 200;

const controls = {
  'GET /readyz': () => [200, { ready: true }],
  'GET /livez': () => [200, { alive: true }],
  'GET /received': () => [200, received],
  'DELETE /received': () => [200, { forgotten: received.splice(0).length }],
  'POST /ok': () => [200, { status: (status = 200) }],
  'POST /fail': ({ searchParams }) => {
    const wanted = Number(searchParams.get('status') ?? 500);
    if (!Number.isInteger(wanted) || wanted < 200 || wanted > 599) return [400, { error: 'status must be 200-599' }];
    return [200, { status: (status = wanted) }];
  },
};

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url, 'http://sink');
  const control = controls[`${request.method} ${url.pathname}`];
  const [code, answer] = control ? control(url) : take(request, Buffer.concat(chunks).toString('utf8'));
  response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`);
});

function take({ method, url, headers }, text) {
  const entry = { at: new Date().toISOString(), method, url, headers, body: parsed(text), answered: status };
  received.push(entry);
  if (received.length > KEPT) received.shift();
  console.log(`${method} ${url} → ${status}  ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}`);
  return [status, status < 300 ? { received: true } : { error: 'simulated outage (POST /ok ends it)' }];
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

server.listen(Number(process.env.SERVICE_PORT ?? 8090), process.env.BIND_ADDRESS ?? '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
