import { hashKey } from '@signalbox/access';
import { newId, type Event } from '@signalbox/contracts';
import { createOutbound } from '@signalbox/outbound';
import { certifiedKey } from '@signalbox/testing';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { createSign } from 'node:crypto';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Intake } from '../intake/intake.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { Refusal, problemAnswer, write } from './answers.js';
import type { Credentials } from './credentials.js';
import { RefusedEvents } from '../refused/refused-events.js';
import { Gate } from './gate.js';
import { RateLimit } from './rate-limit.js';
import { IntegrationEndpoint } from './integration-endpoint.js';
import { gatewayRequest } from './request.js';
import { CannotFetchError, VendorDocuments } from './vendor-documents.js';

/** The gateway's own endpoint over http, and AWS and Google played by one https server on loopback: only the port of what is asked for is changed. */
const snsHost = 'sns.eu-central-1.amazonaws.com';
const vendors = { [snsHost]: certifiedKey(snsHost), 'www.googleapis.com': certifiedKey('www.googleapis.com') };
const signing = certifiedKey('sns.amazonaws.com');
const topic = 'arn:aws:sns:eu-central-1:210987654321:ops-alarms';
const email = 'push@shop-prod.iam.gserviceaccount.com';
const integrations = new Map<string, LiveIntegration>();
const visited: string[] = [];
const stored: Event[] = [];
let servers: Server[];
let base: string;
let keySet: string;
let googleKey: Awaited<ReturnType<typeof generateKeyPair>>;
let vendorStatus = 200;
let outbound: ReturnType<typeof createOutbound>;

beforeAll(async () => {
  googleKey = await generateKeyPair('RS256');
  keySet = JSON.stringify({ keys: [{ ...await exportJWK(googleKey.publicKey), kid: 'k1', alg: 'RS256' }] });
  const listening = await Promise.all(Object.entries(vendors).map(([host, { key, certificate }]) => listen(
    createHttps({ key, cert: certificate }, (request, response) => {
      visited.push(`${host}${request.url}`);
      response.writeHead(vendorStatus).end(host === snsHost ? signing.certificate : keySet);
    }) as unknown as Server,
  )));
  const ports = Object.fromEntries(Object.keys(vendors).map((host, index) => [host, listening[index]!.port]));
  outbound = createOutbound({
    policy: { allowPrivate: false, allowCidrs: ['127.0.0.1/32'] },
    lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    tls: { ca: Object.values(vendors).map(({ certificate }) => certificate) },
  });
  const redirected = { request: (asked: Parameters<typeof outbound.request>[0]) => {
    const url = new URL(asked.url);
    url.port = String(ports[url.hostname] ?? 1);
    return outbound.request({ ...asked, url: url.href });
  } };
  const endpoint = (): IntegrationEndpoint => new IntegrationEndpoint(
    { integrationOfId: (id: string) => Promise.resolve(integrations.get(id)), integrationOfKey: () => Promise.resolve(undefined) } as unknown as Credentials,
    new Gate(
      { verifySignatures: true, rateLimit: false },
      new RateLimit({ lease: () => Promise.reject(new Error('not asked')) } as never, () => undefined),
      'https://ingest.example.org', new VendorDocuments(redirected), { get: () => undefined },
    ),
    { events: (_tenant: string, events: readonly Event[]) => { stored.push(...events); return Promise.resolve(); } } as unknown as Intake,
    new RefusedEvents({ put: () => Promise.resolve() }, () => undefined), true,
  );
  const gateway = await listen(createHttp((raw, response) => {
    const request = gatewayRequest(raw);
    // Fresh each time: nothing is kept from one test to the next.
    endpoint().accept(request, request.path.split('/').at(-1)!).then((answer) => write(response, answer), (error: unknown) => {
      const refusal = error instanceof Refusal ? error : new Refusal(error instanceof CannotFetchError ? 503 : 500, String(error));
      write(response, problemAnswer(refusal, request.path));
    });
  }));
  base = `http://127.0.0.1:${gateway.port}`;
  servers = [...listening, gateway].map(({ server }) => server);
});

afterAll(async () => {
  await outbound.close();
  for (const server of servers) server.close();
});

beforeEach(() => {
  visited.splice(0);
  stored.splice(0);
  vendorStatus = 200;
});

