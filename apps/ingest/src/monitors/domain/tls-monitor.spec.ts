import { examine, type CertificateFacts, type Peer, type ProblemCode, type Seen } from './certificate.js';
import { MISSES_BELIEVED, NEW_TLS_MONITOR, decideTls, endTls, tlsStatus, type TlsConfig, type TlsState } from './tls-monitor.js';

const DAY_MS = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const at = (days: number): Date => new Date(start + days * DAY_MS);
const facts = (validTo: number, change: Partial<CertificateFacts> = {}): CertificateFacts =>
  ({
    subject: 'CN=shop.example', issuer: 'CN=Test CA', serialNumber: '01', fingerprint: `AA:${validTo}`,
    validFrom: at(-10).toISOString(), validTo: at(validTo).toISOString(), ...change,
  });
const peer = (validTo: number, change: Partial<Peer> = {}): Seen =>
  ({
    kind: 'peer',
    peer: { leaf: facts(validTo), chain: [facts(1_000, { subject: 'CN=Test CA' })], subjectAltNames: ['shop.example'], protocol: 'TLSv1.3', ...change },
  });
const away: Seen = { kind: 'nothing', code: 'unreachable', message: 'could not connect to shop.example.' };

describe('a certificate', () => {
  const codes = (seen: Seen, now = at(0)): ProblemCode[] => examine(seen, [30, 7], now).problems.map(({ code }) => code);

  it.each<[string, Seen, ProblemCode[]]>([
    ['good', peer(31), []],
    ['ends in 30 days', peer(30), ['expiring']],
    ['has ended, as OpenSSL says too', peer(-1, { chainFault: 'CERT_HAS_EXPIRED' }), ['expired']],
    ['ends at this moment', peer(0), ['expired']],
    ['is not valid yet', peer(100, { leaf: facts(100, { validFrom: at(1).toISOString() }), chainFault: 'CERT_NOT_YET_VALID' }), ['not_yet_valid']],
    [
      'is for another host, and signed by itself: both',
      peer(100, { nameFault: 'The certificate is not for x.', chainFault: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      ['wrong_host', 'self_signed'],
    ],
    ['comes without its intermediate', peer(100, { chainFault: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', chain: [] }), ['unknown_issuer']],
    ['ends in a root that nobody knows', peer(100, { chainFault: 'SELF_SIGNED_CERT_IN_CHAIN' }), ['unknown_issuer']],
    ['has an issuer that has ended', peer(100, { chain: [facts(-1, { subject: 'CN=Old CA' })], chainFault: 'CERT_HAS_EXPIRED' }), ['expired']],
    ['is refused for a reason that we have no word for', peer(100, { chainFault: 'CERT_REVOKED' }), ['untrusted']],
    ['is said to have ended when none of what we see has', peer(100, { chainFault: 'CERT_HAS_EXPIRED' }), ['untrusted']],
    ['is not to be seen', away, ['unreachable']],
  ])('that %s', (_name, seen, expected) => expect(codes(seen)).toEqual(expected));

  it('is shown with whole days left, negative after its end', () => {
    expect([10, 0.5, -0.5, -3].map((days) => examine(peer(days), [], at(0)).daysLeft)).toEqual([10, 0, -1, -3]);
  });
});

describe('a TLS monitor', () => {
  const config: TlsConfig = { host: 'shop.example', port: 443, serverName: null, warnDays: [30, 7], intervalSeconds: 3_600 };
  const check = (state: TlsState, seen: Seen, now = at(0)) => decideTls({ id: 'm', name: 'shop', config, state }, examine(seen, config.warnDays, now), now);

  /** What is told, check by check. */
  function told(steps: readonly [Seen, number][]): string[][] {
    let state = NEW_TLS_MONITOR;
    return steps.map(([seen, day]) => {
      const decision = check(state, seen, at(day));
      state = decision.state;
      return decision.told.map((one) => (one.tell === 'event' ? `${one.action} ${one.episode} ${one.class} ${one.severity}` : `${one.eventType} ${one.title}`));
    });
  }

  it('opens once when the end comes near, reminds at the next warning, and closes when there is a new certificate', () => {
    expect(told([[peer(60), 0], [peer(60), 30], [peer(60), 31], [peer(60), 54], [peer(150), 55]])).toEqual([
      [], ['trigger 1 ssl_expiry error'], [], ['ssl_expiry The certificate of shop ends in 6 days'], ['resolve 1 ssl_expiry error'],
    ]);
  });

  it('makes an incident of its own of what is worse: an acknowledged warning must not silence the end', () => {
    expect(told([[peer(5), 0], [peer(5), 6], [peer(100), 7]])).toEqual([
      ['trigger 1 ssl_expiry error'], ['resolve 1 ssl_expiry error', 'trigger 2 ssl_failure critical'], ['resolve 2 ssl_failure critical'],
    ]);
  });

  it('believes that a server is away after several checks in a row, soon after each other; that a certificate is wrong, at once', () => {
    const steps = Array.from({ length: MISSES_BELIEVED + 1 }, (): [Seen, number] => [away, 0]);
    expect(told([...steps, [peer(100), 0]])).toEqual([[], [], ['trigger 1 ssl_failure critical'], [], ['resolve 1 ssl_failure critical']]);
    expect(told([[away, 0], [peer(100), 0], [away, 0], [away, 0]])).toEqual([[], [], [], []]);
    expect(check(NEW_TLS_MONITOR, away).dueAt).toEqual(new Date(start + 30_000));
    expect(check(NEW_TLS_MONITOR, peer(100)).dueAt).toEqual(new Date(start + 3_600_000));
    expect(told([[peer(-1), 0]])).toEqual([['trigger 1 ssl_failure critical']]);
  });

  it('one blink of the server neither ends a warning nor tells it again', () => {
    expect(told([[peer(20), 0], [away, 0], [peer(20), 0]])).toEqual([['trigger 1 ssl_expiry error'], [], []]);
  });

  /** What is shown, check by check. */
  function shown(seen: readonly Seen[]): unknown[][] {
    let state = NEW_TLS_MONITOR;
    return seen.map((one) => {
      ({ state } = check(state, one));
      const { state: word, failedChecks, lastError, incidentClass } = tlsStatus(state);
      return [word, failedChecks, lastError, incidentClass];
    });
  }

  it('shows from the first failed check on that it fails, how often in a row, why, and whether that has an incident yet', () => {
    expect(tlsStatus(NEW_TLS_MONITOR)).toEqual({ state: 'new', failedChecks: 0, lastError: null, incidentClass: null });
    const why = 'could not connect to shop.example.';
    expect(shown([peer(100), away, away, away, away, peer(100)])).toEqual([
      ['ok', 0, null, null], ['failing', 1, why, null], ['failing', 2, why, null],
      ['failing', 3, why, 'ssl_failure'], ['failing', 4, why, 'ssl_failure'], ['ok', 0, null, null],
    ]);
    expect(shown([peer(20), away, peer(20)])).toEqual([
      ['expiring', 0, null, 'ssl_expiry'],
      ['failing', 1, why, 'ssl_expiry'],
      ['expiring', 0, null, 'ssl_expiry'],
    ]);
    const wrong = peer(20, { nameFault: 'The certificate is not for x.' });
    expect(shown([wrong, wrong, away])).toEqual([
      ['failing', 1, 'The certificate is not for x.', 'ssl_failure'],
      ['failing', 2, 'The certificate is not for x.', 'ssl_failure'],
      ['failing', 3, why, 'ssl_failure'],
    ]);
  });

  it('counts anew once it was paused', () => {
    const twice = check(check(NEW_TLS_MONITOR, away).state, away).state;
    expect(tlsStatus(endTls({ name: 'shop', config, state: twice }, 'was paused', at(1)).state)).toMatchObject({
      state: 'failing', failedChecks: 0, incidentClass: null,
    });
  });

  it('that is paused or deleted closes what is open, and starts from nothing', () => {
    const open = check(NEW_TLS_MONITOR, peer(5)).state;
    const ended = endTls({ name: 'shop', config, state: open }, 'was paused', at(1));
    expect(ended).toMatchObject({ state: { about: null, warned: null, episodes: { open: false } }, told: [{ action: 'resolve', episode: 1 }] });
    expect(check(ended.state, peer(5), at(2)).told).toMatchObject([{ action: 'trigger', episode: 2 }]);
  });
});
