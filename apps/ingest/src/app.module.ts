import type { DynamicModule, Provider } from '@nestjs/common';
import { createIdentityVerifier, pemFromEnv } from '@signalbox/access';
import { REPLAY_REQUESTS, questions } from '@signalbox/contracts';
import { PartitionLeases, ResourceStore, entitySource } from '@signalbox/database';
import { LogReader, ReadModel } from '@signalbox/messaging';
import { addressPolicy, createOutbound } from '@signalbox/outbound';
import { houseProviders, type Assembly, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import { settings, type Config } from './config.js';
import { ReplayConsumer } from './consumers/replay-consumer.js';
import { gatewayDocument } from './gateway/openapi.js';
import { assembleGateway } from './gateway/wiring.js';
import { HealthController } from './http/health.controller.js';
import { IntegrationTrialsController } from './http/integration-trials.controller.js';
import { IntegrationTypesController } from './http/integration-types.controller.js';
import { IntegrationsController } from './http/integrations.controller.js';
import { RequestsController } from './http/requests.controller.js';
import { SetUpGuides } from './http/set-up-guide.js';
import { whoAsks } from './http/who-asks.js';
import { assembleInlets } from './inlets/wiring.js';
import { Intake } from './intake/intake.js';
import { LetterBox } from './intake/letter-box.js';
import { Spool } from './intake/spool.js';
import { MonitorEntity } from './monitors/monitor.entity.js';
import { createMonitors, type Monitors } from './monitors/monitors.js';
import { HealthStore } from './store/health-store.js';
import { InletEntity } from './store/inlet.entity.js';
import { IntegrationIndex } from './store/integration-index.js';
import { IntegrationStore } from './store/integration-store.js';
import { IntegrationEntity } from './store/integration.entity.js';
import { RequestStore } from './store/request-store.js';

class IngestModule {}

/** The only wiring of this service, with `gateway/wiring.ts`: the gateway in front, the operators' API behind it. */
export function assemble(context: ServiceContext<Config>): Assembly {
  const { bus, db, relay, config, log, metrics, health, box } = context;
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const entities = entitySource({ url: config.DATABASE_URL, schema: 'ingest', entities: [IntegrationEntity, MonitorEntity, InletEntity] });
  const index = new IntegrationIndex(db, bus, box, warn);
  const apiKeys = new ReadModel(bus, 'api-keys', warn);
  const services = new ReadModel(bus, 'services', warn);
  const tenants = new ReadModel(bus, 'tenants', warn);
  const store = new IntegrationStore(new ResourceStore(entities, IntegrationEntity, (rows) => relay.offer(rows)), box, index, services);
  const spool = new Spool(db, bus, new PartitionLeases(db, 'spool', 1), log);
  const intake = new Intake(spool);
  const requests = new RequestStore(db);
  const policy = addressPolicy({ allowPrivate: String(config.OUTBOUND_ALLOW_PRIVATE), allowCidrs: config.OUTBOUND_ALLOW_CIDRS });
  const outbound = createOutbound({ policy });
  const monitors = createMonitors(context, {
    rows: new ResourceStore<MonitorEntity>(entities, MonitorEntity, (rows) => relay.offer(rows)),
    services, tenants, outbound, policy,
  });
  const letters = new LetterBox(bus, db);
  const inlets = assembleInlets(context, {
    rows: new ResourceStore(entities, InletEntity, (rows) => relay.offer(rows)), tenants, intake, letters, outbound, policy,
  });
  const gateway = assembleGateway(context, { index, apiKeys, services, tenants, intake, letters, requests, outbound, heartbeats: monitors.heartbeats });
  health.add('integrations', () => index.ready);
  metrics.gauge('spool_rows', 'envelopes that wait in Postgres for the bus', [], (gauge) => gauge.set(spool.size));

  return {
    module: nestModule(context, apiKeys, [monitors, inlets], [
      { provide: IntegrationStore, useValue: store }, { provide: Intake, useValue: intake }, { provide: RequestStore, useValue: requests },
      { provide: HealthStore, useValue: new HealthStore(db) }, { provide: SetUpGuides, useValue: new SetUpGuides(config.PUBLIC_INGEST_URL) },
    ]),
    // Without the bus it spools, without Postgres it publishes.
    carriesOn: true,
    front: gateway.front,
    frontDocument: gatewayDocument,
    background: [
      { name: 'entities', start: async () => void (await entities.initialize()), stop: () => entities.destroy() },
      { name: 'integrations', start: () => index.start(), stop: () => index.stop() },
      { name: 'api keys', start: () => apiKeys.start(), stop: () => apiKeys.stop() },
      { name: 'tenants', start: () => tenants.start(), stop: () => tenants.stop() },
      { name: 'services', start: () => services.start(), stop: () => services.stop() },
      { name: 'spool', start: () => spool.start(), stop: async () => { await intake.settled(); await spool.stop(); } },
      { name: 'outbound', start: () => undefined, stop: () => outbound.close() },
      monitors.background,
      inlets.background,
      ...gateway.background,
    ],
    consumers: [
      // A letter may be 700 KB: a batch is held in memory twice.
      new LogReader({
        bus, contract: REPLAY_REQUESTS, filter: 'replays.ingest.*', leases: new PartitionLeases(db, 'replays', 1), maxBatch: 20, log: warn,
        handler: new ReplayConsumer({ db, relay, integrations: index, intake, log: warn }),
      }),
    ],
    // What was accepted is on the bus or in the spool, whole: what became of it is for the others to tell.
    answers: [{ subject: questions.trace('ingest'), answer: () => Promise.resolve([]) }],
  };
}

function nestModule(
  context: ServiceContext<Config>,
  apiKeys: ReadModel<'api-keys'>,
  parts: readonly Pick<Monitors, 'controllers' | 'providers'>[],
  providers: Provider[],
): DynamicModule {
  const { IDENTITY_PUBLIC_KEY: publicKey, INGEST_SCRAPE_TOKEN: scrapeToken } = context.config;
  return {
    module: IngestModule,
    controllers: [
      HealthController, IntegrationsController, IntegrationTrialsController, RequestsController,
      IntegrationTypesController, ...parts.flatMap(({ controllers }) => controllers),
    ],
    providers: [
      ...houseProviders(context, whoAsks(createIdentityVerifier(pemFromEnv(publicKey)), apiKeys, scrapeToken)),
      ...parts.flatMap((part) => part.providers), ...providers,
    ],
  };
}

export const service: ServiceDefinition<typeof settings> = { name: 'ingest', settings, assemble };
