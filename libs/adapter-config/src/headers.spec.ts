import { dotted, headerFaults, jsonPointer, reservedHeaders } from './index.js';

const faultsOf = (headers: Record<string, string>, reserved = reservedHeaders()): string[] =>
  headerFaults(headers, reserved, dotted).map(({ path, message }) => `${path} ${message}`);

test('a header of an operator has a name, a value of one line, and stands once', () => {
  expect(faultsOf({ 'X-Token': 'abc', 'x~odd!': '', Authorization: 'Bearer é\tü' })).toEqual([]);
  expect(headerFaults(undefined, reservedHeaders(), dotted)).toEqual([]);
  expect(faultsOf({ 'X Token': 'a', 'X-Ä': 'a', '': 'a' })).toEqual([
    'headers.X Token is no header name', 'headers.X-Ä is no header name', 'headers. is no header name',
  ]);
  expect(faultsOf({ A: 'one\r\nB: two', C: 'one\0', D: '€' })).toEqual(['A', 'C', 'D'].map((name) => `headers.${name} must be one line of plain characters`));
  expect(faultsOf({ 'X-Token': 'a', 'x-token': 'b' })).toEqual(['headers.x-token is there twice']);
});

test('none of them is one that we set, that smuggles or that an adapter keeps for itself, however it is written', () => {
  for (const name of ['Host', 'content-LENGTH', 'Transfer-Encoding', 'Webhook-Signature', 'X-Signalbox-Trace']) {
    expect(faultsOf({ [name]: 'a' })).toEqual([`headers.${name} is set by Signalbox itself`]);
  }
  expect(faultsOf({ 'X-Own': 'a' })).toEqual([]);
  expect(faultsOf({ 'X-Own': 'a' }, reservedHeaders('x-own'))).toEqual(['headers.X-Own is set by Signalbox itself']);
});

test('a fault is told by its path in the style of its adapter', () => {
  expect(headerFaults({ 'a/b~': 'x' }, reservedHeaders(), jsonPointer)).toEqual([{ path: '/headers/a~1b~0', message: 'is no header name' }]);
});
