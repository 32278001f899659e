import { bytea, encodeRows, recordset, storable } from './rows.js';

describe('JSON that Postgres can hold', () => {
  it.each([
    ['a NUL', { text: 'a\u0000b' }, { text: 'a\ufffdb' }],
    ['a lone high surrogate', { text: '\ud83d!' }, { text: '\ufffd!' }],
    ['a lone low surrogate', { text: '!\ude00' }, { text: '!\ufffd' }],
    ['two lone ones side by side, the wrong way round', { text: '\ude00\ud83d' }, { text: '\ufffd\ufffd' }],
    ['a NUL in a key', { 'k\u0000': 1 }, { 'k\ufffd': 1 }],
    ['a NUL behind a backslash', { text: '\\\u0000' }, { text: '\\\ufffd' }],
  ])('has %s replaced', (_what, value, expected) => {
    expect(JSON.parse(storable(JSON.stringify(value)))).toEqual(expected);
  });

  it.each([
    ['a paired surrogate', { text: '😀' }],
    ['text that only spells an escape', { text: '\\u0000 and \\ud83d' }],
    ['other control characters', { text: '\u0001\u001f\t\n' }],
    ['backslashes before a u', { path: 'C:\\\\users\\\\u0000' }],
  ])('keeps %s', (_what, value) => {
    expect(JSON.parse(storable(JSON.stringify(value)))).toEqual(value);
  });
});

test('rows are sent with dates as RFC 3339, undefined left out and bytes in hexadecimal', () => {
  const rows = [{ at: new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)), gone: undefined, body: bytea(Buffer.from('é')) }];
  expect(JSON.parse(encodeRows(rows))).toEqual([{ at: '2026-01-02T03:04:05.006Z', body: '\\xc3a9' }]);
});

test('bytes are those of the view, not of the buffer under it', () => {
  expect(bytea(Buffer.from('abcdef').subarray(2, 4))).toBe('\\x6364');
});

test('a record set names and types its columns in their order', () => {
  expect(recordset({ id: 'uuid', 'order': 'int' }, 3)).toBe('select "id", "order" from json_to_recordset($3::json) as r("id" uuid, "order" int)');
});
