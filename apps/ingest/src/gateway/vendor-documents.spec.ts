import { createOutbound, OutboundError, type Outbound } from '@signalbox/outbound';
import { certifiedKey } from '@signalbox/testing';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CannotFetchError, VendorDocuments } from './vendor-documents.js';

const PATIENCE_MS = 60_000;
jest.setTimeout(PATIENCE_MS);

const host = 'sns.eu-central-1.amazonaws.com';
const home = certifiedKey(host);
const asked: string[] = [];
let server: Server;
let base: string;
let hold: Promise<void> | undefined;
const outbound = createOutbound({
  policy: { allowPrivate: false, allowCidrs: ['127.0.0.1/32'] },
  lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  tls: { ca: home.certificate }, connectTimeoutMs: PATIENCE_MS,
});

/** As long as it takes: how fast this machine shakes hands is not what is tested here. */
const patient: Pick<Outbound, 'request'> = { request: (options) => outbound.request({ ...options, timeoutMs: PATIENCE_MS }) };

beforeAll(async () => {
  server = createServer({ key: home.key, cert: home.certificate }, (request, response) => {
    asked.push(request.url!);
    const answer = (): unknown => {
      if (request.url === '/large') return response.end('x'.repeat(70_000));
      if (request.url === '/moved') return response.writeHead(302, { location: `${base}/fine` }).end();
      if (request.url === '/missing') return response.writeHead(404).end();
      return response.end(`text of ${request.url}`);
    };
    void (hold ?? Promise.resolve()).then(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `https://${host}:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await outbound.close();
  server.close();
});

beforeEach(() => void asked.splice(0));

test('a document is asked for once, however many want it, and again after an hour', async () => {
  let now = 0;
  const documents = new VendorDocuments(patient, () => now);
  let release = (): void => undefined;
  hold = new Promise((resolve) => { release = resolve; });
  const waiting = [documents.get(`${base}/a`), documents.get(`${base}/a`)];
  release();
  hold = undefined;
  expect(await Promise.all(waiting)).toEqual(['text of /a', 'text of /a']);
  now = 59 * 60_000;
  await documents.get(`${base}/a`);
  expect(asked).toEqual(['/a']);
  now = 60 * 60_000;
  await documents.get(`${base}/a`);
  expect(asked).toEqual(['/a', '/a']);
});

test.each(['/large', '/moved', '/missing'])('%s is no document; the next who asks tries again', async (path) => {
  const documents = new VendorDocuments(patient);
  for (let times = 0; times < 2; times += 1) await expect(documents.get(base + path)).rejects.toThrow(CannotFetchError);
  expect(asked).toEqual([path, path]);
});

test('only https is asked, and only where the guard lets it', async () => {
  const guarded = createOutbound({
    policy: { allowPrivate: false, allowCidrs: [] },
    lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    tls: { ca: home.certificate }, connectTimeoutMs: PATIENCE_MS,
  });
  await expect(new VendorDocuments(patient).get(base.replace('https', 'http'))).rejects.toThrow(CannotFetchError);
  const refused = await new VendorDocuments(guarded).get(`${base}/a`).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(CannotFetchError);
  expect((refused as Error).cause).toMatchObject({ code: 'blocked_address' } satisfies Partial<OutboundError>);
  await guarded.close();
  expect(asked).toEqual([]);
});

test('a flood of names is not a flood of requests, and is not kept', async () => {
  let now = 0;
  // Nothing is sent here: two hundred handshakes would take a busy machine a minute.
  const documents = new VendorDocuments(
    {
      request: ({ url }) => {
        asked.push(new URL(url).pathname);
        return Promise.resolve({ status: 200, headers: {}, body: '', truncated: false, durationMs: 0 });
      },
    },
    () => now,
  );
  const answers = await Promise.allSettled(Array.from({ length: 130 }, (_, index) => documents.get(`${base}/flood-${index}`)));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(120);
  expect(asked).toHaveLength(120);
  now = 60_000;
  for (let index = 0; index < 110; index += 1) await documents.get(`${base}/more-${index}`);
  await documents.get(`${base}/flood-0`);
  expect(asked.filter((url) => url === '/flood-0')).toHaveLength(2);
});

test('a visit tells the status, and is never answered from memory', async () => {
  const documents = new VendorDocuments(patient);
  expect([await documents.visit(`${base}/a`), await documents.visit(`${base}/a`), await documents.visit(`${base}/missing`)]).toEqual([200, 200, 404]);
  expect(asked).toEqual(['/a', '/a', '/missing']);
});
