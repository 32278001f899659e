import { Agent, request, type Server, type ServerResponse } from 'node:http';
import { closeServer, frontedServer, healthHandler, listen, type FrontHandler } from './http.js';
import { Health } from './health.js';
import { Metrics } from './metrics.js';

const servers: Server[] = [];
const agent = new Agent({ keepAlive: true });
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => closeServer(server, 0)));
});
afterAll(() => agent.destroy());

async function serve(
  fronts: readonly FrontHandler[],
  framework?: (response: ServerResponse) => void,
  unforeseen: (error: unknown) => void = () => undefined,
): Promise<{ server: Server; port: number }> {
  const server = frontedServer(fronts, () => (framework === undefined ? undefined : (_request, response) => framework(response)), unforeseen);
  servers.push(server);
  return { server, port: await listen(server, 0, '127.0.0.1') };
}

function get(port: number, path = '/'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ port, path, agent, host: '127.0.0.1' }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => { body += chunk.toString(); }).on('end', () => resolve({ status: response.statusCode!, body }));
    }).on('error', reject).end();
  });
}

describe('the server of a service', () => {
  it('asks its fronts in order, then the framework', async () => {
    const { port } = await serve([(incoming, response) => incoming.url === '/hot' && (response.end('front'), true)], (response) => response.end('framework'));
    expect([(await get(port, '/hot')).body, (await get(port, '/else')).body]).toEqual(['front', 'framework']);
  });

  it('says that it is starting while there is no framework', async () => {
    const { port } = await serve([]);
    expect(await get(port)).toMatchObject({ status: 503, body: expect.stringContaining('urn:signalbox:problem:starting') });
  });

  it('survives a front that throws', async () => {
    const told: unknown[] = [];
    const throwing: FrontHandler = (incoming) => {
      if (incoming.url === '/bad') throw new Error('unforeseen');
      return false;
    };
    const { port } = await serve([throwing], (response) => response.end('fine'), (error) => told.push(error));
    expect(await get(port, '/bad')).toMatchObject({ status: 500, body: expect.stringContaining('urn:signalbox:problem:internal') });
    expect((await get(port, '/good')).body).toBe('fine');
    expect(told).toEqual([new Error('unforeseen')]);
  });

  it('tells what to do when its port is taken', async () => {
    const { port } = await serve([]);
    const second = frontedServer([], () => undefined, () => undefined);
    await expect(listen(second, port, '127.0.0.1')).rejects.toThrow(`port ${port} is taken by another program: stop it or set another port`);
  });

  it('answers the request in hand when it closes, and takes no new one', async () => {
    let answer: () => void = () => undefined;
    const { server, port } = await serve([], (response) => { answer = () => response.end('late but whole'); });
    const slow = get(port);
    await new Promise<void>((resolve) => { server.once('request', () => resolve()); });
    const closing = closeServer(server, 5_000);
    await expect(get(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const began = Date.now();
    answer();
    expect((await slow).body).toBe('late but whole');
    await closing;
    expect(Date.now() - began).toBeLessThan(1_000); // a kept-alive connection does not hold it up
  });

  it('cuts off a request that does not end in time', async () => {
    const { server, port } = await serve([], () => undefined);
    const hanging = get(port).catch((error: NodeJS.ErrnoException) => error.code);
    await new Promise<void>((resolve) => { server.once('request', () => resolve()); });
    await closeServer(server, 50);
    expect(await hanging).toBe('ECONNRESET');
  });
});

describe('health', () => {
  it('names what it waits for, and that it is shutting down', async () => {
    const health = new Health();
    let there = false;
    health.add('nats', () => there);
    const { port } = await serve([healthHandler(health, new Metrics('ops'), { private: true })]);
    expect(await get(port, '/livez')).toEqual({ status: 200, body: '{"status":"live"}' });
    expect(await get(port, '/readyz')).toEqual({ status: 503, body: '{"status":"waiting","waitingFor":["nats"]}' });
    there = true;
    expect(await get(port, '/readyz?verbose')).toEqual({ status: 200, body: '{"status":"ready","waitingFor":[]}' });
    health.stop();
    expect(await get(port, '/readyz')).toEqual({ status: 503, body: '{"status":"waiting","waitingFor":["shutdown"]}' });
    expect((await get(port, '/metrics')).body).toContain('process_resident_memory_bytes');
  });

  it('keeps readiness and metrics off the public port', async () => {
    const { port } = await serve([healthHandler(new Health(), new Metrics('ops'), { private: false })], (response) => response.writeHead(404).end());
    expect(await Promise.all(['/livez', '/readyz', '/metrics'].map(async (path) => (await get(port, path)).status))).toEqual([200, 404, 404]);
  });
});
