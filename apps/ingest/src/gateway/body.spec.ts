import { MalformedBody, bodyOf } from './body.js';

const parse = (body: string, contentType?: string, query = '', method = 'POST') =>
  bodyOf({ method, query: new URLSearchParams(query), headers: { 'content-type': contentType } }, Buffer.from(body));
const refusal = (body: string, contentType?: string): unknown => {
  try {
    return parse(body, contentType);
  } catch (error) {
    return error instanceof MalformedBody ? error : undefined;
  }
};

const parseFor = (takes: readonly string[], body: string, contentType: string) =>
  bodyOf({ method: 'POST', query: undefined, headers: { 'content-type': contentType } }, Buffer.from(body), takes);

test.each([
  undefined, '', 'application/json; charset=utf-8', 'application/vnd.vendor+json', 'text/plain',
  'application/x-www-form-urlencoded', 'application/octet-stream', 'multipart/form-data', 'text/html', 'nonsense',
])(
  'JSON is read as JSON, whoever reads it, under Content-Type %s', (contentType) => {
    for (const takes of [['application/json'], ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']]) {
      for (const [text, value] of [[' {"a": "b=c&d"}', { a: 'b=c&d' }], ['\ufeff[1]', [1]]] as const) {
        expect(bodyOf({ method: 'POST', query: undefined, headers: { 'content-type': contentType } }, Buffer.from(text), takes)).toEqual(value);
      }
    }
  });

test('a form, its parts and a text are read only by who takes them', () => {
  const parts = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n';
  for (const [type, body, value] of [
    ['application/x-www-form-urlencoded', 'a=1', { a: '1' }],
    ['multipart/form-data; boundary=x', parts, { a: '1' }],
    ['text/plain', 'a: 1', 'a: 1'],
  ] as const) {
    expect(parseFor([type.split(';')[0]!], body, type)).toEqual(value);
    expect(() => parseFor(['application/json'], body, type)).toThrow(expect.objectContaining({ status: 415 }));
    expect(() => parseFor(['application/json'], body, type)).toThrow(MalformedBody);
  }
});

test('a body is read by its Content-Type', () => {
  expect(parse('{"a": 1}')).toEqual({ a: 1 });
  expect(parse('{"a": 1}', 'text/plain; charset=UTF-8')).toEqual({ a: 1 });
  expect(parse('a=1&b=x+y%21', 'Application/x-www-form-urlencoded; charset=utf-8')).toEqual({ a: '1', b: 'x y!' });
});

test('the query is the body of a GET, and of an empty POST that says more in it than who sends', () => {
  expect(parse('{"a": 1}', undefined, 'key=k&b=2', 'GET')).toEqual({ b: '2' });
  expect(parse('', undefined, 'integrationId=i&key=k&b=2')).toEqual({ b: '2' });
  expect(parse('', undefined, 'key=k', 'GET')).toEqual({});
  expect(parse('{"a": 1}', undefined, 'b=2')).toEqual({ a: 1 });
  expect(() => parse('', undefined, 'key=k&integrationId=i')).toThrow(MalformedBody);
});

test("JSON under a form's Content-Type is read as JSON", () => {
  expect(parse(' {"url": "https://x.example/?a=1&b=2", "name": "50% + ä"}', 'application/x-www-form-urlencoded')).toEqual({
    url: 'https://x.example/?a=1&b=2', name: '50% + ä',
  });
  expect(refusal('{"url": ', 'application/x-www-form-urlencoded')).toBeInstanceOf(MalformedBody);
});

test('the parts of multipart/form-data are its fields, byte for byte', () => {
  const part = (name: string, value: string, more = '') => `--x-1\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const body = [
    'preamble\r\n',
    part('data', '{"msg": "🔴 Down\\r\\n\\r\\n--x"}'), part('ä', 'two\r\nlines', '\r\nContent-Type: text/plain'), part('empty', ''),
    '--x-1--\r\n',
  ].join('');
  const expected = { data: '{"msg": "🔴 Down\\r\\n\\r\\n--x"}', ä: 'two\r\nlines', empty: '' };
  expect(parse(body, 'multipart/form-data; boundary=x-1')).toEqual(expected);
  expect(parse(body, 'multipart/form-data; charset=utf-8; boundary="x-1"')).toEqual(expected);
});

test.each(['multipart/form-data', 'multipart/form-data; boundary=other'])('%s without its parts is refused', (contentType) => {
  expect(refusal('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n', contentType)).toBeInstanceOf(MalformedBody);
});
