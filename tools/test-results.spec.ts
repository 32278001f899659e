import { countResults } from './test-results.mjs';

describe('countResults', () => {
  it('sums jest summaries and the chaos line, colours or not', () => {
    const printed = [
      'Test Suites: 1 failed, 3 passed, 4 total',
      '\u001b[1mTests:       \u001b[22m\u001b[1m\u001b[31m1 failed\u001b[39m, 2 skipped, 7 passed, 10 total',
      'Tests:       5 passed, 5 total',
      'chaos: 9 passed, 1 failed',
    ].join('\n');
    expect(countResults(printed)).toEqual({ passed: 21, failed: 2 });
  });

  it('counts a suite that does not load, and nothing when nothing ran', () => {
    expect(countResults('  ● Test suite failed to run\n\nTests:       3 passed, 3 total')).toEqual({ passed: 3, failed: 1 });
    expect(countResults('No tests found')).toEqual({ passed: 0, failed: 0 });
  });
});
