import { DueLoop, LOOK_AGAIN_MS, type DueWork } from './due-loop.js';

/** Rows in memory, as a table has them. Each look is written down with its time. */
class Rows implements DueWork {
  readonly fired: string[] = [];
  readonly looks: number[] = [];
  failing: Error | undefined;
  locked = false;
  /** Runs within `fireDue`, when what is due has been read already. */
  whileFiring: (due: number) => void | Promise<void> = () => undefined;

  constructor(private rows: { name: string; dueAt: number }[] = []) {}

  add(name: string, inMs = 0): void {
    this.rows.push({ name, dueAt: Date.now() + inMs });
  }

  async nextDue(): Promise<Date | null> {
    return this.rows.length === 0 ? null : new Date(Math.min(...this.rows.map(({ dueAt }) => dueAt)));
  }

  async fireDue(now: Date, most: number): Promise<number> {
    this.looks.push(Date.now() - began);
    if (this.failing !== undefined) throw this.failing;
    const due = this.locked ? [] : this.rows.filter(({ dueAt }) => dueAt <= now.getTime()).sort((a, b) => a.dueAt - b.dueAt).slice(0, most);
    await this.whileFiring(due.length);
    this.rows = this.rows.filter((row) => !due.includes(row));
    this.fired.push(...due.map(({ name }) => name));
    return due.length;
  }
}

let began: number;
let loop: DueLoop;
let errors: unknown[];

beforeEach(() => {
  jest.useFakeTimers();
  began = Date.now();
  errors = [];
});
afterEach(async () => {
  await loop.stop();
  jest.useRealTimers();
});

function started(work: DueWork, batch = 3): DueLoop {
  loop = new DueLoop({ work, what: 'the rows that are due', now: () => new Date(), log: { error: ({ err }: { err?: unknown }) => errors.push(err) }, batch });
  loop.start();
  return loop;
}
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

test('fires what is due, oldest first, one batch after the other without a pause', async () => {
  const rows = new Rows();
  for (let i = 0; i < 8; i += 1) rows.add(`${i}`, -10 - i);
  started(rows);
  await pass(0);
  expect(rows.fired).toEqual(['7', '6', '5', '4', '3', '2', '1', '0']);
  expect(rows.looks).toEqual([0, 0, 0]);
});

test('what takes too long together is done in parts', async () => {
  const rows = new Rows();
  for (let i = 0; i < 20; i += 1) rows.add(`${i}`, -1);
  const sizes: number[] = [];
  rows.whileFiring = (due) => {
    sizes.push(due);
    if (due > 4) throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
  };
  started(rows, 16);
  await pass(10_000);
  expect(rows.fired).toHaveLength(20);
  expect(sizes.slice(0, 4)).toEqual([16, 8, 4, 8]);
});

test('sleeps until the next is due, to the moment, and looks at nothing meanwhile', async () => {
  const rows = new Rows();
  rows.add('first', 300);
  rows.add('second', 1_500);
  started(rows);
  await pass(1_600);
  expect(rows.fired).toEqual(['first', 'second']);
  expect(rows.looks).toEqual([0, 300, 1_500]);
});

test('looks again now and then, however far away the next one is: a hint that was lost costs no more', async () => {
  const rows = new Rows();
  rows.add('next year', 31_536_000_000);
  started(rows);
  await pass(100);
  rows.add('nobody said');
  await pass(LOOK_AGAIN_MS - 101);
  expect(rows.fired).toEqual([]);
  await pass(1);
  expect(rows.fired).toEqual(['nobody said']);
});

test('looks at once when woken, also by what comes while it looks', async () => {
  const rows = new Rows();
  started(rows);
  await pass(500);
  rows.add('a');
  loop.wake();
  await pass(0);
  expect(rows.fired).toEqual(['a']);
  rows.whileFiring = () => {
    rows.whileFiring = () => undefined;
    rows.add('b');
    loop.wake();
  };
  loop.wake();
  await pass(0);
  expect(rows.fired).toEqual(['a', 'b']);
});

test('looks less and less often at what another has in hand, and often again once that is over', async () => {
  const rows = new Rows();
  rows.add('a', -1);
  rows.locked = true;
  started(rows);
  await pass(900);
  expect(rows.looks).toEqual([0, 20, 60, 140, 300, 550, 800]);
  rows.locked = false;
  await pass(150);
  expect(rows.fired).toEqual(['a']);
  rows.add('b', -1);
  rows.locked = true;
  loop.wake();
  const before = rows.looks.length;
  await pass(30);
  expect(rows.looks.length - before).toBe(2);
});

test('waits for Postgres without a word, longer each time, and goes on when it is back', async () => {
  const rows = new Rows();
  rows.add('a');
  rows.failing = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  started(rows);
  await pass(7_000);
  expect(rows.looks).toEqual([0, 250, 750, 1_750, 3_750, 5_750]);
  expect(errors).toEqual([]);
  expect(await loop.lateSeconds()).toBe(7);
  rows.failing = undefined;
  await pass(1_000);
  expect(rows.fired).toEqual(['a']);
  rows.failing = new Error('a fault of ours');
  rows.add('b');
  loop.wake();
  await pass(0);
  expect(errors).toEqual([rows.failing]);
  rows.failing = undefined;
  await pass(250);
  expect(rows.fired).toEqual(['a', 'b']);
});

test('finishes what is in hand when it is stopped, and begins nothing more', async () => {
  const rows = new Rows();
  for (let i = 0; i < 8; i += 1) rows.add(`${i}`, -10 + i);
  let finish: () => void = () => undefined;
  rows.whileFiring = () => new Promise((resolve) => { finish = resolve; });
  started(rows);
  await pass(0);
  const stopped = loop.stop();
  finish();
  await stopped;
  expect(rows.fired).toEqual(['0', '1', '2']);
  await pass(LOOK_AGAIN_MS);
  expect(rows.looks).toEqual([0]);
});

test('tells how late the oldest is, and that it cannot tell', async () => {
  const rows = new Rows();
  rows.locked = true;
  started(rows);
  expect(await loop.lateSeconds()).toBe(0);
  rows.add('a', -1_500);
  expect(await loop.lateSeconds()).toBe(1.5);
  rows.nextDue = () => Promise.reject(new Error('away'));
  expect(await loop.lateSeconds()).toBeNaN();
});
