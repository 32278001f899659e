import { given, plainWord, templated } from './templated.js';

test('a name is found in any spelling, and in an object as if it stood outside', () => {
  for (const body of [{ alertId: 7 }, { ALERT_ID: '7' }, { 'Alert Id': ['7', '8'] }, { alert: { id: 7 } }, { other: { alert_id: 7 } }, { alert: { alert_id: 7 } }]) {
    expect(templated(body, ['alert', 'other']).text('alertid')).toBe('7');
  }
});

test('only known containers give their fields under their own names, and what stands outside comes first', () => {
  expect(templated({ org: { id: 9, name: 'Example' } }, ['alert']).text('id', 'name')).toBeUndefined();
  expect(templated({ org: { name: 'Example' } }, []).text('orgname')).toBe('Example');
  expect(templated({ alert: { id: 1 }, id: 2 }, ['alert']).text('id')).toBe('2');
  expect(templated({ alert: { id: 1 }, id: null }, ['alert']).text('id')).toBe('1');
});

test.each([null, '', ' ', 'null', 'NULL', 'N/A', 'undefined', '$ALERT_ID', '${ALERT_ID}', '$TAGS[service]', '{{ json issueId }}', {}, [], [null], ['null']])('%j says nothing', (value) => {
  expect(templated({ first: value, second: 'x' }, []).text('first', 'second')).toBe('x');
});

test.each([[0, '0'], [false, 'false'], ['$5 an hour', '$5 an hour'], ['none', 'none'], [['', 'b'], 'b']])('%j says %s', (value, expected) => {
  expect(templated({ first: value, second: 'x' }, []).text('first', 'second')).toBe(expected);
});

test('texts are those of a list, or those between commas', () => {
  expect(templated({ tags: 'a:1, b:2,,' }, []).texts('tags')).toEqual(['a:1', 'b:2']);
  expect(templated({ tags: ['a,1', null, 2] }, []).texts('tags')).toEqual(['a,1', '2']);
  expect(templated({ tags: [] , labels: 'x' }, []).texts('tags', 'labels')).toEqual(['x']);
});

test('names that every object inherits are names like any other', () => {
  expect(templated({}, []).text('constructor', 'tostring')).toBeUndefined();
  expect(templated(JSON.parse('{"__proto__": {"id": 3}}'), ['proto']).text('id')).toBe('3');
});

test('a word is compared without case, and with blanks for what joins its parts', () => {
  for (const said of ['Re-Triggered', 're_triggered', ' RE  TRIGGERED ']) expect(plainWord(said)).toBe('re triggered');
});

test('objects are read as deep as is asked for, and what lies less deep wins', () => {
  const body = { kibana: { alert: { rule: { name: 'deep' } } }, 'kibana.alert': { uuid: 'u' } };
  expect(templated(body, []).text('kibanaalertrulename', 'kibanaalertuuid')).toBe('u');
  expect(templated(body, [], 3).text('kibanaalertrulename')).toBe('deep');
  expect(templated({ rule: { id: 'deep' }, ruleId: 'flat' }, [], 3).text('ruleid')).toBe('flat');
});

test('variables of every tool that were not filled in are not there', () => {
  const body = { a: '${latestEvent.node.id}', b: '$!{event.x}', c: '{ProblemID}', d: '{{{context.x}}}', e: '[object Object]', f: '{"id": 1}', g: '$5 off' };
  expect(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => templated(body).text(name))).toEqual([undefined, undefined, undefined, undefined, undefined, '{"id": 1}', '$5 off']);
});

test('no depth or breadth ends the process', () => {
  expect(templated(JSON.parse(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`), [], 3).text('a')).toBeUndefined();
  expect(templated(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index])), [], 3).text('k0')).toBe('0');
  expect(templated(JSON.parse('{"__proto__": {"id": "p"}}'), []).text('protoid')).toBe('p');
});

test('given leaves out what was left empty, and keeps zero and false', () => {
  expect(given({ a: 0, b: false, c: '', d: null, e: undefined, f: [], g: {}, h: '${x}', i: 'x', j: [0], k: 'N/A' })).toEqual({ a: 0, b: false, i: 'x', j: [0] });
});
