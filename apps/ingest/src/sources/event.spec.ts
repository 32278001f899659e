import { event, type EventDraft } from './event.js';

const draft: EventDraft = { action: 'trigger', dedupKey: 'k', summary: 's', source: 'x', severity: 'info' };

test('a long key keeps its beginning, and two long keys that differ at the end stay two', () => {
  const [one, two] = ['a', 'b'].map((end) => event({ ...draft, dedupKey: 'k'.repeat(400) + end }).dedupKey);
  expect(one).toHaveLength(255);
  expect(one).toMatch(/^k{222}-[0-9a-f]{32}$/);
  expect(two).not.toBe(one);
  expect(event({ ...draft, dedupKey: 'k'.repeat(255) }).dedupKey).toBe('k'.repeat(255));
});

test('cuts never halve a character', () => {
  const summary = event({ ...draft, summary: `${'x'.repeat(1022)}\u{1f600}\u{1f600}` }).summary;
  expect(summary).toBe(`${'x'.repeat(1022)}…`);
  expect(event({ ...draft, dedupKey: `${'k'.repeat(221)}${'\u{1f600}'.repeat(50)}` }).dedupKey).toMatch(/^k{221}-[0-9a-f]{32}$/);
});

test('keys and summaries lose control characters and halves of characters', () => {
  const made = event({ ...draft, dedupKey: 'a\u0000b\u009fc\ud800', summary: ' a\u0000b\r\n\tc\udc00 ' });
  expect(made.dedupKey).toBe('abc\ufffd');
  expect(made.summary).toBe('a b c\ufffd');
});

test('a key of nothing but control characters is still a key, its own', () => {
  const keys = ['\u0000', '\u0001'].map((dedupKey) => event({ ...draft, dedupKey }).dedupKey);
  expect(new Set(keys).size).toBe(2);
  expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
});

test('details keep their shape down to a depth that every serialiser can take', () => {
  const details = { a: [1, { b: null }], ['__proto__x']: 1 };
  expect(event({ ...draft, details }).details).toBe(details);
  const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as Record<string, unknown>;
  const wire = JSON.stringify(event({ ...draft, details: { ok: true, deep } }).details);
  expect(wire).toContain('"ok":true');
  expect(wire).toContain('[nested too deeply]');
});
