import type { Database } from '@signalbox/database';
import { Rulebook } from './rulebook.js';

/** A database whose silences come when the test says so, as they were when they were asked for. */
function slowDatabase() {
  const waiting: (() => void)[] = [];
  let name = '';
  const query = (text: string): Promise<object[]> => {
    if (!text.includes('from silences')) return Promise.resolve([]);
    const row = { id: '1', tenant_id: 't', name, matchers: [], starts_at: new Date(0), ends_at: new Date(8e12) };
    return new Promise((resolve) => { waiting.push(() => resolve([row])); });
  };
  return { db: { query } as unknown as Database, rename: (to: string) => { name = to; }, answer: (index: number) => waiting[index]!() };
}

describe('the rulebook', () => {
  it('does not bring back by a slow reading what a later one has replaced', async () => {
    const { db, rename, answer } = slowDatabase();
    const rules = new Rulebook(db, { onCall: () => [], exists: () => true });
    const names = () => rules.of('t').silences.map(({ name }) => name);
    rename('first');
    const load = rules.load();
    const slow = rules.refresh(['t']);
    rename('second');
    const quick = rules.refresh(['t']);
    answer(2);
    await quick;
    expect(names()).toEqual(['second']);
    answer(1);
    await slow;
    answer(0);
    await load;
    expect(names()).toEqual(['second']);
    const last = rules.load();
    answer(3);
    await last;
    expect(names()).toEqual(['second']);
  });
});
