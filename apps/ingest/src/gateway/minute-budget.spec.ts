import { MinuteBudget } from './minute-budget.js';

/** The row that all gateways share. */
class Row {
  taken = 0;
  questions = 0;
  answer(budget: MinuteBudget, limit: number, asked = budget.wanted(limit)): boolean {
    if (asked === 0) return false;
    this.questions += 1;
    this.taken += asked;
    budget.grant(asked, this.taken, limit);
    return true;
  }
}

/** One request at a gateway that asks until it knows, and fetches ahead. */
function passes(budget: MinuteBudget, row: Row, limit: number): boolean {
  while (!budget.take()) if (!row.answer(budget, limit)) return false;
  row.answer(budget, limit, budget.wantedAhead(limit));
  return true;
}

/** A die that always falls the same way. */
function die(sides: number): () => number {
  let state = 42;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * sides);
  };
}

describe('one gateway', () => {
  it.each([1, 2, 3, 7, 20, 120, 1_000, 100_000])('lets exactly %i pass, and then asks no more', (limit) => {
    const [budget, row] = [new MinuteBudget(0), new Row()];
    let passed = 0;
    for (let i = 0; i < limit + 50; i += 1) if (passes(budget, row, limit)) passed += 1;
    expect(passed).toBe(limit);
    expect(budget.remaining(limit)).toBe(0);
    expect(budget.wanted(limit)).toBe(0);
  });

  it('asks seldom: fifty times for a hundred thousand', () => {
    const [budget, row] = [new MinuteBudget(0), new Row()];
    for (let i = 0; i < 100_001; i += 1) passes(budget, row, 100_000);
    expect(row.questions).toBeLessThan(60);
  });

  it('knows what is left', () => {
    const [budget, row] = [new MinuteBudget(0), new Row()];
    expect(budget.remaining(10)).toBe(10);
    for (const left of [9, 8, 7]) {
      passes(budget, row, 10);
      expect(budget.remaining(10)).toBe(left);
    }
  });

  it('that counted alone takes what it let pass from the budget as soon as it can ask', () => {
    const [budget, row] = [new MinuteBudget(0), new Row()];
    for (let i = 0; i < 60; i += 1) expect(budget.takeAlone(100)).toBe(true);
    expect(budget.take()).toBe(false);
    let passed = 60;
    while (passes(budget, row, 100)) passed += 1;
    expect(passed).toBe(100);
  });

  it('alone lets no more than the limit pass', () => {
    const budget = new MinuteBudget(0);
    expect([1, 2, 3].map(() => budget.takeAlone(2))).toEqual([true, true, false]);
  });

  it('goes by a limit that is raised within the minute', () => {
    const [budget, row] = [new MinuteBudget(0), new Row()];
    while (passes(budget, row, 5));
    expect(passes(budget, row, 8)).toBe(true);
  });
});

describe.each([1, 2, 3, 10, 120, 5_000])('four gateways and a limit of %i', (limit) => {
  const all = () => [0, 1, 2, 3].map(() => new MinuteBudget(0));

  it('never let more pass, whoever is asked, and exactly so many when all of them are', () => {
    const [budgets, row, next] = [all(), new Row(), die(4)];
    let passed = 0;
    for (let i = 0; i < 8 * limit + 100; i += 1) if (passes(budgets[next()]!, row, limit)) passed += 1;
    expect(passed).toBe(limit);
  });

  it('let nearly all of it pass at one of them, after each has let something pass', () => {
    const [budgets, row] = [all(), new Row()];
    let passed = 0;
    for (const budget of budgets) if (passes(budget, row, limit)) passed += 1;
    while (passes(budgets[0]!, row, limit)) passed += 1;
    expect(passed).toBeLessThanOrEqual(limit);
    // The three that are idle keep a chunk and a half at most; a small limit is kept to the last one.
    expect(limit - passed).toBeLessThanOrEqual(limit < 20 ? 0 : 3 * 1.5 * Math.max(2, limit / 50));
  });
});
