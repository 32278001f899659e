// Incidents with 1,000 tenants and 100,000 incidents open, against itself on empty tables.
import contracts from '@signalbox/contracts';
import { makeEvents } from '../incidents/events.mjs';
import { measureIntake, takeIn, withIntake } from '../incidents/intake.mjs';
import { alternate, compare } from '../measure/statistics.mjs';
import { fill } from '../timers/fill.mjs';

const OTHERS = 1_000;
const OPEN_EACH = 100;

export const tenantScale = {
  name: 'tenant-scale',
  run: ({ quick, say }) => withIntake('tenant-scale', (intake) => rounds({ ...intake, quick, say })),
};

async function rounds({ system, tables, tenants, reconciliation, quick, say }) {
  const count = quick ? 10_000 : 50_000;
  const measure = async (round, prepare) => {
    const events = makeEvents(count, tenants, round);
    const { perSecond } = await measureIntake({
      system, tables, reconciliation, schema: 'incidents', events, prepare, take: (ends) => takeIn(system, tables, ends),
    });
    return { perSecond };
  };
  const pairs = await alternate({
    rounds: quick ? 2 : 5, say,
    ours: (round) => measure(`${round}a`, () => fillOthers(tables, quick)),
    floor: (round) => measure(`${round}b`),
  });
  return {
    lines: [compare(pairs, 'perSecond', {
      what: `${count.toLocaleString('en-US')} events taken in beside 100,000 open ones of 1,000 tenants`,
      unit: 'events/s', bar: { atLeast: 0.8 },
    })],
    reconciliation, notes: [`${OTHERS} tenants with ${OPEN_EACH} open incidents each beside those that are measured; --quick: a tenth of the tenants`],
  };
}

function fillOthers({ client }, quick) {
  const tenants = Array.from({ length: quick ? OTHERS / 10 : OTHERS }, () => ({ tenantId: contracts.newId(), serviceId: contracts.newId() }));
  return fill(client, { tenants, count: OPEN_EACH });
}
