import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { FAULT_CODES, networkOutcome, type Outcome } from '@signalbox/delivery-policy';
import { MASK, configForm, maskConfig, mergeConfig, replaceConfig, secretsOf, validateConfig } from './config.js';
import type { HttpAnswer, MailAnswer, Rendered } from './contract.js';
import type { Notice } from './notice.js';
import { CHANNELS, channelOf } from './registry.js';

/**
 * What every kind of channel must do. A new one needs `fixtures/config.json` (every setting, with a canary in every secret),
 * `fixtures/answers.json` (what answers mean) and `fixtures/rendered.json` (what each notice of `fixtures/notices.json` becomes;
 * written by UPDATE_FIXTURES=1, then read with care).
 */
const now = new Date('2026-11-21T12:00:00.000Z');
const context = { now, attempt: 1, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const policy = { httpsOnly: true };
const notices = readJson<Record<string, Notice>>(join(__dirname, 'fixtures', 'notices.json'));

interface Answers {
  readonly statuses: readonly (readonly [range: string, kind: Outcome['kind'], reason?: string])[];
  readonly answers: readonly { readonly name: string; readonly answer: HttpAnswer & MailAnswer; readonly outcome: object }[];
}

test('kinds and aliases are unique, and each finds its channel', () => {
  const names = CHANNELS.flatMap((channel) => [channel.kind, ...(channel.aliases ?? [])]);
  expect(new Set(names).size).toBe(names.length);
  for (const channel of CHANNELS) for (const name of [channel.kind, ...(channel.aliases ?? [])]) expect(channelOf(name)).toBe(channel);
  expect(channelOf('carrier-pigeon')).toBeUndefined();
});

describe.each(CHANNELS.map((channel) => [channel.kind, channel] as const))('%s', (kind, channel) => {
  const folder = join(__dirname, kind);
  const settings = readJson<Record<string, unknown>>(join(folder, 'fixtures', 'config.json'));
  const { statuses, answers } = readJson<Answers>(join(folder, 'fixtures', 'answers.json'));
  const render = (notice: Notice): Rendered => channel.render(notice, settings, context);
  const interpret = (answer: HttpAnswer | MailAnswer): Outcome => channel.interpret(answer as HttpAnswer & MailAnswer, { now });

  test('has a README for its user', () => expect(existsSync(join(folder, 'README.md'))).toBe(true));

  describe('rendering', () => {
    const golden = join(folder, 'fixtures', 'rendered.json');
    if (process.env.UPDATE_FIXTURES === '1') {
      const rendered = Object.fromEntries(Object.entries(notices).map(([name, notice]) => [name, readable(render(notice))]));
      writeFileSync(golden, `${JSON.stringify(rendered, null, 2)}\n`);
    }

    test.each(Object.keys(notices))('of the notice "%s" is as agreed', (name) => {
      expect(readable(render(notices[name]!))).toEqual(readJson<Record<string, unknown>>(golden)[name]);
    });

    test('is pure: the same input gives the same output', () => expect(render(notices.triggered!)).toEqual(render(notices.triggered!)));

    test('cuts an over-long notice to the far side\'s limits and breaks no character', () => {
      for (const filler of ['x', '<', '&', '😀', '"', 'https://x.example/&', '\u0007']) {
        const sent = sizes(render(enormous(filler)));
        expect(sent.bytes).toBeLessThanOrEqual(channel.limits.requestBytes);
        expect(sent.text).not.toMatch(/\p{Surrogate}/u);
        expect(sent.text).not.toMatch(/\\ud[89a-f]/i);
      }
    });

    test('has something to show when every text is empty', () => {
      const text = sizes(render({ ...notices.certificate!, title: ' ', body: '', fields: [{ label: '', value: '' }], sourceUrl: undefined })).text;
      expect(text).not.toContain('undefined');
      expect(text).not.toContain('null,');
    });
  });

  describe('answers', () => {
    const ranges = statuses.map(([range, outcome, reason]) => ({ from: Number(range.slice(0, 3)), to: Number(range.slice(4)), kind: outcome, reason }));
    const walked = channel.transport === 'http' ? span(100, 599) : span(400, 599);

    test('have a meaning for every status', () => {
      for (const status of walked) {
        const expected = ranges.findLast(({ from, to }) => from <= status && status <= to);
        const outcome = interpret(answerWith(status));
        expect({ status, kind: outcome.kind }).toEqual({ status, kind: expected?.kind });
        if (expected?.reason !== undefined) expect({ status, ...outcome }).toMatchObject({ status, reason: expected.reason });
      }
    });

    test.each(answers.map(({ name, ...rest }) => [name, rest] as const))('%s', (_name, { answer, outcome }) => {
      expect(interpret(answer)).toEqual(expect.objectContaining(outcome));
      expect('afterMs' in interpret(answer)).toBe('afterMs' in outcome);
      expect('ambiguous' in interpret(answer)).toBe('ambiguous' in outcome);
    });

    test('include a success and a failure', () => {
      const delivered = answers.filter(({ outcome }) => 'kind' in outcome && (outcome.kind === 'delivered' || outcome.kind === 'accepted'));
      expect(delivered.length).toBeGreaterThan(0);
      expect(interpret(answerWith(500)).kind).not.toBe('delivered');
    });

    if (channel.transport === 'http') {
      test.each([
        ['seconds', '120', 120_000],
        ['a date', 'Sat, 21 Nov 2026 12:02:00 GMT', 120_000],
        ['a date that has passed', 'Sat, 21 Nov 2026 11:00:00 GMT', 0],
      ])('obey a Retry-After that is %s', (_form, header, afterMs) => {
        for (const status of [429, 503]) expect(interpret({ status, headers: { 'retry-after': header }, body: '' })).toMatchObject({ kind: 'retry', afterMs });
      });
    }
  });

  test('every network fault is worth another try, except one that our own guard made', () => {
    for (const code of FAULT_CODES) {
      const outcome = networkOutcome({ code, requestWritten: true });
      expect(outcome.kind).toBe(code === 'blocked_address' || code === 'invalid_request' ? 'reject' : 'retry');
    }
  });

  describe('config', () => {
    const properties = channel.config.properties;

    test('of the fixture sets everything there is to set, and is valid', () => {
      expect(Object.keys(settings).sort()).toEqual(Object.keys(properties).sort());
      expect(validateConfig(channel, settings, policy)).toEqual({ ok: true, config: settings });
    });

    test.each(channel.config.required ?? [])('without %s is refused by name, or filled in', (name) => {
      const result = validateConfig(channel, without(settings, name), policy);
      if ('default' in properties[name]!) expect(result).toMatchObject({ ok: true, config: { [name]: properties[name].default } });
      else expect(result).toEqual({ ok: false, errors: [{ path: `/${name}`, message: 'is required' }] });
    });

    test('with an unknown setting is refused by name', () => {
      expect(validateConfig(channel, { ...settings, colour: 'red' }, policy))
        .toEqual({ ok: false, errors: [{ path: '/colour', message: 'is no setting of this kind of channel' }] });
    });

    test('with everything wrong names every field at once', () => {
      const wrong = Object.fromEntries(Object.keys(properties).map((name) => [name, 7.5]));
      const result = validateConfig(channel, wrong, policy);
      expect(result.ok).toBe(false);
      if (!result.ok) expect(result.errors.map(({ path }) => path).sort()).toEqual(Object.keys(properties).map((name) => `/${name}`).sort());
    });

    test.each([undefined, null, 'text', [], 7])('that is %j is refused', (input) => expect(validateConfig(channel, input, policy).ok).toBe(false));

    test('has a title and a description on every field for the form', () => {
      const form = configForm(channel) as { properties: Record<string, { title?: string; description?: string }> };
      for (const [name, field] of Object.entries(form.properties)) {
        expect({ name, title: typeof field.title, description: typeof field.description }).toEqual({ name, title: 'string', description: 'string' });
      }
    });
  });

  describe('secrets', () => {
    const secrets = secretsOf(channel, settings);

    test('are a canary in every secret field', () => {
      expect(secrets.length).toBeGreaterThan(0);
      for (const secret of secrets) expect(decoded(secret)).toContain('canary');
      for (const [name, schema] of Object.entries(channel.config.properties)) {
        if (marked(schema)) expect({ name, found: secretsOf(channel, { [name]: settings[name] }).length > 0 }).toEqual({ name, found: true });
      }
    });

    test('show in no mask, summary or target', () => {
      const shown = JSON.stringify([maskConfig(channel, settings), channel.configSummary(settings), channel.targets(settings)]);
      for (const secret of secrets) expect(shown).not.toContain(secret);
      expect(shown).not.toContain('canary');
      expect(shown).toContain(MASK);
    });

    test('stay when the mask comes back, by PATCH and by PUT', () => {
      expect(mergeConfig(channel, settings, maskConfig(channel, settings))).toEqual(settings);
      expect(replaceConfig(channel, settings, maskConfig(channel, settings))).toEqual(settings);
      expect(mergeConfig(channel, settings, {})).toEqual(settings);
    });
  });
});

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** A rendered request with its JSON body opened, so that a reviewer can read the fixture. */
function readable(rendered: Rendered): unknown {
  const plain = rendered.kind === 'http' ? { ...rendered, body: parsed(rendered.body) } : rendered;
  return JSON.parse(JSON.stringify(plain)) as unknown;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function sizes(rendered: Rendered): { bytes: number; text: string } {
  const text = rendered.kind === 'http' ? rendered.body : [rendered.message.subject, rendered.message.text, rendered.message.html].join('\n');
  return { bytes: Buffer.byteLength(text), text };
}

function enormous(filler: string): Notice {
  const text = filler.repeat(100_000);
  const fields = Array.from({ length: 200 }, () => ({ label: text, value: text }));
  const incident = { ...notices.triggered!.incident!, title: text, service: { id: 'x', name: text } };
  return { ...notices.triggered!, title: text, body: text, fields, incident };
}

function answerWith(status: number): HttpAnswer & MailAnswer {
  const failure = { code: 'EMESSAGE', replyCode: status, command: 'DATA', message: `${status} no`, messageWritten: true };
  return { status, headers: {}, body: '', messageId: '<1@example.com>', accepted: [], rejected: [], response: `${status} no`, failure };
}

function span(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function without(object: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}

function marked(schema: TSchema): boolean {
  return JSON.stringify(schema).includes('"secret":true');
}

function decoded(secret: string): string {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64').toString() : secret;
}
