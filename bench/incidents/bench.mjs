// 100,000 events that wait on the stream until all are committed, against the barest batches that write the same rows.
import { withChild } from '../measure/child.mjs';
import { alternate, compare, summary } from '../measure/statistics.mjs';
import { makeEvents } from './events.mjs';
import { measureIntake, takeIn, withIntake } from './intake.mjs';

/**
 * A bench named `name` of taking events in against the bare batches. `prepare(tables, tenants)` puts there what is to be there before, `clear(tables)` takes
 * away what emptying the tables does not. `ruled`: the batches write the rows that rules in force add.
 */
export function againstBareBatches({ name, what, note, ruled = false, prepare = async () => undefined, clear = async () => undefined }) {
  return {
    name,
    run: ({ quick, say }) => withIntake(name, (intake) => rounds({ ...intake, quick, say })),
  };

  async function rounds({ system, tables, tenants, reconciliation, quick, say }) {
    const count = quick ? 20_000 : 100_000;
    let perEnvelope;

    const measure = async (round, number, { schema, take, before }) => {
      const measured = await measureIntake({ system, tables, reconciliation, schema, events: makeEvents(number, tenants, round), prepare: before, take });
      perEnvelope = measured.perEnvelope;
      return { perSecond: measured.perSecond };
    };
    const bare = (batch) => ({
      schema: 'floor',
      take: () => withChild(new URL('floor.mjs', import.meta.url), (floor) => floor.ask('run', {
        natsUrl: system.natsUrl, databaseUrl: system.databaseUrl, batch, ruled,
      })),
    });
    const product = { schema: 'incidents', before: () => prepare(tables, tenants), take: (ends) => takeIn(system, tables, ends) };

    const pairs = await alternate({
      rounds: quick ? 2 : 5, say,
      ours: (round) => measure(`${round}a`, count, product).finally(() => clear(tables)),
      floor: (round) => measure(`${round}b`, count, bare(500)),
    });
    const single = await measure('single', quick ? 4_000 : 20_000, bare(1));
    const timesSingle = summary(pairs.map((pair) => pair.ours.perSecond)).median / single.perSecond;
    return {
      lines: [compare(pairs, 'perSecond', { what: `${count.toLocaleString('en-US')} events taken in${what}`, unit: 'events/s', bar: { atLeast: 0.4 } })],
      reconciliation,
      notes: [
        ...note,
        `one transaction per event, bare, on 8 connections: ${Math.round(single.perSecond).toLocaleString('en-US')} events/s `
          + `(ours is ${timesSingle.toFixed(1)} times that)`,
        `${tenants.length} tenants, ${perEnvelope.toFixed(1)} events an envelope`,
      ],
    };
  }
}

export const incidents = againstBareBatches({ name: 'incidents', what: '', note: [] });
