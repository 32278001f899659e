import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_CODES, type Outcome } from '@signalbox/delivery-policy';
import { OutboundError, type Outbound, type OutboundRequest, type OutboundResponse } from '@signalbox/outbound';
import { MASK } from '@signalbox/access';
import { configForm, maskConfig, replaceConfig, secretsOf, validateConfig } from './config.js';
import type { DeliveryRequest } from './contract.js';
import { DESTINATIONS, destinationOf } from './registry.js';

/**
 * What every kind of destination must do. A new one needs `fixtures/config.json` (every setting, with a canary in every secret), `fixtures/answers.json`
 * (what answers mean, for those that speak HTTP) and a README for its user.
 */
const request: DeliveryRequest = {
  deliveryId: '018f6f5e-0000-8000-8000-000000000013', attempt: 2, now: new Date('2026-11-21T12:00:00.000Z'),
  message: {
    id: 'm-1', traceId: '018f6f5e-0000-7000-8000-000000000012', topic: 'devices/7/temperature', payload: { value: 91 }, headers: { site: 'north' },
    timestamp: '2026-11-21T09:30:00.000Z', acceptedAt: '2026-11-21T09:30:00.010Z',
  },
};

/** The way out, answering as told: what goes through real sockets is tested in libs/outbound and in the service's own spec. */
function wayOut(answer: (request: OutboundRequest) => Partial<OutboundResponse> | Error): Outbound & { sent: OutboundRequest[] } {
  const sent: OutboundRequest[] = [];
  return {
    sent, close: () => Promise.resolve(), socket: () => { throw new Error('not used'); }, connectGuarded: () => Promise.reject(new Error('not used')),
    request: async (out) => {
      sent.push(out);
      const given = answer(out);
      if (given instanceof Error) throw given;
      return { status: 200, headers: {}, body: '', truncated: false, durationMs: 1, ...given };
    },
  };
}

test('kinds are unique, and each finds its destination', () => {
  expect(new Set(DESTINATIONS.map(({ kind }) => kind)).size).toBe(DESTINATIONS.length);
  for (const destination of DESTINATIONS) expect(destinationOf(destination.kind)).toBe(destination);
  expect(destinationOf('carrier-pigeon')).toBeUndefined();
});

