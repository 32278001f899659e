import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { createIdentityVerifier, identityHeader, pemFromEnv } from '@signalbox/access';
import { CHANGES, EVENTS, OUTCOMES, PARTITIONS, REPLAY_REQUESTS, questions, type DirectoryQuestion, type TraceQuestion } from '@signalbox/contracts';
import { Database, PartitionLeases, Tidy, enqueue, entitySource, type OutboxRow } from '@signalbox/database';
import { Bus, LogReader, ReadModel, directoryMessage } from '@signalbox/messaging';
import { houseProviders, type Assembly, type HouseConfig, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import { settings } from './config.js';
import { ChangeConsumer } from './consumers/change-consumer.js';
import { EventConsumer } from './consumers/event-consumer.js';
import { OutcomeConsumer } from './consumers/outcome-consumer.js';
import { ReplayConsumer } from './consumers/replay-consumer.js';
import { assembleEngine, type Config } from './engine.js';
import { ChangeEventsController } from './http/change-events.controller.js';
import { IncidentActionsController } from './http/incident-actions.controller.js';
import { IncidentBulkController } from './http/incident-bulk.controller.js';
import { IncidentStreamController } from './http/incident-stream.controller.js';
import { IncidentsController } from './http/incidents.controller.js';
import { OwnPeople } from './http/own-people.js';
import { ReportsController } from './http/reports.controller.js';
import { ServicesController } from './http/services.controller.js';
import { WantedActions } from './http/wanted-actions.js';
import { GroupingEntity, InhibitionEntity, PolicyEntity, SilenceEntity, WindowEntity } from './rules/store/entities.js';
import { assembleRules } from './rules/wiring.js';
import { CalendarLinkEntity } from './schedules/store/calendar-link.entity.js';
import type { CalendarLinks } from './schedules/store/calendar-links.js';
import { OverrideEntity } from './schedules/store/override.entity.js';
import { ScheduleEntity } from './schedules/store/schedule.entity.js';
import { assembleSchedules } from './schedules/wiring.js';
import { ChangeStore } from './store/change-store.js';
import { IncidentStore } from './store/incident-store.js';
import { ServiceEntity } from './store/service.entity.js';
import { STALE } from './store/stale.js';
import { IncidentFeed } from './stream/feed.js';

class IncidentsModule {}

const ENTITIES = [
  ServiceEntity, ScheduleEntity, OverrideEntity, CalendarLinkEntity,
  PolicyEntity, SilenceEntity, WindowEntity, InhibitionEntity, GroupingEntity,
];

/** The wiring of this service, with `engine.ts` and the `wiring.ts` of rules and schedules: what it reads, what it answers, what it serves. */
export function assemble(context: ServiceContext<Config>): Assembly {
  const { bus, db, relay, config, log } = context;
  const entities = entitySource({ url: config.DATABASE_URL, schema: 'incidents', entities: ENTITIES });
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const offer = (rows: readonly OutboxRow[]): void => relay.offer(rows);
  const directory = { members: new ReadModel(bus, 'members', warn), teams: new ReadModel(bus, 'teams', warn), channels: new ReadModel(bus, 'channels', warn) };
  const schedules = assembleSchedules(context, { entities, offer, ...directory });
  const engine = assembleEngine(context, { ...directory, heard: schedules.handOffs.wake });
  const { applier, changed, rules } = engine;
  const ruled = assembleRules({ db, entities, rules, offer, changed, ...directory, schedules: schedules.store });
  const incidents = new IncidentStore(db, applier);
  const changes = new ChangeStore(db);
  const feed = new IncidentFeed({ bus, log: warn });
  const tidy = new Tidy({ db, what: 'old change events and groups', stale: STALE, warn });
  const taken = context.metrics.counter('events_taken_in_total', 'events that were taken in');
  const leases = (reader: string, partitions = 1): PartitionLeases => new PartitionLeases(db, reader, partitions);
  const traceOf = async ({ tenantId, traceId }: TraceQuestion) => {
    const traces = await Promise.all([incidents.trace(tenantId, traceId), changes.trace(tenantId, traceId)]);
    return traces.flat();
  };

  return {
    module: nestModule(context, schedules.links, [...schedules.controllers, ...ruled.controllers], [
      { provide: IncidentStore, useValue: incidents }, { provide: ChangeStore, useValue: changes }, { provide: ReadModel, useValue: directory.teams },
      { provide: WantedActions, useValue: new WantedActions(incidents, new OwnPeople(directory.members, directory.teams), ruled.references) },
      { provide: IncidentFeed, useValue: feed }, { provide: Bus, useValue: bus }, { provide: Database, useValue: db },
      ...ruled.providers, ...schedules.providers,
    ]),
    closing: () => feed.end(),
    background: [
      { name: 'entities', start: async () => void (await entities.initialize()), stop: () => entities.destroy() },
      {
        name: 'directory',
        // Whatever the directory lost or never got is pushed again; the relay drops what is not newer.
        start: async () => {
          const rows = await ruled.services.all();
          await enqueue(db, rows.map((row) => directoryMessage('services', row.id, row.version, { id: row.id, tenantId: row.tenantId, name: row.name })));
        },
        stop: () => undefined,
      },
      ...engine.background,
      ...Object.entries(directory).map(([name, model]) => ({ name, start: () => model.start(), stop: () => model.stop() })),
      schedules.background,
      { name: 'live clients', start: () => undefined, stop: () => feed.stop() },
      { name: 'tidy', start: () => tidy.start(), stop: () => tidy.stop() },
    ],
    consumers: [
      new LogReader({
        bus, contract: EVENTS, leases: leases('events', PARTITIONS),
        handler: new EventConsumer(db, relay, applier, (count) => taken.inc(count)),
        maxBatch: 500, log: warn,
      }),
      new LogReader({ bus, contract: CHANGES, leases: leases('changes'), handler: new ChangeConsumer(db, relay), maxBatch: 500, log: warn }),
      new LogReader({ bus, contract: OUTCOMES, leases: leases('outcomes'), handler: new OutcomeConsumer(db, applier, warn), maxBatch: 500, log: warn }),
      new LogReader({
        bus, contract: REPLAY_REQUESTS, filter: 'replays.incidents.*', leases: leases('replays'),
        handler: new ReplayConsumer(db, relay, applier, warn),
        log: warn,
      }),
    ],
    answers: [
      { subject: questions.directory('services'), answer: (question) => serviceEntry(db, question as DirectoryQuestion) },
      { subject: questions.trace('incidents'), answer: (question) => traceOf(question as TraceQuestion) },
    ],
  };
}

/** A service as the directory holds it, for who asks before it has heard of it. */
async function serviceEntry(db: Database, { key }: DirectoryQuestion) {
  const [row] = await db.query<{ id: string; tenant_id: string; name: string; version: number }>(
    'select id, tenant_id, name, version from services where id = $1',
    [key],
  );
  return row === undefined ? null : { kind: 'services', key, version: row.version, value: { id: row.id, tenantId: row.tenant_id, name: row.name } };
}

function nestModule(context: ServiceContext<HouseConfig>, links: CalendarLinks, controllers: readonly Type[], providers: readonly Provider[]): DynamicModule {
  const byFrontDoor = identityHeader(createIdentityVerifier(pemFromEnv(context.config.IDENTITY_PUBLIC_KEY)), context.name);
  return {
    module: IncidentsModule,
    // The stream first: it must not be taken for an incident's id.
    controllers: [
      IncidentStreamController, IncidentsController, IncidentActionsController, IncidentBulkController, ReportsController,
      ChangeEventsController, ServicesController, ...controllers,
    ],
    providers: [...houseProviders(context, links.authenticate(byFrontDoor)), ...providers],
  };
}

export const service: ServiceDefinition<typeof settings> = { name: 'incidents', settings, assemble };
