import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PUBLIC_ONLY } from './address-policy.js';
import type { Lookup } from './address-guard.js';
import { checkTarget, checkUrl } from './check-url.js';
import { createOutbound, type Outbound } from './outbound.js';

/** Everything below aims at this listener on the loopback, or at other inside addresses. It must never be reached. */
let trap: Server;
let port: number;
let reached = 0;
let outbound: Outbound;

const INSIDE = ['127.0.0.1', '0.0.0.0', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '100.100.100.200'];

const hex = (n: number, digits = 2) => n.toString(16).padStart(digits, '0');
const fullWidth = (text: string) => text.replace(/[0-9]/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0));

/** The ways to write an IPv4 address that the URL standard or a C library takes for it. */
function spellings(ip: string): string[] {
  const [a, b, c, d] = ip.split('.').map(Number) as [number, number, number, number];
  const all = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return [
    ip,
    `${ip}.`,
    String(all),
    `0x${hex(all, 8)}`,
    `0X${hex(all, 8).toUpperCase()}`,
    `0${all.toString(8)}`,
    `0x${hex(a)}.0x${hex(b)}.0x${hex(c)}.0x${hex(d)}`,
    `0${a.toString(8)}.0${b.toString(8)}.0${c.toString(8)}.0${d.toString(8)}`,
    `000${a.toString(8)}.${b}.${c}.${d}`,
    `0x${hex(a)}.${b}.0${c.toString(8)}.${d}`,
    `${a}.${(b << 16) | (c << 8) | d}`,
    `${a}.${b}.${(c << 8) | d}`,
    fullWidth(ip),
    ip.replaceAll('.', '。'),
    ip.replaceAll('.', '．'),
  ];
}

/** The ways to hide an IPv4 address in an IPv6 one. */
function hidden(ip: string): string[] {
  const [a, b, c, d] = ip.split('.').map(Number) as [number, number, number, number];
  const words = `${hex(a)}${hex(b)}:${hex(c)}${hex(d)}`;
  return [
    `::ffff:${ip}`,
    `::ffff:${words}`,
    `::FFFF:${words.toUpperCase()}`,
    `0:0:0:0:0:ffff:${words}`,
    `::${ip}`,
    `::ffff:0:${ip}`,
    `64:ff9b::${ip}`,
    `64:ff9b:1::${words}`,
    `2002:${words}::1`,
    `2001:0:${words}::1`,
  ];
}

const V6_INSIDE = [
  '::', '::1', '0:0:0:0:0:0:0:1', 'fe80::1', 'fc00::1', 'fd00::1', 'fd00:ec2::254', 'fd20:ce::254',
  'fec0::1', 'ff02::1', '5f00::1', '3fff::1', '2001:db8::1', '100::1', '4000::1',
];
const NAMES = [
  'localhost', 'LOCALHOST', 'localhost.', 'foo.localhost', 'localhost.localdomain', 'ip6-localhost', 'ip6-loopback',
  'ｌocalhost', 'metadata', 'metadata.google.internal', 'METADATA.google.internal.', 'instance-data',
];

const HOSTS = [...INSIDE.flatMap(spellings), ...NAMES];
const V6_HOSTS = [...INSIDE.flatMap(hidden), ...V6_INSIDE];
/** Only the URL standard undoes percent-encoding; elsewhere a per cent sign is no part of a host. */
const URL_HOSTS = [...HOSTS, '%31%32%37.0.0.1', '127%2e0%2e0%2e1', '%6cocalhost', '①②⑦.⓪.⓪.①', '127.0.0.1%00', '127.0.0.1 '];

