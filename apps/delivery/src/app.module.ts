import type { DynamicModule, Provider } from '@nestjs/common';
import {
  INCIDENTS, MESSAGES, PARTITIONS, REPLAY_REQUESTS, questions,
  type AttemptRecord, type DirectoryQuestion, type TraceQuestion,
} from '@signalbox/contracts';
import { PartitionLeases, ResourceStore, enqueue, entitySource, type Database } from '@signalbox/database';
import { LogReader, directoryMessage } from '@signalbox/messaging';
import { addressPolicy, createOutbound } from '@signalbox/outbound';
import { houseProviders, type Assembly, type HouseConfig, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import type { Static } from '@sinclair/typebox';
import { settings } from './config.js';
import { ADVISORIES, AdvisoryConsumer } from './consumers/advisory-consumer.js';
import { Matcher } from './consumers/matcher.js';
import { incidentMessagesOf, messagesOf } from './consumers/message-sources.js';
import { ReplayConsumer } from './consumers/replay-consumer.js';
import { DestinationTypesController } from './http/destination-types.controller.js';
import { DryRun } from './http/dry-run.js';
import { RouteChecks } from './http/route-checks.js';
import { RoutesController } from './http/routes.controller.js';
import { DeliveryStore } from './store/delivery-store.js';
import { DestinationStates } from './store/destination-states.js';
import { LiveRoutes } from './store/live-routes.js';
import { RouteEntity } from './store/route.entity.js';
import { RouteStore } from './store/route-store.js';
import { HeldDrainer } from './worker/held-drainer.js';
import { HeldFlow } from './worker/held-flow.js';
import { Keeper } from './worker/keeper.js';
import { routePauser } from './worker/pause-route.js';
import { RouteWorker } from './worker/route-worker.js';
import { Sweeper } from './worker/sweeper.js';

class DeliveryModule {}

type Config = HouseConfig & Static<typeof settings>;

const SWEEP_EVERY_MS = 5_000;
const FORGET_EVERY_MS = 60_000;
/** Attempts to one host at a time, of all routes that lead there. */
const CONNECTIONS_PER_HOST = 256;

/** The only wiring of this service: what it reads, what it answers, what it serves. */
export function assemble(context: ServiceContext<Config>): Assembly {
  const { bus, db, relay, config, log, metrics, health, box } = context;
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const policy = addressPolicy({ allowPrivate: String(config.OUTBOUND_ALLOW_PRIVATE), allowCidrs: config.OUTBOUND_ALLOW_CIDRS });
  const outbound = createOutbound({ policy, connectionsPerOrigin: CONNECTIONS_PER_HOST });
  const entities = entitySource({ url: config.DATABASE_URL, schema: 'delivery', entities: [RouteEntity] });
  const rows = new ResourceStore(entities, RouteEntity, (written) => relay.offer(written));
  const live = new LiveRoutes(bus, rows, box, outbound, warn);
  const states = new DestinationStates(db, warn);
  const store = new DeliveryStore(db, relay);
  const routes = new RouteStore(rows, live, states, box);
  const sweeper = new Sweeper(bus, store, live, warn);
  const drainer = new HeldDrainer(bus, live, states, store, new HeldFlow(Math.max(1, Math.floor(config.DELIVERY_IN_HAND / 2))), warn);
  const attempts = metrics.counter('attempts_total', 'attempts to deliver, by what came of them', ['outcome', 'reason']);
  const worker = new RouteWorker({
    bus, routes: live, states, store, ackWaitMs: config.DELIVERY_ACK_WAIT_MS, inHand: config.DELIVERY_IN_HAND, pauseRoute: routePauser(rows, live), warn,
    onAttempt: (attempt, task) => {
      attempts.inc({ outcome: attempt.outcome, reason: attempt.reason ?? '' });
      log[attempt.outcome === 'delivered' ? 'debug' : 'info'](wide(attempt, task), 'delivery attempted');
    },
  });
  const keeper = new Keeper(new PartitionLeases(db, 'keeper', 1), bus, [
    { name: 'draining what is held', everyMs: 0, run: () => drainer.tick() },
    { name: 'the sweep of the queue', everyMs: SWEEP_EVERY_MS, run: () => sweeper.sweepAll() },
    { name: 'forgetting old deliveries', everyMs: FORGET_EVERY_MS, run: () => store.forget(config.DELIVERY_HISTORY_DAYS) },
  ], warn);
  health.add('routes', () => live.ready);
  metrics.gauge('in_hand', 'jobs in the hands of this worker', [], (gauge) => gauge.set(worker.inHand));
  metrics.gauge('held', 'jobs that wait for their route or destination (as the keeper last saw it)', [], (gauge) => gauge.set(drainer.held));
  metrics.gauge('destinations_not_open', 'destinations that are closed, probed or drained', [], (gauge) => gauge.set(states.all().size));
  const leases = (reader: string, partitions = 1): PartitionLeases => new PartitionLeases(db, reader, partitions);
  const matching = { db, bus, relay, routes: live };

  return {
    module: nestModule(context, [
      { provide: RouteStore, useValue: routes }, { provide: DeliveryStore, useValue: store }, { provide: DryRun, useValue: new DryRun(live) },
      { provide: RouteChecks, useValue: new RouteChecks(policy) },
    ]),
    background: [
      { name: 'outbound', start: () => undefined, stop: () => outbound.close() },
      { name: 'entities', start: async () => void (await entities.initialize()), stop: () => entities.destroy() },
      { name: 'routes', start: () => live.start(), stop: () => live.stop() },
      {
        name: 'directory',
        // Whatever the directory lost or never got is pushed again; the relay drops what is not newer.
        start: async () => {
          const all = await rows.all();
          await enqueue(db, all.map(({ id, tenantId, version }) => directoryMessage('routes', id, version, { id, tenantId })));
        },
        stop: () => undefined,
      },
      { name: 'destination states', start: () => states.start(), stop: () => states.stop() },
    ],
    consumers: [
      new LogReader({
        bus, contract: MESSAGES, leases: leases('messages', PARTITIONS),
        handler: new Matcher({ ...matching, messagesOf, inLedger: true }),
        log: warn,
      }),
      new LogReader({
        bus, contract: INCIDENTS, leases: leases('incidents', PARTITIONS),
        handler: new Matcher({ ...matching, messagesOf: incidentMessagesOf, inLedger: false }),
        log: warn,
      }),
      new LogReader({
        bus, contract: REPLAY_REQUESTS, filter: 'replays.delivery.*', leases: leases('replays'),
        handler: new ReplayConsumer(db, bus, relay, warn), log: warn,
      }),
      new LogReader({ bus, contract: ADVISORIES, leases: leases('advisories'), handler: new AdvisoryConsumer(db, sweeper), log: warn }),
      worker,
      keeper,
    ],
    answers: [
      { subject: questions.trace('delivery'), answer: (question) => store.trace((question as TraceQuestion).tenantId, (question as TraceQuestion).traceId) },
      { subject: questions.directory('routes'), answer: (question) => directoryEntry(db, (question as DirectoryQuestion).key) },
    ],
  };
}

/** One wide line for each attempt. */
function wide(attempt: AttemptRecord, { job, route }: {
  job: { deliveryId: string; tenantId: string; routeId: string; message: { traceId: string } };
  route?: { host: string } | undefined;
}) {
  const { number, outcome, reason, durationMs } = attempt;
  return {
    deliveryId: job.deliveryId, tenantId: job.tenantId, routeId: job.routeId,
    traceId: job.message.traceId, host: route?.host, attempt: number, outcome, reason, durationMs,
  };
}

async function directoryEntry(db: Database, key: string) {
  const rows = await db.query<{ tenant_id: string; version: number }>('select tenant_id, version from message_routes where id = $1', [key]);
  const row = rows[0];
  return row === undefined ? null : { kind: 'routes', key, version: row.version, value: { id: key, tenantId: row.tenant_id } };
}

function nestModule(context: ServiceContext<Config>, providers: Provider[]): DynamicModule {
  return { module: DeliveryModule, controllers: [RoutesController, DestinationTypesController], providers: [...houseProviders(context), ...providers] };
}

export const service: ServiceDefinition<typeof settings> = { name: 'delivery', settings, assemble };
