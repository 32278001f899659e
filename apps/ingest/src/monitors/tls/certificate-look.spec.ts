import { createOutbound } from '@signalbox/outbound';
import { newAuthority, newCertificate, type Identity } from '@signalbox/testing';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { examine, type CheckResult } from '../domain/certificate.js';
import { createCertificateLook } from './certificate-look.js';

const day = (days: number): Date => new Date(Date.now() + days * 86_400_000);
const root = newAuthority({ name: 'Test Root' });
const intermediate = newAuthority({ name: 'Test Intermediate', issuer: root });
const outbound = createOutbound({ policy: { allowPrivate: false, allowCidrs: ['127.0.0.1/32'] }, lookup: async () => [{ address: '127.0.0.1', family: 4 }] });
const look = createCertificateLook(outbound, { timeoutMs: 3_000, ca: root.cert });

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));
afterAll(() => outbound.close());

async function listen(server: Server): Promise<number> {
  server.on('tlsClientError', () => undefined).on('connection', (socket) => closers.push(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const serve = ({ chain, key }: Identity, options: object = {}): Promise<number> =>
  listen(createTls({ cert: chain, key, ...options }, (socket) => socket.on('error', () => undefined)));

async function check(port: number, { serverName = null, host = 'shop.example' }: { serverName?: string | null; host?: string } = {}): Promise<CheckResult> {
  return examine(await look({ host, port, serverName }), [30], new Date());
}

const codes = ({ problems }: CheckResult): string[] => problems.map(({ code }) => code);

describe('a look at a real server', () => {
  it('shows the certificate, its names, its issuers and the protocol; a good one has no problem', async () => {
    const result = await check(await serve(newCertificate({ name: 'shop.example', issuer: intermediate })));
    expect(result).toMatchObject({
      ok: true, problems: [], daysLeft: 89, protocol: 'TLSv1.3',
      certificate: { subject: 'CN=shop.example', issuer: 'CN=Test Intermediate', subjectAltNames: ['shop.example'] },
      chain: [{ subject: 'CN=Test Intermediate', issuer: 'CN=Test Root' }, { subject: 'CN=Test Root' }],
    });
    expect(result.certificate!.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it.each<[string, () => Identity, string[]]>([
    ['ends soon', () => newCertificate({ name: 'shop.example', issuer: root, validTo: day(5) }), ['expiring']],
    ['has ended', () => newCertificate({ name: 'shop.example', issuer: root, validFrom: day(-9), validTo: day(-2) }), ['expired']],
    ['is not valid yet', () => newCertificate({ name: 'shop.example', issuer: root, validFrom: day(2) }), ['not_yet_valid']],
    ['is another host’s', () => newCertificate({ name: 'other.example', issuer: root }), ['wrong_host']],
    ['is signed by itself', () => newCertificate({ name: 'shop.example' }), ['self_signed']],
    ['is of an issuer that nobody knows', () => newCertificate({ name: 'shop.example', issuer: newAuthority({ name: 'Nobody' }) }), ['unknown_issuer']],
    [
      'has an issuer that has ended',
      () => newCertificate({ name: 'shop.example', issuer: newAuthority({ name: 'Old', issuer: root, validFrom: day(-9), validTo: day(-1) }) }),
      ['expired'],
    ],
    ['comes without its intermediate', () => {
      const made = newCertificate({ name: 'shop.example', issuer: intermediate });
      return { ...made, chain: made.cert };
    }, ['unknown_issuer']],
    [
      'has ended and is another host’s: of its chain OpenSSL tells one fault only',
      () => newCertificate({ name: 'other.example', validFrom: day(-9), validTo: day(-2) }),
      ['expired', 'wrong_host'],
    ],
  ])('at a certificate that %s', async (_name, make, expected) => {
    expect(codes(await check(await serve(make())))).toEqual(expected);
  });

  it('asks for the server name, and holds the certificate to it', async () => {
    const asked: string[] = [];
    const port = await serve(newCertificate({ name: 'other.example', issuer: root }), {
      SNICallback: (name: string, done: (error: null) => void) => { asked.push(name); done(null); },
    });
    expect(codes(await check(port, { serverName: 'other.example' }))).toEqual([]);
    expect(codes(await check(port))).toEqual(['wrong_host']);
    expect(codes(await check(port, { host: '127.0.0.1' }))).toEqual(['wrong_host']);
    expect(asked).toEqual(['other.example', 'shop.example']);
  });

  it('at what speaks no TLS, hangs up, is not there, or may not be connected to', async () => {
    const plain = await listen(createTcp((socket) => socket.on('error', () => undefined).once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))));
    expect(codes(await check(plain))).toEqual(['handshake']);
    const gone = await listen(createTcp((socket) => socket.on('error', () => undefined).once('data', () => socket.destroy())));
    expect(codes(await check(gone))).toEqual(['unreachable']);
    const closed = await listen(createTcp());
    closers.splice(0).forEach((close) => close());
    expect(codes(await check(closed))).toEqual(['unreachable']);
    const barred = createCertificateLook(createOutbound({ policy: { allowPrivate: false, allowCidrs: [] } }), { timeoutMs: 1_000 });
    expect(await barred({ host: '127.0.0.1', port: 443, serverName: null })).toMatchObject({ kind: 'nothing', code: 'blocked_address' });
  });

  it('at one that never answers ends with its time', async () => {
    const silent = await listen(createTcp(() => undefined));
    const impatient = createCertificateLook(outbound, { timeoutMs: 100 });
    expect(await impatient({ host: 'shop.example', port: silent, serverName: null })).toMatchObject({
      kind: 'nothing', code: 'unreachable',
      message: 'could not connect to shop.example within 100 ms.',
    });
  });
});
