import { idInHeader, takesContentType } from './contract.js';
import { github } from './github/index.js';
import { prometheus } from './prometheus/index.js';

test('a source takes the content types that it declares, whatever their parameters and case', () => {
  for (const type of [undefined, 'application/json', 'Application/JSON; charset=utf-8', 'application/cloudevents+json']) expect(takesContentType(prometheus, type)).toBe(true);
  for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'text/x+json', 'application/json+xml']) expect(takesContentType(prometheus, type)).toBe(false);
  expect(takesContentType(github, 'application/x-www-form-urlencoded')).toBe(true);
});

test("GitHub's delivery id is the request's; an empty one is none", () => {
  expect(github.deliveryId?.({ 'x-github-delivery': '5e7c2f40' }, {})).toBe('5e7c2f40');
  expect([{}, { 'x-id': '' }, { 'x-id': ' ' }].map(idInHeader('x-id'))).toEqual([undefined, undefined, undefined]);
});

test('a body of many faults is answered with the first hundred of them', () => {
  const result = prometheus.parse({ body: { alerts: new Array(5000).fill(0) }, rawBody: Buffer.alloc(0), headers: {}, query: {}, config: {}, requestId: 'r' });
  expect(result.kind === 'problem' && result.errors.length).toBe(100);
});
