import { address, instant, jsonFields, jsonIn, jsonList, plainWord, said, text, withoutTags } from './reading.js';

test.each([
  ['2026-03-02T08:15:30.123456789Z', '2026-03-02T08:15:30.123Z'],
  ['2015-07-17T08:42:58.315+0000', '2015-07-17T08:42:58.315Z'],
  ['2015-07-17T10:42:58+02:00', '2015-07-17T08:42:58.000Z'],
  ['2015-07-17T10:42:58+02', '2015-07-17T08:42:58.000Z'],
  ['2019-05-01 12:32:47 UTC', '2019-05-01T12:32:47.000Z'],
  ['2019-05-01T12:32:47', '2019-05-01T12:32:47.000Z'],
  ['2019-05-01 12:32', '2019-05-01T12:32:00.000Z'],
  ['2019-05-01', '2019-05-01T00:00:00.000Z'],
  [1772438400, '2026-03-02T08:00:00.000Z'],
  [1772438400.25, '2026-03-02T08:00:00.250Z'],
  ['1772438400000', '2026-03-02T08:00:00.000Z'],
])('%j is %s, wherever the server stands', (given, expected) => {
  expect(instant(given)).toBe(expected);
});

test.each(['0001-01-01T00:00:00Z', '2026-13-45T99:99:99Z', 'yesterday', '', null, {}, NaN, 1e308, -5, '12'])('%j is no point in time', (given) => {
  expect(instant(given)).toBeUndefined();
});

test('a text has something to see in it; ids can be 0', () => {
  expect(['a', 0, false, '0'].map(text)).toEqual(['a', '0', 'false', '0']);
  expect(['', ' \n', '\u0000\u0007', null, undefined, {}, [], NaN, Infinity].map(text)).toEqual(new Array(9).fill(undefined));
});

test('only web addresses become links', () => {
  expect(address('https://a.example/b?c=d')).toBe('https://a.example/b?c=d');
  expect(address('HTTP://a.example')).toBe('HTTP://a.example');
  expect(address('https://a.example/\u00e9 \ud800')).toBe('https://a.example/%C3%A9%20%EF%BF%BD');
  for (const bad of ['javascript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', '/relative', 'a.example', '', null, 5, ['https://a.example']]) {
    expect(address(bad)).toBeUndefined();
  }
  expect(address('http://a.example', ['https:'])).toBeUndefined();
});

test('JSON inside a text is an object or a list, or nothing', () => {
  expect([' {"a": 1}', '[1]', '{"a"', '1', 'text', null, { a: 1 }].map(jsonIn)).toEqual([{ a: 1 }, [1], undefined, undefined, undefined, undefined, undefined]);
});

test('JSON in a text is read, and broken JSON is nothing', () => {
  expect(jsonFields('{"a": 1}')).toEqual({ a: 1 });
  expect(jsonFields({ a: 1 })).toEqual({ a: 1 });
  expect([jsonFields('{"a":'), jsonFields('a'), jsonFields('[1]'), jsonFields(null)]).toEqual([undefined, undefined, undefined, undefined]);
  expect([jsonList('[1]'), jsonList([1]), jsonList('{"a": 1}'), jsonList(undefined)]).toEqual([[1], [1], [], []]);
});

test('tags go, what they held stays', () => {
  expect(withoutTags('A <b>problem</b> with &quot;x&quot;.<br>For &lt;y&gt;&amp;z')).toBe('A problem with "x". For <y>&z');
  expect(withoutTags('1 < 2 and 3 > 2')).toBe('1 < 2 and 3 > 2');
  expect([withoutTags(undefined), withoutTags('<br>')]).toEqual([undefined, undefined]);
});

test('a word is compared without case, and with blanks for what joins its parts', () => {
  for (const written of ['Re-Triggered', 're_triggered', ' RE  TRIGGERED ']) expect(plainWord(written)).toBe('re triggered');
});

test('only what says something is told: zero and false do, and what is left empty does not', () => {
  expect(said({ a: 0, b: false, c: '', d: null, e: undefined, f: [], g: {}, h: '${x}', i: 'x', j: [0] })).toEqual({
    a: 0, b: false, h: '${x}', i: 'x', j: [0],
  });
  expect(said({ h: '${x}', i: 'x' }, /^\$/)).toEqual({ i: 'x' });
});
