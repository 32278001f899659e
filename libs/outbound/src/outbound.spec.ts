import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import type { Lookup } from './address-guard.js';
import type { OutboundRequest } from './http-exchange.js';
import type { OutboundError } from './outbound-error.js';
import { createOutbound, type Outbound, type OutboundOptions } from './outbound.js';

const policy = { allowPrivate: false, allowCidrs: ['127.0.0.1/32'] };
const opened: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

/** A way out that ends with its test. Names resolve to the loopback unless the test says otherwise. */
function out(options: Partial<OutboundOptions> = {}): Outbound {
  const lookup: Lookup = async () => [{ address: '127.0.0.1', family: 4 }];
  const outbound = createOutbound({ policy, lookup, timeoutMs: 5_000, ...options });
  opened.push(outbound);
  return outbound;
}

async function listening(server: Server) {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  opened.push({ close });
  return { port, url: `http://127.0.0.1:${port}/s3cret?token=s3cret`, open: () => sockets.size, connections: () => connections };
}
const http = (listener: RequestListener) => listening(createHttp(listener));
const tcp = (onSocket: (socket: Socket) => void) => listening(createTcp(onSocket));

/** Answers nothing; hands the requests to the test. */
async function silent() {
  const waiting: ServerResponse[] = [];
  const server = await http((_request, response) => waiting.push(response));
  return { ...server, waiting };
}

async function eventually(check: () => boolean): Promise<void> {
  for (const until = Date.now() + 3_000; !check(); ) {
    if (Date.now() > until) throw new Error(`never: ${check}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const refusal = (request: Promise<unknown>): Promise<OutboundError> =>
  request.then((answer) => Promise.reject(new Error(`answered ${inspect(answer)}`)), (error) => error);

const headers = { authorization: 'Bearer s3cret', 'content-type': 'application/json' };
const post = (url: string) => ({ method: 'POST', url, headers, body: '{"text":"s3cret"}' });

/** What every fault must look like, whatever its kind. */
function expectFault(error: OutboundError, code: string, requestWritten: boolean) {
  expect({ name: error.name, code: error.code, requestWritten: error.requestWritten }).toEqual({ name: 'OutboundError', code, requestWritten });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cret');
}

describe('a request', () => {
  it('arrives as it was given, at the host that the URL names', async () => {
    const seen: { request: IncomingMessage; body: string }[] = [];
    const { port } = await http((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => {
        seen.push({ request, body });
        response.writeHead(201, { 'Content-Type': 'text/plain', 'Set-Cookie': ['a=1', 'b=2'] }).end('grüezi');
      });
    });
    const answer = await out().request({ ...post(`http://hooks.example:${port}/a%20b/ü?q=1#part`), method: 'PUT' });
    expect(answer).toMatchObject({ status: 201, body: 'grüezi', truncated: false, headers: { 'content-type': 'text/plain', 'set-cookie': 'a=1, b=2' } });
    expect(answer.durationMs).toBeGreaterThanOrEqual(0);
    expect(seen).toHaveLength(1);
    const { request, body } = seen[0]!;
    expect([request.method, request.url, body]).toEqual(['PUT', '/a%20b/%C3%BC?q=1', '{"text":"s3cret"}']);
    expect(request.headers).toMatchObject({ host: `hooks.example:${port}`, ...headers });
  });

  it('sends bytes as they are', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { url } = await http((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk)).on('end', () => response.end(Buffer.concat(chunks).toString('hex')));
    });
    const answer = await out().request({ method: 'POST', url, body: bytes });
    expect(answer.body).toBe(Buffer.from(bytes).toString('hex'));
  });

  it.each([200, 204, 304, 404, 500])('takes %i as an answer', async (status) => {
    const { url } = await http((_request, response) => response.writeHead(status).end());
    await expect(out().request(post(url))).resolves.toMatchObject({ status, body: '' });
  });

  it('takes the final answer after early hints', async () => {
    const { url } = await http((_request, response) => {
      response.writeEarlyHints({ link: '</x>; rel=preload' });
      response.end('final');
    });
    await expect(out().request(post(url))).resolves.toMatchObject({ status: 200, body: 'final' });
  });

  it.each([301, 302, 303, 307, 308])('never follows a %i', async (status) => {
    let visits = 0;
    const inside = await http((_request, response) => response.end(String((visits += 1))));
    const { url } = await http((_request, response) => response.writeHead(status, { location: inside.url }).end());
    await expect(out().request(post(url))).resolves.toMatchObject({ status, headers: { location: inside.url } });
    expect(visits).toBe(0);
  });
});

