// Incidents against itself: with something in force or in the tables, and without.
import { Reconciliation } from '../measure/reconcile.mjs';
import { alternate, compare } from '../measure/statistics.mjs';
import { withSystem } from '../measure/system.mjs';
import { makeEvents } from './events.mjs';
import { makeTenant, measureIntake, takeIn } from './intake.mjs';
import { Tables } from './tables.mjs';

const TENANTS = 4;

/**
 * A bench named `name` of taking events in beside what `prepare(tables, tenants, quick)` puts there, against taking them in without; `clear(tables, tenants)` takes
 * away what emptying the tables does not.
 */
export function besideBench({ name, what, bar, prepare, clear = async () => undefined, note }) {
  return {
    name,
    run: ({ quick, say }) => withSystem(name, { services: ['incidents'] }, async (system) => {
      const tables = await new Tables(system.databaseUrl).open();
      try {
        return await rounds({ system, tables, quick, say });
      } finally {
        await tables.close();
      }
    }),
  };

  async function rounds({ system, tables, quick, say }) {
    const tenants = await Promise.all(Array.from({ length: TENANTS }, () => makeTenant(system)));
    await tables.makeFloor();
    await system.kill('incidents', 'SIGTERM');
    const reconciliation = new Reconciliation();
    const count = quick ? 10_000 : 50_000;
    const measure = async (round, before) => {
      const events = makeEvents(count, tenants, round);
      const { perSecond } = await measureIntake({ system, tables, reconciliation, schema: 'incidents', events, prepare: before, take: (ends) => takeIn(system, tables, ends) });
      await clear(tables, tenants);
      return { perSecond };
    };
    const pairs = await alternate({
      rounds: quick ? 2 : 5, say,
      ours: (round) => measure(`${round}a`, () => prepare(tables, tenants, quick)),
      floor: (round) => measure(`${round}b`),
    });
    return { lines: [compare(pairs, 'perSecond', { what: `${count.toLocaleString('en-US')} events taken in ${what}`, unit: 'events/s', bar })], reconciliation, notes: [note] };
  }
}
