import { addressPolicy, addressVerdict, PUBLIC_ONLY, type AddressPolicy } from './address-policy.js';

const policy = (over: Partial<AddressPolicy>): AddressPolicy => ({ ...PUBLIC_ONLY, ...over });

/** First, last and inner addresses of every range that is not the public internet. */
const BLOCKED = {
  unspecified: ['0.0.0.0', '0.0.0.1', '0.255.255.255', '::'],
  loopback: ['127.0.0.0', '127.0.0.1', '127.1.2.3', '127.255.255.255', '::1'],
  private: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  uniqueLocal: ['fc00::', 'fc00::1', 'fd00::1', 'fd12:3456:789a::1', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  linkLocal: ['169.254.0.0', '169.254.1.1', '169.254.255.255', 'fe80::', 'fe80::1', 'fe80::1%eth0', 'febf:ffff::1'],
  siteLocal: ['fec0::', 'fec0::1', 'feff:ffff::1'],
  carrierGradeNat: ['100.64.0.0', '100.100.1.1', '100.127.255.255'],
  multicast: ['224.0.0.0', '224.0.0.1', '239.255.255.255', 'ff00::', 'ff02::1', 'ff0e::1'],
  reserved: ['192.0.0.1', '192.88.99.1', '198.18.0.0', '198.19.255.255', '240.0.0.0', '250.1.2.3', '255.255.255.254', '2001::', '2001:1ff:ffff::1'],
  broadcast: ['255.255.255.255'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.255', '2001:db8::1', '2001:db8:ffff::1', '3fff::', '3fff:0fff::1'],
  metadata: [
    '169.254.169.254', '169.254.170.2', '169.254.170.23', '100.100.100.200',
    '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254',
  ],
  teredo: ['2001:0:1::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  sixToFour: ['2002::', '2002:7f00:1::1', '2002:0808:0808::1', '2002:ffff::1'],
  segmentRouting: ['5f00::', '5f00::1', '5fff::1'],
  otherIetf: [
    '100::1', '2001:2::1', '2001:3::1', '2001:4:112::1', '2001:10::1', '2001:20::1',
    '2620:4f:8000::1', '192.31.196.1', '192.52.193.1', '192.175.48.1',
  ],
  neverAssigned: ['1::', '1000::1', '4000::1', '6000::1', 'e000::1', 'fe00::1'],
  mapped: ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::ffff:0.0.0.0', '0:0:0:0:0:ffff:c0a8:0101'],
  compatible: ['::127.0.0.1', '::10.0.0.1', '::8.8.8.8', '::2'],
  translated: ['::ffff:0:127.0.0.1', '::ffff:0:8.8.8.8'],
  nat64: [
    '64:ff9b::127.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::10.0.0.1', '64:ff9b:1::169.254.169.254',
    '64:ff9b:1:a00:0:100::', '64:ff9b:1:808:8:800::', '64:ff9b:2::808:808', '64:ff9b::1:808:808',
  ],
  noAddress: [
    '', 'localhost', '127.1', '2130706433', '0x7f.0.0.1', '1.2.3', '1.2.3.4.5',
    '256.1.1.1', '12345::', '[::1]', ' 8.8.8.8', '8.8.8.8 ', '8.8.8.8/32', '１.1.1.1',
  ],
};

const PUBLIC = [
  '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0',
  '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.0.3.0', '192.167.255.255', '192.169.0.0',
  '198.17.255.255', '198.20.0.0', '203.0.112.255', '203.0.114.0', '223.255.255.255',
  '2000::1', '2001:200::1', '2001:4860:4860::8888', '2003::1', '2606:4700:4700::1111', '2a00:1450::1', '3ffe::1', '3fff:1000::1',
  '::ffff:8.8.8.8', '::ffff:808:808', '64:ff9b::8.8.8.8', '64:ff9b:1::8.8.8.8',
];

describe('addressVerdict', () => {
  it.each(Object.entries(BLOCKED).flatMap(([range, ips]) => ips.map((ip) => [range, ip])))('blocks %s %j', (_range, ip) => {
    expect(addressVerdict(ip, PUBLIC_ONLY).allowed).toBe(false);
  });

  it.each(PUBLIC)('allows the public %s', (ip) => {
    expect(addressVerdict(ip, PUBLIC_ONLY)).toEqual({ allowed: true });
  });

  const opened = [...BLOCKED.private, ...BLOCKED.uniqueLocal, ...BLOCKED.loopback, '::ffff:10.0.0.1', '::ffff:127.0.0.1', '64:ff9b::10.0.0.1'];
  it.each(opened)('the private switch opens %s', (ip) => {
    expect(addressVerdict(ip, policy({ allowPrivate: true }))).toEqual({ allowed: true });
  });

  const { private: _p, uniqueLocal: _u, loopback: _l, mapped: _m, nat64: _n, ...never } = BLOCKED;
  it.each([...Object.values(never).flat(), '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe'])('the private switch does not open %j', (ip) => {
    expect(addressVerdict(ip, policy({ allowPrivate: true })).allowed).toBe(false);
  });

  it('a network in the allow list opens exactly itself, also for an address written as IPv6', () => {
    const lan = policy({ allowCidrs: ['10.1.2.0/24', 'fd00:1::/64', '169.254.1.1/32'] });
    for (const ip of ['10.1.2.0', '10.1.2.255', '::ffff:10.1.2.3', 'fd00:1::5', '169.254.1.1']) {
      expect([ip, addressVerdict(ip, lan).allowed]).toEqual([ip, true]);
    }
    for (const ip of ['10.1.1.255', '10.1.3.0', 'fd00:1:0:1::5', '169.254.1.2', '127.0.0.1']) {
      expect([ip, addressVerdict(ip, lan).allowed]).toEqual([ip, false]);
    }
  });

  it('no setting opens a metadata service', () => {
    const wide = policy({ allowPrivate: true, allowCidrs: ['0.0.0.0/0', '::/0'] });
    for (const ip of [...BLOCKED.metadata, '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '64:ff9b:1::169.254.169.254']) {
      expect(addressVerdict(ip, wide)).toEqual({ allowed: false, range: 'cloud metadata', opener: 'none' });
    }
    expect(addressVerdict('192.168.1.1', wide).allowed).toBe(true);
  });

  it('says what opens an address', () => {
    expect(addressVerdict('192.168.1.1', PUBLIC_ONLY)).toEqual({ allowed: false, range: 'private', opener: 'private_or_cidr' });
    expect(addressVerdict('100.64.0.1', PUBLIC_ONLY)).toEqual({ allowed: false, range: 'carrier grade nat', opener: 'cidr' });
    expect(addressVerdict('nonsense', PUBLIC_ONLY)).toEqual({ allowed: false, range: 'malformed', opener: 'none' });
  });
});

describe('addressPolicy', () => {
  it('is closed unless set', () => {
    expect(addressPolicy({})).toEqual(PUBLIC_ONLY);
    expect(addressPolicy({ allowPrivate: '', allowCidrs: ' , ' })).toEqual(PUBLIC_ONLY);
    expect(addressPolicy({ allowPrivate: 'false' })).toEqual(PUBLIC_ONLY);
  });

  it('reads both settings', () => {
    expect(addressPolicy({ allowPrivate: 'true', allowCidrs: '10.1.2.0/24, 127.0.0.1/32,::1/128' })).toEqual({
      allowPrivate: true,
      allowCidrs: ['10.1.2.0/24', '127.0.0.1/32', '::1/128'],
    });
  });

  it.each(['yes', '1', 'TRUE', 'on'])('refuses %j as a switch, by name', (allowPrivate) => {
    expect(() => addressPolicy({ allowPrivate })).toThrow(/OUTBOUND_ALLOW_PRIVATE/);
  });

  it.each(['10.0.0.1', '10/8', '010.0.0.0/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', 'fd00::/129', 'example.com/24', '10.0.0.0/8 10.1.0.0/16'])(
    'refuses %j as a network, by name',
    (allowCidrs) => {
      expect(() => addressPolicy({ allowCidrs })).toThrow(/OUTBOUND_ALLOW_CIDRS/);
    },
  );
});