describe('connections', () => {
  it('are kept and used again', async () => {
    const server = await http((_request, response) => response.end('ok'));
    const outbound = out();
    for (let i = 0; i < 10; i += 1) await outbound.request(post(server.url));
    expect(server.connections()).toBeLessThanOrEqual(2); // undici frees a connection one turn after the answer: a prompt sender alternates
  });

  it('to one origin never exceed the limit, with one request at a time on each', async () => {
    const server = await silent();
    const outbound = out({ connectionsPerOrigin: 2 });
    const all = Array.from({ length: 6 }, () => outbound.request(post(server.url)));
    for (let answered = 0; answered < 6; answered += 2) {
      await eventually(() => server.waiting.length === 2);
      expect(server.open()).toBe(2);
      for (const response of server.waiting.splice(0)) response.end('ok');
    }
    await Promise.all(all);
    expect(server.connections()).toBe(2);
  });

  it('are drained when the way out closes, those that wait for a connection included', async () => {
    const waiting: ServerResponse[] = [];
    const server = await http((_request, response) => waiting.push(response.setHeader('connection', 'close')));
    const outbound = out({ connectionsPerOrigin: 1 });
    const all = Promise.all(Array.from({ length: 3 }, () => outbound.request(post(server.url))));
    await eventually(() => waiting.length === 1);
    let closed = false;
    const closing = outbound.close().then(() => (closed = true));
    for (let i = 0; i < 3; i += 1) {
      await eventually(() => waiting.length === 1);
      expect(closed).toBe(false);
      waiting.pop()?.end(`answer ${i}`);
    }
    expect((await all).map(({ body }) => body)).toEqual(['answer 0', 'answer 1', 'answer 2']);
    await closing;
    await eventually(() => server.open() === 0);
    expectFault(await refusal(outbound.request(post(server.url))), 'connect', false);
  });

  it('share one question to DNS per name', async () => {
    let questions = 0;
    const server = await http((_request, response) => response.end('ok'));
    const outbound = out({
      lookup: async () => {
        questions += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    await Promise.all(Array.from({ length: 5 }, () => outbound.request(post(`http://hooks.example:${server.port}/`))));
    expect([questions, server.connections()]).toEqual([1, 5]);
  });

  it('try the next address when one does not answer', async () => {
    const server = await http((_request, response) => response.end('ok'));
    const addresses = [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }];
    const outbound = out({ lookup: async () => addresses, policy: { allowPrivate: true, allowCidrs: [] } });
    await expect(outbound.request(post(`http://both.example:${server.port}/`))).resolves.toMatchObject({ body: 'ok' });
  });
});

describe('an answer', () => {
  it('without end is read up to the limit and then cut off', async () => {
    const server = await http((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    const answer = await out().request({ ...post(server.url), maxResponseBytes: 25_000 });
    expect([answer.status, answer.truncated, answer.body]).toEqual([200, true, 'x'.repeat(25_000)]);
    await eventually(() => server.open() === 0);
  });

  it('of exactly the limit is whole', async () => {
    const { url } = await http((_request, response) => response.end('x'.repeat(65_536)));
    const answer = await out().request(post(url));
    expect([answer.truncated, answer.body.length]).toEqual([false, 65_536]);
  });

  it('is cut between characters', async () => {
    const { url } = await http((_request, response) => response.end('é'.repeat(10)));
    const answer = await out().request({ ...post(url), maxResponseBytes: 5 });
    expect([answer.truncated, answer.body]).toEqual([true, 'éé']);
  });
});

describe('a fault', () => {
  it('is a timeout when no answer comes: the request was written', async () => {
    const server = await silent();
    const startedAt = Date.now();
    expectFault(await refusal(out().request({ ...post(server.url), timeoutMs: 100 })), 'timeout', true);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    await eventually(() => server.open() === 0);
  });

  it('is a timeout when the answer drips in for ever', async () => {
    const server = await http((_request, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    expectFault(await refusal(out().request({ ...post(server.url), timeoutMs: 150 })), 'timeout', true);
    await eventually(() => server.open() === 0);
  });

  it('is a timeout when no connection becomes free: nothing was written, and the connection survives', async () => {
    const server = await silent();
    const outbound = out({ connectionsPerOrigin: 1 });
    const first = outbound.request(post(server.url));
    await eventually(() => server.waiting.length === 1);
    expectFault(await refusal(outbound.request({ ...post(server.url), timeoutMs: 50 })), 'timeout', false);
    const third = outbound.request(post(server.url));
    server.waiting.pop()?.end('first');
    await expect(first).resolves.toMatchObject({ body: 'first' });
    await eventually(() => server.waiting.length === 1);
    server.waiting.pop()?.end('third');
    await expect(third).resolves.toMatchObject({ body: 'third' });
    expect(server.connections()).toBe(1);
  });

  it('is a connect fault when the name takes too long to resolve', async () => {
    const outbound = out({ connectTimeoutMs: 100, lookup: () => new Promise(() => undefined) });
    expectFault(await refusal(outbound.request(post('http://slow.example/s3cret'))), 'connect', false);
    expectFault(await refusal(outbound.connectGuarded('slow.example', 25, { timeoutMs: 50 })), 'connect', false);
  });

  it('is a connect fault when nobody listens', async () => {
    const server = await http(() => undefined);
    await opened.pop()?.close();
    expectFault(await refusal(out().request(post(server.url))), 'connect', false);
    const both = async () => [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }];
    const outbound = out({ lookup: both, policy: { allowPrivate: true, allowCidrs: [] } });
    expectFault(await refusal(outbound.request(post(`http://both.example:${server.port}/s3cret`))), 'connect', false);
    expectFault(await refusal(outbound.connectGuarded('both.example', server.port, { timeoutMs: 1_000 })), 'connect', false);
  });

  it('is a DNS fault when the name does not resolve', async () => {
    const failing = out({ lookup: () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' })) });
    expectFault(await refusal(failing.request(post('http://gone.example/s3cret'))), 'dns', false);
    expectFault(await refusal(failing.connectGuarded('gone.example', 25, { timeoutMs: 1_000 })), 'dns', false);
    expectFault(await refusal(out({ lookup: async () => [] }).request(post('http://empty.example/s3cret'))), 'dns', false);
  });

  it('is a reset when the far side closes or resets before it answers: the request was written', async () => {
    const closing = await tcp((socket) => socket.once('data', () => socket.destroy()));
    expectFault(await refusal(out().request(post(closing.url))), 'reset', true);
    const resetting = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expectFault(await refusal(out().request(post(resetting.url))), 'reset', true);
    const halfway = await tcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')));
    expectFault(await refusal(out().request(post(halfway.url))), 'reset', true);
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6 s3cret\r\n'],
    ['broken chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz s3cret\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x-filler: s3cret\r\n'.repeat(5_000)}\r\n`],
  ])('is a bad response when the answer is %s', async (_what, bytes) => {
    const { url } = await tcp((socket) => socket.once('data', () => socket.end(bytes)));
    expectFault(await refusal(out().request(post(url))), 'bad_response', true);
  });

  it('is an invalid request when it cannot be written as it is', async () => {
    const { url } = await http((_request, response) => response.end());
    const refused: OutboundRequest[] = [
      { ...post(url), headers: { 'x-a': 's3cret\r\nx-injected: 1' } },
      { ...post(url), headers: { 'x a': 's3cret' } },
      { ...post(url), headers: { 'transfer-encoding': 's3cret' } },
      { ...post(url), headers: { 'content-length': '3' } },
      { ...post(url), method: 'CONNECT' },
      { ...post(url), method: 'GET / HTTP/1.1\r\nx: s3cret' },
    ];
    for (const request of refused) expectFault(await refusal(out().request(request)), 'invalid_request', false);
  });
});

describe('a socket for another protocol', () => {
  it('is connected, and belongs to the caller', async () => {
    const { port } = await tcp((socket) => socket.pipe(socket));
    const socket = await out().connectGuarded('broker.example', port, { timeoutMs: 1_000 });
    const echoed = new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.write('PING');
    await expect(echoed).resolves.toBe('PING');
    expect(socket.listenerCount('error')).toBe(0);
    socket.destroy();
  });

  it('can be handed out before it is connected', async () => {
    const { port } = await tcp((socket) => socket.pipe(socket));
    const socket = out().socket();
    const echoed = new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.connect({ host: 'broker.example', port }).write('PING');
    await expect(echoed).resolves.toBe('PING');
    socket.destroy();
  });
});