describe.each(DESTINATIONS.map((destination) => [destination.kind, destination] as const))('%s', (kind, destination) => {
  const folder = join(__dirname, kind);
  const settings = JSON.parse(readFileSync(join(folder, 'fixtures', 'config.json'), 'utf8')) as Record<string, unknown>;
  const { statuses } = JSON.parse(readFileSync(join(folder, 'fixtures', 'answers.json'), 'utf8')) as { statuses: [string, Outcome['kind'], string?][] };
  const { properties } = destination.config;
  const outcomeOf = async (answer: Partial<OutboundResponse> | Error) =>
    (await destination.open(settings, { outbound: wayOut(() => answer) }).deliver([request]))[0]!;

  test('has a README for its user', () => expect(existsSync(join(folder, 'README.md'))).toBe(true));

  describe('answers', () => {
    test('have a meaning for every status', async () => {
      const ranges = statuses.map(([range, outcome, reason]) => ({ from: Number(range.slice(0, 3)), to: Number(range.slice(4)), kind: outcome, reason }));
      for (let status = 100; status < 600; status += 1) {
        const expected = ranges.findLast(({ from, to }) => from <= status && status <= to);
        const { outcome, response } = await outcomeOf({ status });
        expect({ status, kind: outcome.kind }).toEqual({ status, kind: expected?.kind });
        if (expected?.reason !== undefined) expect({ status, ...outcome }).toMatchObject({ status, reason: expected.reason });
        expect(response).toMatchObject({ status });
      }
    });

    test.each([
      ['seconds', () => '120'],
      ['a date', () => new Date(Date.now() + 120_000).toUTCString()],
    ])('obey a Retry-After that is %s', async (_form, value) => {
      for (const status of [429, 503]) {
        const { outcome } = await outcomeOf({ status, headers: { 'retry-after': value() } });
        expect(outcome).toMatchObject({ kind: 'retry', afterMs: expect.any(Number) });
        expect((outcome as { afterMs: number }).afterMs).toBeGreaterThan(115_000);
      }
    });

    test('that never come are outcomes too', async () => {
      for (const code of FAULT_CODES) {
        const { outcome, response } = await outcomeOf(new OutboundError(code, true, `it was ${code}`));
        expect({ code, kind: outcome.kind }).toEqual({ code, kind: code === 'blocked_address' || code === 'invalid_request' ? 'reject' : 'retry' });
        expect(response).toBeUndefined();
      }
    });

    test('are given for each request of a batch, in order', async () => {
      const open = destination.open(settings, { outbound: wayOut(({ body }) => ({ status: String(body).includes('"bad"') ? 500 : 200 })) });
      const exchanges = await open.deliver(['good', 'bad', 'good'].map((payload) => ({ ...request, message: { ...request.message, payload } })));
      expect(exchanges.map(({ outcome }) => outcome.kind)).toEqual(['delivered', 'retry', 'delivered']);
    });
  });

  test('what is kept of an exchange is cut, and no character is broken', async () => {
    const outbound = wayOut(() => ({ status: 500, body: '😀'.repeat(4_000) }));
    const big = { ...request, message: { ...request.message, payload: '😀'.repeat(50_000) } };
    const [exchange] = await destination.open(settings, { outbound }).deliver([big]);
    for (const body of [exchange!.request.body, exchange!.response!.body] as string[]) {
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4_096);
      expect(body).not.toMatch(/\p{Surrogate}|\ufffd/u);
    }
    expect(Buffer.byteLength(String(outbound.sent[0]!.body))).toBeGreaterThan(200_000);
  });

  describe('config', () => {
    test('of the fixture sets everything there is to set, and is valid', () => {
      expect(Object.keys(settings).sort()).toEqual(Object.keys(properties).sort());
      expect(validateConfig(destination, settings)).toEqual({ ok: true, config: settings });
    });

    test.each(destination.config.required ?? [])('without %s is refused by name, or filled in', (name) => {
      const result = validateConfig(destination, Object.fromEntries(Object.entries(settings).filter(([key]) => key !== name)));
      if ('default' in properties[name]!) expect(result).toMatchObject({ ok: true, config: { [name]: properties[name].default } });
      else expect(result).toEqual({ ok: false, faults: [{ path: name, message: 'is required' }] });
    });

    test('with an unknown setting is refused by name', () => {
      expect(validateConfig(destination, { ...settings, colour: 'red' })).toEqual({
        ok: false,
        faults: [{ path: 'colour', message: 'is no setting of this kind of destination' }],
      });
    });

    test('with everything wrong names every field at once', () => {
      const result = validateConfig(destination, Object.fromEntries(Object.keys(properties).map((name) => [name, [7.5]])));
      expect(result.ok ? [] : result.faults.map(({ path }) => path).sort()).toEqual(Object.keys(properties).sort());
    });

    test.each([undefined, null, 'text', [], 7])('that is %j is refused', (input) => expect(validateConfig(destination, input).ok).toBe(false));

    test('has a title and a description on every field for the form', () => {
      const form = configForm(destination) as { properties: Record<string, { title?: string; description?: string }> };
      for (const [name, field] of Object.entries(form.properties)) {
        expect({ name, title: typeof field.title, description: typeof field.description }).toEqual({ name, title: 'string', description: 'string' });
      }
    });
  });

  describe('secrets', () => {
    const secrets = secretsOf(destination, settings);
    const plain = (secret: string): string => (secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64').toString() : secret);

    test('are a canary in every secret field', () => {
      expect(secrets.length).toBeGreaterThan(0);
      for (const secret of secrets) expect(plain(secret)).toContain('canary');
    });

    test('show in no mask, summary, target, preview or exchange, even when the far side repeats them', async () => {
      const echo = wayOut(({ headers, body }) => ({
        status: 500, headers: { 'x-echo': JSON.stringify(headers) },
        body: `${JSON.stringify(headers)} ${secrets.join(' ')} ${body}`,
      }));
      const open = destination.open(settings, { outbound: echo });
      const exchanges = await open.deliver([request]);
      const failed = await destination.open(settings, {
        outbound: wayOut(() => new OutboundError('tls', false, `no way to ${secrets[0]}`)),
      }).deliver([request]);
      const shown = JSON.stringify([
        maskConfig(destination, settings), destination.summary(settings),
        destination.targets(settings), open.preview(request), exchanges, failed,
      ]);
      for (const secret of secrets) expect(shown).not.toContain(secret);
      expect(shown).not.toContain('canary');
      expect(shown).toContain(MASK);
    });

    test('stay when the mask comes back', () => expect(replaceConfig(destination, settings, maskConfig(destination, settings))).toEqual(settings));
  });
});
