import { LEFT_EMPTY, bareFields, wrappedIn } from './bare-fields.js';
import type { Fields } from './reading.js';

const wrapped = (body: Fields, wrappers: readonly string[]) => bareFields([body, ...wrappedIn(body, wrappers)], LEFT_EMPTY);
const textOf = (value: unknown) => bareFields([{ first: value, second: 'x' }], LEFT_EMPTY).text('first', 'second');

test('fields are found under any spelling of their name, nested or flat, the first that says something', () => {
  const found = bareFields(
    [{ monitor_ID: null, 'Monitor.ID': '*monitorid*', monitor: { id: 0, tags: ['a'] } }, { monitorId: 7, STATE: ' up ' }],
    /^\*[a-z]+\*$/,
  );
  expect(found.text('monitorid')).toBe('0');
  expect(found.text('status', 'state')).toBe('up');
  expect(found.value('monitortags')).toEqual(['a']);
  expect([found.has('state'), found.has('status')]).toEqual([true, false]);
  expect([...bareFields([null, 'text', [{ a: 1 }], { '€': 1, constructor: 'x' }]).values()]).toEqual([1, 'x']);
});

test('a name is found in a wrapper as if it stood outside; in no other object, and behind what does stand outside', () => {
  for (const body of [
    { alertId: 7 }, { ALERT_ID: '7' }, { 'Alert Id': ['7', '8'] },
    { alert: { id: 7 } }, { other: { alert_id: 7 } }, { alert: { alert_id: 7 } },
  ]) {
    expect(wrapped(body, ['alert', 'other']).text('alertid')).toBe('7');
  }
  expect(wrapped({ org: { id: 9, name: 'Example' } }, ['alert']).text('id', 'name')).toBeUndefined();
  expect(wrapped({ org: { name: 'Example' } }, []).text('orgname')).toBe('Example');
  expect(wrapped({ alert: { id: 1 }, id: 2 }, ['alert']).text('id')).toBe('2');
  expect(wrapped({ alert: { id: 1 }, id: null }, ['alert']).text('id')).toBe('1');
});

test('what lies less deep goes before what lies deeper, also where that is more', () => {
  expect(bareFields([{ monitor: { id: 1 }, monitor_id: 2 }]).text('monitorid')).toBe('2');
  expect(bareFields([{ dump: Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`k${index}`, 1])), title: 'x' }]).text('title')).toBe('x');
  const body = { kibana: { alert: { rule: { name: 'deep', more: { name: 'too deep' } } } }, 'kibana.alert': { uuid: 'u' } };
  expect(['kibanaalertrulename', 'kibanaalertuuid', 'kibanaalertrulemorename'].map((name) => bareFields([body]).text(name))).toEqual(['deep', 'u', undefined]);
});

test.each([
  null, '', ' ', 'null', 'NULL', ' N/A ', 'undefined', '$ALERT_ID', '${ALERT_ID}', '$TAGS[service]',
  '{{ json issueId }}', '${latestEvent.node.id}', '$!{event.x}', '{ProblemID}', '{{{context.x}}}', '[object Object]',
  {}, [], [null], ['null'],
])('%j says nothing', (value) => {
  expect(textOf(value)).toBe('x');
});

test.each([
  [0, '0'], [false, 'false'], ['$5 an hour', '$5 an hour'], ['$price', '$price'],
  ['none', 'none'], ['{"id": 1}', '{"id": 1}'], [['', 'b'], 'b'],
])('%j says %s', (value, expected) => {
  expect(textOf(value)).toBe(expected);
});

test('texts are those of a list, or those between commas', () => {
  expect(bareFields([{ tags: 'a:1, b:2,,' }]).texts('tags')).toEqual(['a:1', 'b:2']);
  expect(bareFields([{ tags: ['a,1', null, 2] }]).texts('tags')).toEqual(['a,1', '2']);
  expect(bareFields([{ tags: [], labels: 'x' }]).texts('tags', 'labels')).toEqual(['x']);
  expect(bareFields([{}]).texts('tags')).toEqual([]);
});

test('an object is a value where nothing else has its name, and never a text', () => {
  const found = bareFields([{ result: { a: 1 }, issue: { id: 2 } }, { issue: 'named' }]);
  expect([found.value('result'), found.text('result'), found.value('issue')]).toEqual([{ a: 1 }, undefined, 'named']);
});

test('names that every object inherits are names like any other', () => {
  expect(bareFields([{}]).text('constructor', 'tostring')).toBeUndefined();
  expect(wrapped(JSON.parse('{"__proto__": {"id": 3}}') as Fields, ['proto']).text('id')).toBe('3');
});

test('no depth or breadth ends the process', () => {
  expect(bareFields([JSON.parse(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`)]).text('a')).toBeUndefined();
  const many = bareFields([Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]))]);
  expect([many.text('k0'), [...many.values()].length]).toEqual(['0', 4_000]);
});
