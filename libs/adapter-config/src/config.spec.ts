import { Type } from '@sinclair/typebox';
import {
  MASK, choice, configFaults, configForm, dotted, jsonPointer, maskConfig, mergeConfig,
  replaceConfig, secretHeaders, secretText, secretsOf, validateConfig, type Configured,
} from './index.js';

const words = { title: 'T', description: 'D' };
const schema = Type.Object({
  url: Type.String({ minLength: 1, maxLength: 40, url: true }),
  mode: choice(['fast', 'safe'], { ...words, default: 'safe' }),
  password: Type.Optional(secretText(words)),
  headers: Type.Optional(secretHeaders(words)),
  topics: Type.Optional(Type.Array(Type.Object({ filter: Type.String(), key: Type.Optional(secretText(words)) }), { minItems: 1, maxItems: 2 })),
}, { additionalProperties: false });
const adapter: Configured<typeof schema> = {
  config: schema,
  check: ({ mode, password }) => (mode === 'fast' && password === undefined ? [{ path: 'password', message: 'is needed to be fast' }] : []),
};
const style = { noun: 'pump', pathOf: dotted };
const url = 'https://example.com';

test('defaults are filled into a copy, and rules beyond the schema are asked once it fits', () => {
  const input = { url };
  expect(validateConfig(adapter, input, style)).toEqual({ ok: true, config: { url, mode: 'safe' } });
  expect(input).toEqual({ url });
  expect(validateConfig(adapter, { url, mode: 'fast' }, style)).toEqual({ ok: false, faults: [{ path: 'password', message: 'is needed to be fast' }] });
});

test('every fault is told at once, one per field, by its path in either style', () => {
  const wrong = { mode: 'slow', password: '', headers: { 'a/b': 7 }, topics: [], colour: 'red' };
  const faults = [
    { path: 'url', message: 'is required' }, { path: 'colour', message: 'is no setting of this kind of pump' },
    { path: 'mode', message: 'must be one of: fast, safe' },
    { path: 'password', message: 'must not be empty' }, { path: 'headers.a/b', message: 'must be a text' },
    { path: 'topics', message: 'must have at least 1 entry' },
  ];
  const byPath = (a: { path: string }, b: { path: string }) => a.path.localeCompare(b.path);
  expect(configFaults(adapter, wrong, style).sort(byPath)).toEqual(faults.sort(byPath));
  expect(configFaults(adapter, wrong, { noun: 'pump', pathOf: jsonPointer }).map(({ path }) => path)).toContain('/headers/a~1b');
  expect(configFaults(adapter, { mode: 'safe' }, style)).toEqual([{ path: 'url', message: 'is required' }]);
});

test('an address must be one, without credentials, and where it is asked for with https', () => {
  const faultsOf = (text: string, httpsOnly: boolean) => configFaults(adapter, { url: text, mode: 'safe' }, { ...style, httpsOnly }).length;
  expect(['ftp://example.com', 'example.com', 'https://user:secret@example.com'].map((text) => faultsOf(text, false))).toEqual([1, 1, 1]);
  expect([faultsOf('http://example.com', false), faultsOf('http://example.com', true), faultsOf(url, true)]).toEqual([0, 1, 0]);
});

test('secrets are masked wherever they are, and keep their values when the mask comes back', () => {
  const config = { url, mode: 'safe', password: 'p', headers: { 'X-A': 'h' }, topics: [{ filter: 'a', key: 'k' }] };
  const shown = { url, mode: 'safe', password: MASK, headers: { 'X-A': MASK }, topics: [{ filter: 'a', key: MASK }] };
  expect(secretsOf(adapter, config)).toEqual(['p', 'h', 'k']);
  expect(maskConfig(adapter, config)).toEqual(shown);
  expect(maskConfig(adapter, { old: 'setting' })).toEqual({ old: MASK });
  expect(replaceConfig(adapter, config, shown)).toEqual(config);
  expect(mergeConfig(adapter, config, shown)).toEqual(config);
  expect(replaceConfig(adapter, { url }, { url, password: MASK })).toEqual({ url });
  expect(mergeConfig(adapter, config, { password: null, mode: 'fast', headers: { 'X-A': MASK, 'X-B': 'new' } })).toEqual({
    url, mode: 'fast', headers: { 'X-A': 'h', 'X-B': 'new' }, topics: config.topics,
  });
});

test('the form is plain JSON Schema with the keywords', () => {
  expect(configForm(adapter)).toMatchObject({
    type: 'object', additionalProperties: false,
    properties: { url: { url: true }, password: { secret: true, writeOnly: true, title: 'T' } },
  });
});
