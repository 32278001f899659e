/**
 * Sums what test runners say of themselves: jest's summary (`Tests: 1 failed, 2 skipped, 7 passed, 10 total`) and lines such as
 * `chaos: 9 passed, 0 failed`. A suite that could not even be loaded counts as one failure.
 */
export function countResults(printed) {
  const lines = printed.replace(/\u001b\[[0-9;]*m/g, '').split('\n');
  let passed = 0;
  let failed = 0;
  for (const line of lines) {
    const summary = /^(Tests|chaos):\s+(.*)$/.exec(line)?.[2];
    if (!summary) continue;
    passed += Number(/(\d+) passed/.exec(summary)?.[1] ?? 0);
    failed += Number(/(\d+) failed/.exec(summary)?.[1] ?? 0);
  }
  const brokenSuites = lines.filter((line) => line.includes('● Test suite failed to run')).length;
  return { passed, failed: failed + brokenSuites };
}
