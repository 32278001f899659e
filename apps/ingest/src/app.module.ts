import type { DynamicModule, Provider } from '@nestjs/common';
import { createIdentityVerifier, deriveKey, pemFromEnv } from '@signalbox/access';
import { ACK_LINK_PURPOSE, REPLAY_REQUESTS, questions } from '@signalbox/contracts';
import { PartitionLeases, ResourceStore, entitySource } from '@signalbox/database';
import { LogReader, ReadModel } from '@signalbox/messaging';
import { addressPolicy, createOutbound } from '@signalbox/outbound';
import { houseProviders, type Assembly, type HouseConfig, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import type { Static } from '@sinclair/typebox';
import { settings } from './config.js';
import { ReplayConsumer } from './consumers/replay-consumer.js';
import { AckLinkEndpoint } from './gateway/ack-link-endpoint.js';
import { AlertmanagerEndpoint } from './gateway/alertmanager-endpoint.js';
import { Credentials } from './gateway/credentials.js';
import { EventEndpoints } from './gateway/event-endpoints.js';
import { gatewayFront } from './gateway/front.js';
import { Gate } from './gateway/gate.js';
import { IntegrationEndpoint } from './gateway/integration-endpoint.js';
import { MessageEndpoint } from './gateway/message-endpoint.js';
import { gatewayDocument } from './gateway/openapi.js';
import { PagerDutyEndpoint } from './gateway/pagerduty-endpoint.js';
import { RateLimit } from './gateway/rate-limit.js';
import { VendorDocuments } from './gateway/vendor-documents.js';
import { HealthController } from './http/health.controller.js';
import { IntegrationTrialsController } from './http/integration-trials.controller.js';
import { IntegrationTypesController } from './http/integration-types.controller.js';
import { IntegrationsController } from './http/integrations.controller.js';
import { RequestsController } from './http/requests.controller.js';
import { SetUpGuides } from './http/set-up-guide.js';
import { whoAsks } from './http/who-asks.js';
import { Intake } from './intake/intake.js';
import { LetterBox } from './intake/letter-box.js';
import { Spool } from './intake/spool.js';
import { RefusedEvents } from './refused/refused-events.js';
import { RequestLog } from './request-log/request-log.js';
import { RequestLogWriter } from './request-log/writer.js';
import { CountStore } from './store/count-store.js';
import { HealthStore } from './store/health-store.js';
import { IntegrationIndex } from './store/integration-index.js';
import { IntegrationStore } from './store/integration-store.js';
import { IntegrationEntity } from './store/integration.entity.js';
import { RateLeaseStore } from './store/rate-lease-store.js';
import { RequestStore } from './store/request-store.js';

class IngestModule {}

type Config = HouseConfig & Static<typeof settings>;

/** The only wiring of this service: the gateway in front, the operators' API behind it. */
export function assemble(context: ServiceContext<Config>): Assembly {
  const { bus, db, relay, config, log, metrics, health, box } = context;
  warnOfSwitches(context);
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const entities = entitySource({ url: config.DATABASE_URL, schema: 'ingest', entities: [IntegrationEntity] });
  const index = new IntegrationIndex(db, bus, box, warn);
  const apiKeys = new ReadModel(bus, 'api-keys', warn);
  const services = new ReadModel(bus, 'services', warn);
  const store = new IntegrationStore(new ResourceStore(entities, IntegrationEntity, (rows) => relay.offer(rows)), box, index, services);
  const spool = new Spool(db, bus, new PartitionLeases(db, 'spool', 1), log);
  const intake = new Intake(spool);
  const refusals = metrics.counter('refused_events_total', 'what a known sender sent and nobody could understand: kept as a dead letter, a repeat of one, or over the cap', ['reason', 'fate']);
  const refused = new RefusedEvents(new LetterBox(bus, db), (reason, fate) => refusals.inc({ reason, fate }));
  const credentials = new Credentials(index, apiKeys, services);
  const outbound = createOutbound({ policy: addressPolicy({ allowPrivate: String(config.OUTBOUND_ALLOW_PRIVATE), allowCidrs: config.OUTBOUND_ALLOW_CIDRS }) });
  const switches = { verifySignatures: config.INTEGRATION_VERIFY_SIGNATURES, rateLimit: config.INTEGRATION_RATE_LIMIT };
  const rateLeases = new RateLeaseStore(db, warn);
  const gate = new Gate(switches, new RateLimit(rateLeases, warn), config.PUBLIC_INGEST_URL.replace(/\/$/, ''), new VendorDocuments(outbound));
  const requests = new RequestStore(db);
  const requestLog = new RequestLog({ keeps: config.REQUEST_LOG_DAYS > 0, trustedProxies: config.TRUSTED_PROXIES }, metrics);
  const requestLogWriter = new RequestLogWriter(requestLog, requests, new CountStore(db), { days: config.REQUEST_LOG_DAYS, rows: config.REQUEST_LOG_ROWS }, warn);
  health.add('integrations', () => index.ready);
  metrics.gauge('spool_rows', 'envelopes that wait in Postgres for the bus', [], (gauge) => gauge.set(spool.size));

  return {
    module: nestModule(context, apiKeys, [
      { provide: IntegrationStore, useValue: store }, { provide: Intake, useValue: intake }, { provide: RequestStore, useValue: requests },
      { provide: HealthStore, useValue: new HealthStore(db) }, { provide: SetUpGuides, useValue: new SetUpGuides(config.PUBLIC_INGEST_URL) },
    ]),
    // Without the bus it spools, without Postgres it publishes.
    carriesOn: true,
    front: gatewayFront({
      events: new EventEndpoints(credentials, gate, intake, refused),
      pagerDuty: new PagerDutyEndpoint(credentials, gate, intake, refused),
      alertmanager: new AlertmanagerEndpoint(credentials, gate, intake, refused, () => index.ready),
      integrations: new IntegrationEndpoint(credentials, gate, intake, refused, config.INTEGRATION_VERIFY_SIGNATURES),
      messages: new MessageEndpoint(credentials, intake),
      ackLinks: new AckLinkEndpoint(intake, config.SIGNALBOX_MASTER_KEY.split(',').map((key) => deriveKey(key, ACK_LINK_PURPOSE))),
    }, requestLog, metrics, log),
    frontDocument: gatewayDocument,
    background: [
      { name: 'outbound', start: () => undefined, stop: () => outbound.close() },
      { name: 'entities', start: async () => void (await entities.initialize()), stop: () => entities.destroy() },
      { name: 'integrations', start: () => index.start(), stop: () => index.stop() },
      { name: 'api keys', start: () => apiKeys.start(), stop: () => apiKeys.stop() },
      { name: 'services', start: () => services.start(), stop: () => services.stop() },
      { name: 'rate leases', start: () => rateLeases.start(), stop: () => rateLeases.stop() },
      { name: 'spool', start: () => spool.start(), stop: async () => { await intake.settled(); await spool.stop(); } },
      { name: 'request log', start: () => requestLogWriter.start(), stop: () => requestLogWriter.stop() },
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

function warnOfSwitches({ config, log }: ServiceContext<Config>): void {
  if (!config.INTEGRATION_VERIFY_SIGNATURES) log.warn('INTEGRATION_VERIFY_SIGNATURES=false: signatures are NOT verified. Never run like this in production.');
  if (!config.INTEGRATION_RATE_LIMIT) log.warn('INTEGRATION_RATE_LIMIT=false: senders are NOT limited. Never run like this in production.');
}

function nestModule(context: ServiceContext<Config>, apiKeys: ReadModel<'api-keys'>, providers: Provider[]): DynamicModule {
  const { IDENTITY_PUBLIC_KEY: publicKey, INGEST_SCRAPE_TOKEN: scrapeToken } = context.config;
  return {
    module: IngestModule,
    controllers: [HealthController, IntegrationsController, IntegrationTrialsController, RequestsController, IntegrationTypesController],
    providers: [...houseProviders(context, whoAsks(createIdentityVerifier(pemFromEnv(publicKey)), apiKeys, scrapeToken)), ...providers],
  };
}

export const service: ServiceDefinition<typeof settings> = { name: 'ingest', settings, assemble };