async function listen(server: Server): Promise<{ server: Server; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

function integration(type: string, config: unknown): { id: string; key: string } {
  const [id, key] = [newId(), newId().replaceAll('-', '')];
  integrations.set(id, {
    id, tenantId: newId(), version: 1, serviceId: newId(), type, enabled: true,
    keyHash: hashKey(key), secrets: [], rateLimitPerMinute: 120, config, severities: null,
  });
  return { id, key };
}

function sns(change: Record<string, string> = {}, isSigned = true): Record<string, string> {
  const message: Record<string, string> = {
    Type: 'Notification', MessageId: newId(), TopicArn: topic, Message: JSON.stringify({ AlarmName: 'cpu', NewStateValue: 'ALARM' }),
    Timestamp: new Date().toISOString(), SignatureVersion: '2',
    SigningCertURL: `https://${snsHost}/SimpleNotificationService-0a.pem`, ...change,
  };
  const names = message.Type === 'Notification'
    ? ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type']
    : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names.map((name) => `${name}\n${message[name]}\n`).join('');
  return { ...message, Signature: isSigned ? createSign('RSA-SHA256').update(text).sign(signing.privateKey, 'base64') : 'bm90IGEgc2lnbmF0dXJl' };
}

const confirm = { Type: 'SubscriptionConfirmation', Token: 't', Message: 'confirm', SubscribeURL: `https://${snsHost}/?Action=ConfirmSubscription&Token=t` };

async function send(
  type: string,
  { id, key }: { id: string; key?: string },
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${base}/api/integrations/${type}?integrationId=${id}${key === undefined ? '' : `&key=${key}`}`, {
    method: 'POST', headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() as Record<string, unknown> };
}

describe("SNS' signature", () => {
  it('is not looked at with a good key, unless the integration wants it', async () => {
    const open = integration('cloudwatch', {});
    expect((await send('cloudwatch', open, sns({}, false))).status).toBe(202);
    expect((await send('cloudwatch', open, 'Disk is full')).status).toBe(202);
    expect(visited).toEqual([]);
    const strict = integration('cloudwatch', { requireSignature: true });
    expect((await send('cloudwatch', strict, sns({}, false))).status).toBe(401);
    expect((await send('cloudwatch', strict, 'Disk is full')).status).toBe(401);
    expect((await send('cloudwatch', strict, sns())).status).toBe(202);
    expect(stored).toHaveLength(3);
  });

  it('speaks without a key for an allowed topic, and for no other', async () => {
    const { id } = integration('cloudwatch', { topicArns: [topic] });
    expect((await send('cloudwatch', { id }, sns())).status).toBe(202);
    expect((await send('cloudwatch', { id }, sns({ TopicArn: `${topic}-2` }))).status).toBe(401);
    expect((await send('cloudwatch', { id }, sns({}, false))).status).toBe(401);
    expect((await send('cloudwatch', { id, key: 'wrong' }, sns())).status).toBe(401);
    for (const config of [{}, { requireSignature: true }]) {
      expect((await send('cloudwatch', { id: integration('cloudwatch', config).id }, sns())).status).toBe(401);
    }
    expect(stored).toHaveLength(1);
  });

  it("is no proof for another source's integration", async () => {
    const { id } = integration('prometheus', { topicArns: [topic] });
    expect((await send('cloudwatch', { id }, sns())).status).toBe(401);
    expect(visited).toEqual([]);
  });

  it('that cannot be checked makes the sender come again', async () => {
    vendorStatus = 500;
    const strict = integration('cloudwatch', { topicArns: [topic] });
    expect((await send('cloudwatch', strict, sns())).status).toBe(503);
    expect((await send('cloudwatch', { id: strict.id }, sns())).status).toBe(503);
    expect((await send('cloudwatch', integration('cloudwatch', {}), sns())).status).toBe(202);
    expect(stored).toHaveLength(1);
  });
});

describe("SNS' request to confirm a subscription", () => {
  it.each([
    ['with the key', {}, true],
    ['with the key, for an allowed topic', { topicArns: [topic] }, true],
    ['for an allowed topic', { topicArns: [topic] }, false],
  ])('is granted %s', async (_name, config, withKey) => {
    const { id, key } = integration('cloudwatch', config);
    expect(await send('cloudwatch', { id, ...(withKey && { key }) }, sns(confirm))).toMatchObject({
      status: 202,
      body: { status: 'ignored', reason: 'subscription confirmed' },
    });
    expect(visited.at(-1)).toBe(`${snsHost}/?Action=ConfirmSubscription&Token=t`);
  });

  it('is not granted when SNS has not signed it, when it leads elsewhere, or for a topic that is not allowed', async () => {
    const open = integration('cloudwatch', {});
    expect(await send('cloudwatch', open, sns(confirm, false))).toMatchObject({
      status: 202,
      body: { status: 'ignored', reason: expect.stringContaining('not confirmed') as string },
    });
    expect(await send('cloudwatch', open, sns({
      ...confirm,
      SubscribeURL: 'https://sns.example.org/?Action=ConfirmSubscription',
    }))).toMatchObject({ status: 202, body: { status: 'ignored' } });
    expect((await send('cloudwatch', integration('cloudwatch', { topicArns: [`${topic}-2`] }), sns(confirm))).status).toBe(401);
    expect(visited.filter((url) => url.includes('Action='))).toEqual([]);
  });

  it('is to be repeated while SNS is away', async () => {
    vendorStatus = 503;
    expect((await send('cloudwatch', integration('cloudwatch', {}), sns(confirm))).status).toBe(503);
  });
});

describe("Google's token", () => {
  const incident = { version: '1.2', incident: { incident_id: '0.a', state: 'open', summary: 'down' } };
  const audience = 'https://ingest.example.org/push';
  const bearer = async (claims: Record<string, unknown> = {}) => {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const token = new SignJWT({ iss: 'https://accounts.google.com', aud: audience, email, email_verified: true, exp, ...claims });
    const signed = await token.setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(googleKey.privateKey);
    return { 'content-type': 'application/json', authorization: `Bearer ${signed}` };
  };

  it('is not taken for a key: the key stands beside it', async () => {
    const open = integration('google-cloud-monitoring', {});
    expect((await send('google-cloud-monitoring', open, incident, await bearer())).status).toBe(202);
    expect((await send('google-cloud-monitoring', { id: open.id }, incident, await bearer())).status).toBe(401);
    expect(visited).toEqual([]);
  });

  it('speaks without a key for the audience and the account that are set', async () => {
    const { id, key } = integration('google-cloud-monitoring', { audience, serviceAccountEmail: email });
    expect((await send('google-cloud-monitoring', { id }, incident, await bearer())).status).toBe(202);
    for (const claims of [{ email: 'x@example.org' }, { aud: 'https://example.org' }, { exp: 1 }]) {
      expect((await send('google-cloud-monitoring', { id }, incident, await bearer(claims))).status).toBe(401);
    }
    expect((await send('google-cloud-monitoring', { id, key }, incident, { 'content-type': 'application/json' })).status).toBe(401);
    expect((await send('google-cloud-monitoring', { id: integration('google-cloud-monitoring', { audience }).id }, incident, await bearer())).status).toBe(401);
    expect(stored).toHaveLength(1);
  });
});
