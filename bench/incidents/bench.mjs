// 100,000 events that wait on the stream until all are committed, against the barest batches that write the same rows.
import { withChild } from '../measure/child.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { alternate, compare, summary } from '../measure/statistics.mjs';
import { withSystem } from '../measure/system.mjs';
import { makeEvents } from './events.mjs';
import { makeTenant, measureIntake, takeIn } from './intake.mjs';
import { Tables } from './tables.mjs';

const TENANTS = 4;

export const incidents = {
  name: 'incidents',
  run: ({ quick, say }) => withSystem('incidents', { services: ['incidents'] }, async (system) => {
    const tables = await new Tables(system.databaseUrl).open();
    const tenants = await Promise.all(Array.from({ length: TENANTS }, () => makeTenant(system)));
    await tables.makeFloor();
    await system.kill('incidents', 'SIGTERM');
    const reconciliation = new Reconciliation();
    const count = quick ? 20_000 : 100_000;
    let perEnvelope;

    const measure = async (round, schema, number, take) => {
      const measured = await measureIntake({ system, tables, reconciliation, schema, events: makeEvents(number, tenants, round), take });
      perEnvelope = measured.perEnvelope;
      return { perSecond: measured.perSecond };
    };
    const bare = (batch) => () => withChild(new URL('floor.mjs', import.meta.url), (floor) => floor.ask('run', { natsUrl: system.natsUrl, databaseUrl: system.databaseUrl, batch }));

    const pairs = await alternate({
      rounds: quick ? 2 : 5, say,
      ours: (round) => measure(`${round}a`, 'incidents', count, (ends) => takeIn(system, tables, ends)),
      floor: (round) => measure(`${round}b`, 'floor', count, bare(500)),
    });
    const single = await measure('single', 'floor', quick ? 4_000 : 20_000, bare(1));
    await tables.close();
    return {
      lines: [compare(pairs, 'perSecond', { what: `${count.toLocaleString('en-US')} events taken in`, unit: 'events/s', bar: { atLeast: 0.4 } })],
      reconciliation,
      notes: [
        `one transaction per event, bare, on 8 connections: ${Math.round(single.perSecond).toLocaleString('en-US')} events/s (ours is ${(summary(pairs.map((pair) => pair.ours.perSecond)).median / single.perSecond).toFixed(1)} times that)`,
        `${TENANTS} tenants, ${perEnvelope.toFixed(1)} events an envelope`,
      ],
    };
  }),
};
