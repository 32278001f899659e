import { address, bareFields, bareText, firstMeaning, instant, jsonFields, jsonIn, jsonList, text, withoutTags } from './reading.js';

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
  for (const bad of ['javascript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', '/relative', 'a.example', '', null, 5, ['https://a.example']]) expect(address(bad)).toBeUndefined();
  expect(address('http://a.example', ['https:'])).toBeUndefined();
});

test('fields are found under any spelling of their name, nested or flat, the first that says something', () => {
  const unfilled = /^\*[a-z]+\*$/;
  const found = bareFields([{ monitor_ID: null, 'Monitor.ID': '*monitorid*', monitor: { id: 0, tags: ['a'] } }, { monitorId: 7, STATE: ' up ' }], unfilled);
  expect(bareText(found, 'monitorid')).toBe('0');
  expect(bareText(found, 'status', 'state')).toBe('up');
  expect(found.get('monitortags')).toEqual(['a']);
  expect([...bareFields([null, 'text', [{ a: 1 }], { '€': 1, constructor: 'x' }]).entries()]).toEqual([['', 1], ['constructor', 'x']]);
  expect(bareFields([Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, index]))]).size).toBe(1000);
  expect(bareText(bareFields([{ a: { b: { c: 1, d: { e: 2 } } } }]), 'abde')).toBeUndefined();
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

test('the first word that a table knows decides, and no word of the prototype', () => {
  const table = { resolved: 'resolve', open: 'trigger' };
  expect(firstMeaning(table, [undefined, 'unresolved', ' Resolved ', 'open'])).toBe('resolve');
  expect(firstMeaning(table, ['constructor', '__proto__', 7, null, {}])).toBeUndefined();
});

test("an object's own fields go before those of the objects in it, also where these are many", () => {
  expect(bareText(bareFields([{ monitor: { id: 1 }, monitor_id: 2 }]), 'monitorid')).toBe('2');
  expect(bareText(bareFields([{ dump: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, 1])), title: 'x' }]), 'title')).toBe('x');
});