/** Names that an attacker owns, and what they resolve to. */
const ZONE: Record<string, string[]> = {
  'inside.example': ['127.0.0.1'],
  'lan.example': ['192.168.1.1'],
  'six.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'metadata.example': ['169.254.169.254'],
  'zero.example': ['0.0.0.0'],
  'last-of-many.example': ['8.8.8.8', '2606:4700:4700::1111', '127.0.0.1'],
  'first-of-many.example': ['10.0.0.1', '8.8.8.8'],
  'garbage.example': ['not-an-address'],
};
const lookup: Lookup = async (host) => (ZONE[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

beforeAll(async () => {
  trap = createServer((socket) => {
    reached += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, resolve));
  port = (trap.address() as AddressInfo).port;
  outbound = createOutbound({ policy: PUBLIC_ONLY, lookup, connectTimeoutMs: 2_000 });
});

afterAll(async () => {
  await outbound.close();
  await new Promise((resolve) => trap.close(resolve));
});

afterEach(() => expect(reached).toBe(0));

const blockedAddress = expect.objectContaining({ name: 'BlockedAddressError' });
const blockedFault = expect.objectContaining({ name: 'OutboundError', code: 'blocked_address', requestWritten: false });

describe('an address inside, however it is written', () => {
  it('is tried in at least 200 ways', () => {
    expect(new Set([...URL_HOSTS, ...V6_HOSTS]).size).toBeGreaterThanOrEqual(200);
  });

  it.each([...URL_HOSTS, ...V6_HOSTS.map((ip) => `[${ip}]`)])('in a URL is blocked at save and at connect: %j', async (host) => {
    const url = `http://${host}:${port}/hook`;
    expect(() => checkUrl(url, PUBLIC_ONLY)).toThrow(blockedAddress);
    await expect(outbound.request({ method: 'POST', url, body: '{}', timeoutMs: 2_000 })).rejects.toEqual(blockedFault);
  });

  it.each([...HOSTS, ...V6_HOSTS, ...V6_HOSTS.map((ip) => `[${ip}]`)])('as a host is blocked at save and at connect: %j', async (host) => {
    await expect(checkTarget(host, port, PUBLIC_ONLY, lookup)).rejects.toEqual(blockedAddress);
    await expect(outbound.connectGuarded(host, port, { timeoutMs: 2_000 })).rejects.toEqual(blockedFault);
    await expect(dial(host)).resolves.toEqual(blockedAddress);
  });
});

describe('a name that resolves inside', () => {
  it.each(Object.keys(ZONE))('is blocked, even when only one of its addresses is: %s', async (host) => {
    await expect(checkTarget(host, port, PUBLIC_ONLY, lookup)).rejects.toEqual(blockedAddress);
    await expect(outbound.request({ method: 'GET', url: `http://${host}:${port}/` })).rejects.toEqual(blockedFault);
    await expect(outbound.request({ method: 'GET', url: `https://${host}:${port}/` })).rejects.toEqual(blockedFault);
    await expect(outbound.connectGuarded(host, port, { timeoutMs: 2_000 })).rejects.toEqual(blockedFault);
    await expect(outbound.connectGuarded(host, port, { timeoutMs: 2_000, tls: true })).rejects.toEqual(blockedFault);
    await expect(dial(host)).resolves.toEqual(blockedAddress);
  });

  it('is blocked when it resolved outside while it was checked (DNS rebinding)', async () => {
    const answers = ['8.8.8.8', '127.0.0.1'];
    const rebinding: Lookup = async () => [{ address: answers.shift() ?? '127.0.0.1', family: 4 }];
    const fresh = createOutbound({ policy: PUBLIC_ONLY, lookup: rebinding });
    await expect(checkTarget('rebind.example', port, PUBLIC_ONLY, rebinding)).resolves.toEqual([{ address: '8.8.8.8', family: 4 }]);
    await expect(fresh.request({ method: 'GET', url: `http://rebind.example:${port}/` })).rejects.toEqual(blockedFault);
    await fresh.close();
  });

  it('is asked once per connection, so that a second answer can never be used', async () => {
    let asked = 0;
    const allowOne = { allowPrivate: false, allowCidrs: ['127.0.0.2/32'] };
    const flipping: Lookup = async () => [{ address: (asked += 1) === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }];
    const fresh = createOutbound({ policy: allowOne, lookup: flipping });
    const local = await listen('127.0.0.2');
    const socket = await fresh.connectGuarded('flip.example', local.port, { timeoutMs: 2_000 });
    expect([socket.remoteAddress, asked]).toEqual(['127.0.0.2', 1]);
    socket.destroy();
    await Promise.all([fresh.close(), local.close()]);
  });
});

describe('a URL that is no plain http(s) address', () => {
  it.each([
    'http://user@example.com/', 'http://user:secret@example.com/', 'http://example.com@127.0.0.1/',
    'http://:secret@example.com/', 'https://127.0.0.1:80@example.com/',
    'ftp://example.com/', 'file:///etc/passwd', 'gopher://example.com:25/x', 'data:text/plain,x',
    'javascript:alert(1)', 'ws://example.com/', 'unix:/var/run/docker.sock',
    '', 'example.com', '//example.com/x', 'http://', 'http://[::1', 'http://1.2.3.4.5/',
    'http://256.1.1.1/', 'http://exa mple.com/', 'http://example.com:99999/', 'http://[fe80::1%25eth0]/',
  ])('is refused at save and at request: %j', async (url) => {
    expect(() => checkUrl(url, PUBLIC_ONLY)).toThrow(blockedAddress);
    await expect(outbound.request({ method: 'GET', url })).rejects.toEqual(blockedFault);
  });

  it('is refused without TLS where only https is taken', () => {
    expect(() => checkUrl('http://example.com/', PUBLIC_ONLY, { httpsOnly: true })).toThrow(/https/);
    expect(checkUrl('https://example.com/', PUBLIC_ONLY, { httpsOnly: true }).href).toBe('https://example.com/');
  });

  it.each(['/var/run/postgresql', '/tmp/x.sock', '', ' ', 'a b', 'a/b', 'a@b', 'a:b', 'a?b', 'a#b', 'a%62', 'a\u0000b', '\\\\host\\pipe', '..%2f'])(
    'and neither is a host that is none: %j',
    async (host) => {
      await expect(checkTarget(host, 5432, PUBLIC_ONLY, lookup)).rejects.toEqual(blockedAddress);
      await expect(outbound.connectGuarded(host, 5432, { timeoutMs: 1_000 })).rejects.toEqual(blockedFault);
    },
  );

  it('and neither is a socket file, in any form of connect', async () => {
    const open = createOutbound({ policy: { allowPrivate: true, allowCidrs: ['0.0.0.0/0', '::/0'] } });
    for (const args of [['/tmp/x.sock'], [{ path: '/tmp/x.sock' }]] as [string][]) {
      await expect(new Promise((resolve) => open.socket().once('error', resolve).connect(...args))).resolves.toEqual(blockedAddress);
    }
  });

  it.each([0, -1, 65_536, 1.5, Number.NaN])('and neither is port %d', async (bad) => {
    await expect(checkTarget('example.com', bad, PUBLIC_ONLY, lookup)).rejects.toEqual(blockedAddress);
  });
});

describe('what the user is told', () => {
  const message = (url: string) => {
    try {
      checkUrl(url, PUBLIC_ONLY);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  it('names the setting that opens the address', () => {
    expect(message('http://10.1.2.3/x')).toMatch(/10\.1\.2\.3\/32 to OUTBOUND_ALLOW_CIDRS, or set OUTBOUND_ALLOW_PRIVATE=true/);
    expect(message('http://[fe80::1]/x')).toMatch(/fe80::1\/128 to OUTBOUND_ALLOW_CIDRS\.$/);
    expect(message('http://localhost/x')).toMatch(/OUTBOUND_ALLOW_PRIVATE=true/);
    expect(message('http://169.254.169.254/x')).toMatch(/never/);
  });

  it('never repeats the URL, which can be a secret', async () => {
    for (const url of ['http://10.0.0.1/s3cret?s3cret', 'http://s3cret:s3cret@example.com', 's3cret', 'ftp://example.com/s3cret', 'http://[s3cret/']) {
      expect(message(url)).toEqual(expect.not.stringContaining('s3cret'));
      const error: Error & { cause?: unknown } = await outbound.request({ method: 'GET', url }).then(() => new Error('sent'), (e) => e);
      expect(`${error.stack} ${JSON.stringify(error)} ${(error.cause as Error).stack} ${JSON.stringify(error.cause)}`).not.toContain('s3cret');
    }
  });

  it('never tells what a name of our network resolves to', async () => {
    const asking = createOutbound({ policy: PUBLIC_ONLY, lookup: async () => [{ address: '10.9.8.7', family: 4 }] });
    const error: Error & { cause?: Error } = await asking.request({ method: 'GET', url: `http://db.corp.example:${port}/` })
      .then(() => new Error('sent'), (e) => e);
    await asking.close();
    expect(error.message).toContain('db.corp.example does not resolve to a public address');
    expect(`${error.stack} ${error.cause?.stack}`).not.toContain('10.9.8.7');
  });

  it('a name that is opened by the policy passes', () => {
    expect(checkUrl('http://localhost:8080/x', { allowPrivate: true, allowCidrs: [] }).port).toBe('8080');
    expect(checkUrl('http://localhost/', { allowPrivate: false, allowCidrs: ['127.0.0.1/32'] }).hostname).toBe('localhost');
    expect(() => checkUrl('http://metadata.google.internal/', { allowPrivate: true, allowCidrs: ['0.0.0.0/0'] })).toThrow(blockedAddress);
    expect(checkUrl('HTTPS://ExAmple.com:443/a b', PUBLIC_ONLY).href).toBe('https://example.com/a%20b');
  });
});

/** As pg and MQTT.js do it: an unconnected socket, told where to. */
function dial(host: string): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = outbound.socket();
    socket.once('error', resolve).once('connect', () => resolve('connected'));
    socket.connect(port, host);
  });
}

async function listen(address: string) {
  const server = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => server.close(resolve)) };
}
