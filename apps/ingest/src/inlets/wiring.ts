import type { Provider, Type } from '@nestjs/common';
import { PARTITIONS } from '@signalbox/contracts';
import { PartitionLeases, type ResourceStore } from '@signalbox/database';
import type { AddressPolicy, Outbound } from '@signalbox/outbound';
import type { Background, HouseConfig, ServiceContext } from '@signalbox/runtime';
import { InletChecks } from '../http/inlet-checks.js';
import { InletsController } from '../http/inlets.controller.js';
import type { Intake } from '../intake/intake.js';
import type { LetterBox } from '../intake/letter-box.js';
import { InletRows } from '../store/inlet-rows.js';
import { InletStore } from '../store/inlet-store.js';
import type { InletEntity } from '../store/inlet.entity.js';
import type { Tenants } from '../store/tenants.js';
import { House } from './house.js';
import { InletKeeper } from './keeper.js';

export interface InletParts {
  readonly rows: ResourceStore<InletEntity>;
  readonly tenants: Tenants;
  readonly intake: Intake;
  readonly letters: LetterBox;
  readonly outbound: Outbound;
  readonly policy: AddressPolicy;
}

/** The wiring of what is fetched: its keeper, and the operators' API. */
export function assembleInlets(
  { bus, db, box, config, log, metrics }: ServiceContext<HouseConfig>,
  { rows, tenants, intake, letters, outbound, policy }: InletParts,
): {
  readonly controllers: Type[]; readonly providers: Provider[]; readonly background: Background;
} {
  const inletRows = new InletRows(db);
  const place = { outbound, policy, house: new House(config.NATS_URL, bus) };
  const messages = metrics.counter(
    'inlet_messages_total',
    'what came in through inlets: stored, refused (it can be no message) or ignored (a topic of the broker itself)',
    ['kind', 'fate'],
  );
  const keeper = new InletKeeper({
    leases: new PartitionLeases(db, 'inlets', PARTITIONS), rows: inletRows, tenants, box, messages: intake, letters, place,
    onFate: (kind, fate) => messages.inc({ kind, fate }), warn: (message: string, error?: unknown): void => log.warn({ err: error }, message),
  });
  metrics.gauge('inlets', 'inlets that this replica runs, by state', ['state'], (gauge) => {
    gauge.reset();
    for (const [state, count] of keeper.states()) gauge.set({ state }, count);
  });
  return {
    controllers: [InletsController],
    providers: [{ provide: InletStore, useValue: new InletStore(rows, box, inletRows) }, { provide: InletChecks, useValue: new InletChecks(place) }],
    background: { name: 'inlets', start: () => keeper.start(), stop: () => keeper.stop() },
  };
}
