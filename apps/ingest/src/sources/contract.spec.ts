import { idInHeader } from './contract.js';
import { github } from './github/index.js';
import { prometheus } from './prometheus/index.js';

test("GitHub's delivery id is the request's; an empty one is none", () => {
  expect(github.deliveryId?.({ 'x-github-delivery': '5e7c2f40' }, {})).toBe('5e7c2f40');
  expect([{}, { 'x-id': '' }, { 'x-id': ' ' }].map(idInHeader('x-id'))).toEqual([undefined, undefined, undefined]);
});

test('a body of many faults is answered with the first hundred of them', () => {
  const result = prometheus.parse({ body: { alerts: new Array(5000).fill(0) }, rawBody: Buffer.alloc(0), headers: {}, query: {}, config: {}, requestId: 'r' });
  expect(result.kind === 'problem' && result.errors.length).toBe(100);
});
