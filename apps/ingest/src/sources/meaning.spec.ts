import { firstMeaning, meaning } from './meaning.js';

test('the first word that a table knows decides, and no word of the prototype', () => {
  const table = { resolved: 'resolve', open: 'trigger' };
  expect(firstMeaning(table, [undefined, 'unresolved', ' Resolved ', 'open'])).toBe('resolve');
  expect(firstMeaning(table, ['constructor', '__proto__', 7, null, {}])).toBeUndefined();
});

test('a word that is in no table is a trigger', () => {
  expect([' OK ', 'broken', undefined, 'constructor'].map((said) => meaning(said, { ok: 'resolve' }))).toEqual(['resolve', 'trigger', 'trigger', 'trigger']);
});
