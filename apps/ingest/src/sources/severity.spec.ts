import { isInTable, likeliest, severityNamed, severityOf } from './severity.js';

const table = [{ from: 'page', to: 'critical' }, { from: '*', to: 'info' }, { from: '', to: 'warning' }] as const;

test('a word is looked up whole and in any case; the override goes before the table', () => {
  expect(severityOf(' PAGE ', table)).toBe('critical');
  expect(severityOf('pager', table)).toBe('info');
  expect(severityOf(undefined, table)).toBe('warning');
  expect(severityOf('page', table, { Page: 'low' })).toBe('info');
  expect(severityOf('other', table, { '*': 'high' })).toBe('error');
  expect(severityOf('page', table, { '*': 'high' })).toBe('critical');
  expect(severityOf(undefined, table, { '': 'critical' })).toBe('critical');
});

test('what no table knows is an error, and an override of no severity is none', () => {
  expect(severityOf('x', [])).toBe('error');
  expect(severityOf('__proto__', [], {})).toBe('error');
  expect(severityOf('page', table, { page: 'purple' })).toBe('critical');
});

test('people may say high, medium and low', () => {
  expect(['critical', 'High', 'MEDIUM', 'low', 'constructor', ''].map(severityNamed)).toEqual(['critical', 'error', 'warning', 'info', undefined, undefined]);
});

test('says whether a word is known', () => {
  expect(isInTable('page', [{ from: 'page', to: 'info' }])).toBe(true);
  expect(isInTable('sev1', [{ from: 'page', to: 'info' }])).toBe(false);
  expect(isInTable('sev1', [], { SEV1: 'critical' })).toBe(true);
});

test('of several words the first that is known by name counts, and the first of all when none is', () => {
  expect(likeliest([undefined, 'purple', ' Page '], table)).toBe('page');
  expect(likeliest(['purple', 'page'], table, { Purple: 'low' })).toBe('purple');
  expect(likeliest(['', 'purple', 'pink'], table)).toBe('purple');
  expect(likeliest([undefined, ' '], table)).toBeUndefined();
});
