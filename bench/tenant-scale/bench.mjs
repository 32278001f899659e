// Incidents with 1,000 tenants and 100,000 incidents open, against itself on empty tables.
import contracts from '@signalbox/contracts';
import { besideBench } from '../incidents/beside.mjs';
import { fill } from '../timers/fill.mjs';

const OTHERS = 1_000;
const OPEN_EACH = 100;

export const tenantScale = besideBench({
  name: 'tenant-scale', what: 'beside 100,000 open ones of 1,000 tenants', bar: { atLeast: 0.8 }, note: `${OTHERS} tenants with ${OPEN_EACH} open incidents each beside those that are measured; --quick: a tenth of the tenants`,
  prepare: (tables, _tenants, quick) => fill(tables.client, {
    tenants: Array.from({ length: quick ? OTHERS / 10 : OTHERS }, () => ({ tenantId: contracts.newId(), serviceId: contracts.newId() })), count: OPEN_EACH,
  }),
});
