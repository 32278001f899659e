import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { createServer as createTls, type TLSSocket } from 'node:tls';
import type { Lookup } from './address-guard.js';
import { createOutbound } from './outbound.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const identity = (over: { name?: string; endsAt?: Date } = {}) => ({
  key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  cert: certificate(over.name ?? 'hooks.example', over.endsAt ?? new Date(Date.now() + 86_400_000), privateKey, publicKey),
});
const trusted = identity();
const lookup: Lookup = async () => [{ address: '127.0.0.1', family: 4 }];
const policy = { allowPrivate: false, allowCidrs: ['127.0.0.1/32'] };
const trusting = createOutbound({ policy, lookup, tls: { ca: trusted.cert } });
const usual = createOutbound({ policy, lookup });

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));
afterAll(() => Promise.all([trusting.close(), usual.close()]));

async function listen(server: Server): Promise<number> {
  server.on('tlsClientError', () => undefined).on('connection', (socket) => closers.push(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const post = (port: number, host = 'hooks.example') => ({ method: 'POST', url: `https://${host}:${port}/hook`, body: '{}', timeoutMs: 5_000 });
const fault = (code: string) => expect.objectContaining({ name: 'OutboundError', code, requestWritten: false });

describe('https', () => {
  it('asks for the name of the URL, in the handshake and in the request, though it connects to an address', async () => {
    const server = createHttps(trusted, (request, response) =>
      response.end(`${(request.socket as TLSSocket & { servername: string }).servername} ${request.headers.host}`));
    const port = await listen(server);
    await expect(trusting.request(post(port))).resolves.toMatchObject({ status: 200, body: `hooks.example hooks.example:${port}` });
  });

  it('is a TLS fault, with nothing written, when the certificate is not trusted, is another’s or has expired', async () => {
    let requests = 0;
    const count = () => (requests += 1);
    const port = await listen(createHttps(trusted, count));
    await expect(usual.request(post(port))).rejects.toEqual(fault('tls'));
    await expect(trusting.request(post(port, 'other.example'))).rejects.toEqual(fault('tls'));
    await expect(trusting.request(post(port, '127.0.0.1'))).rejects.toEqual(fault('tls'));
    const late = identity({ endsAt: new Date(Date.now() - 1_000) });
    const lateOut = createOutbound({ policy, lookup, tls: { ca: late.cert } });
    await expect(lateOut.request(post(await listen(createHttps(late, count))))).rejects.toEqual(fault('tls'));
    await lateOut.close();
    expect(requests).toBe(0);
  });

  it('is a TLS fault when the far side speaks plain text', async () => {
    const port = await listen(createTcp((socket) => socket.on('error', () => undefined).once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))));
    await expect(usual.request(post(port))).rejects.toEqual(fault('tls'));
  });

  it('is a connect fault when the far side never answers the handshake', async () => {
    const port = await listen(createTcp(() => undefined));
    const impatient = createOutbound({ policy, lookup, connectTimeoutMs: 100 });
    await expect(impatient.request(post(port))).rejects.toEqual(fault('connect'));
    await expect(impatient.connectGuarded('hooks.example', port, { tls: true, timeoutMs: 100 })).rejects.toEqual(fault('connect'));
    await impatient.close();
  });

  it('is a reset, with nothing written, when the far side hangs up during the handshake', async () => {
    const port = await listen(createTcp((socket) => socket.on('error', () => undefined).once('data', () => socket.destroy())));
    await expect(usual.request(post(port))).rejects.toEqual(fault('reset'));
  });
});

describe('a TLS socket for another protocol', () => {
  it('is verified against the name that it was asked for', async () => {
    const port = await listen(createTls(trusted, (socket) =>
      socket.on('error', () => undefined).end(`220 ${(socket as TLSSocket & { servername: string }).servername}`)));
    const socket = await usual.connectGuarded('hooks.example', port, { tls: { ca: trusted.cert }, timeoutMs: 5_000 });
    expect((socket as TLSSocket).authorized).toBe(true);
    await expect(new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())))).resolves.toBe('220 hooks.example');
    socket.destroy();
    for (const [host, tls] of [['hooks.example', true], ['other.example', { ca: trusted.cert }], ['127.0.0.1', { ca: trusted.cert }]] as const) {
      await expect(usual.connectGuarded(host, port, { tls, timeoutMs: 5_000 })).rejects.toEqual(fault('tls'));
    }
  });
});

/** A self-signed X.509 v3 certificate (RFC 5280) for one DNS name: Node can read certificates but makes none. */
function certificate(name: string, endsAt: Date, key: KeyObject, spki: KeyObject): string {
  const der = (tag: number, ...parts: Buffer[]) => {
    const body = Buffer.concat(parts);
    const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), body]);
  };
  const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
  const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
  const time = (at: Date) => der(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, '')));
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const subject = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))));
  const altName = sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from(name)))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    subject,
    sequence(time(new Date(Date.now() - 86_400_000)), time(endsAt)),
    subject,
    spki.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(altName)),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, key));
  return `-----BEGIN CERTIFICATE-----\n${sequence(body, ecdsaWithSha256, signature).toString('base64')}\n-----END CERTIFICATE-----\n`;
}
