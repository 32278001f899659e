import type { DynamicModule, Provider } from '@nestjs/common';
import { createIdentityVerifier, deriveKey, identityHeader, pemFromEnv } from '@signalbox/access';
import { CHANGES, EVENTS, OUTCOMES, PARTITIONS, REPLAY_REQUESTS, memberKey, questions, type DirectoryQuestion, type TraceQuestion } from '@signalbox/contracts';
import { Database, DueLoop, LOOK_AGAIN_MS, Listener, PartitionLeases, ResourceStore, enqueue, entitySource, type OutboxRow } from '@signalbox/database';
import { Bus, LogReader, ReadModel, directoryMessage } from '@signalbox/messaging';
import { addressPolicy, createOutbound } from '@signalbox/outbound';
import { houseProviders, type Assembly, type Background, type HouseConfig, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import type { Static } from '@sinclair/typebox';
import { settings } from './config.js';
import { ChangeConsumer } from './consumers/change-consumer.js';
import { EventConsumer } from './consumers/event-consumer.js';
import { OutcomeConsumer } from './consumers/outcome-consumer.js';
import { ReplayConsumer } from './consumers/replay-consumer.js';
import { DeadMan } from './dead-man.js';
import { ChangeEventsController } from './http/change-events.controller.js';
import { IncidentActionsController } from './http/incident-actions.controller.js';
import { IncidentBulkController } from './http/incident-bulk.controller.js';
import { IncidentStreamController } from './http/incident-stream.controller.js';
import { IncidentsController } from './http/incidents.controller.js';
import { OwnPeople } from './http/own-people.js';
import { ReportsController } from './http/reports.controller.js';
import { ServicesController } from './http/services.controller.js';
import { WantedActions } from './http/wanted-actions.js';
import { GroupingRulesController } from './rules/http/grouping-rules.controller.js';
import { InhibitionRulesController } from './rules/http/inhibition-rules.controller.js';
import { MaintenanceWindowsController } from './rules/http/maintenance-windows.controller.js';
import { PoliciesController } from './rules/http/policies.controller.js';
import { References } from './rules/http/references.js';
import { SettingsOfServices } from './rules/http/service-settings.js';
import { SilencesController } from './rules/http/silences.controller.js';
import { GroupingEntity, InhibitionEntity, PolicyEntity, SilenceEntity, WindowEntity } from './rules/store/entities.js';
import { GroupingStore, InhibitionStore, PolicyStore, RuleStore, SilenceStore, WindowStore } from './rules/store/rule-store.js';
import { Trials } from './rules/store/trials.js';
import { CalendarController } from './schedules/http/calendar.controller.js';
import { OnCallController } from './schedules/http/on-call.controller.js';
import { OverridesController } from './schedules/http/overrides.controller.js';
import { SchedulesController } from './schedules/http/schedules.controller.js';
import { OnCallBook } from './schedules/store/on-call-book.js';
import { People } from './schedules/people.js';
import { Reachable } from './schedules/reachable.js';
import { CalendarLinkEntity } from './schedules/store/calendar-link.entity.js';
import { CalendarLinks } from './schedules/store/calendar-links.js';
import { HandOffs } from './schedules/store/hand-offs.js';
import { OverrideEntity } from './schedules/store/override.entity.js';
import { ScheduleEntity } from './schedules/store/schedule.entity.js';
import { ScheduleStore } from './schedules/store/schedule-store.js';
import { Applier } from './store/applier.js';
import { Auditor } from './store/auditor.js';
import { ChangeStore } from './store/change-store.js';
import { Clockwork } from './store/clockwork.js';
import { IncidentStore } from './store/incident-store.js';
import { Rulebook } from './store/rulebook.js';
import { Settling } from './store/settling.js';
import { ServiceEntity } from './store/service.entity.js';
import { Tidy } from './store/tidy.js';
import { IncidentFeed } from './stream/feed.js';

class IncidentsModule {}

/** However the listener fares: a pooler that does not know LISTEN, or a connection that died silently, tells of nothing. */
const RULES_READ_AGAIN_MS = 60_000;

type Config = HouseConfig & Static<typeof settings>;

const ENTITIES = [ServiceEntity, ScheduleEntity, OverrideEntity, CalendarLinkEntity, PolicyEntity, SilenceEntity, WindowEntity, InhibitionEntity, GroupingEntity];

/** The only wiring of this service: what it reads, what it answers, what it serves. */
export function assemble(context: ServiceContext<Config>): Assembly {
  const { bus, db, relay, config, log } = context;
  const entities = entitySource({ url: config.DATABASE_URL, schema: 'incidents', entities: ENTITIES });
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const [members, teams, channels] = [new ReadModel(bus, 'members', warn), new ReadModel(bus, 'teams', warn), new ReadModel(bus, 'channels', warn)];
  const onCall = new OnCallBook(db);
  const reachable = new Reachable(members, teams, channels);
  const rules = new Rulebook(db, { onCall: (_tenantId, scheduleId, at) => onCall.onCall(scheduleId, at), exists: (tenantId, type, id) => reachable.exists(tenantId, type, id) });
  const applier = new Applier({ rules, relay, now: () => new Date(), due: (at) => { if (at.getTime() - Date.now() < LOOK_AGAIN_MS) clock.wake(); } });
  const incidents = new IncidentStore(db, applier);
  const changes = new ChangeStore(db);
  const taken = context.metrics.counter('events_taken_in_total', 'events that were taken in');
  const settling = new DueLoop({ work: new Settling(db, applier, rules), what: 'changes of rules', now: () => new Date(), log, batch: 1 });
  const read = async (tenantId?: string): Promise<void> => void (await Promise.all(tenantId === undefined ? [rules.load(), onCall.load()] : [rules.refresh(tenantId), onCall.refresh(tenantId)]));
  const readAgain = (tenantId?: string): Promise<void> => read(tenantId).catch((error: unknown) => warn('the rules could not be read again', error));
  // A change that is stored is answered, even when Postgres goes away now: the replicas hear of it all the same.
  const changed = (tenantId: string): Promise<void> => readAgain(tenantId).finally(settling.wake);
  const offer = (rows: readonly OutboxRow[]): void => relay.offer(rows);
  const ruled = { offer, changed };
  const services = new RuleStore(entities, ServiceEntity, ruled);
  const policies = new PolicyStore(entities, PolicyEntity, ruled);
  const fired = context.metrics.counter('clock_fired_total', 'incidents whose time had come');
  const clock = new DueLoop({ work: new Clockwork(db, applier, (count) => fired.inc(count), warn), what: 'incidents that are due', now: () => new Date(), log });
  const news = new Listener({ url: config.DATABASE_URL, channel: 'incidents_rules', heard: (tenantId) => {
    handOffs.wake();
    void readAgain(tenantId);
  } });
  let reading: NodeJS.Timeout;
  const people = new People(members, teams);
  const schedules = new ScheduleStore(entities, people, offer);
  const handOffs = new DueLoop({ work: new HandOffs({ db, schedules, people, offer, warn }), what: 'hand-offs of schedules', now: () => new Date(), log });
  const linkKeys = config.SIGNALBOX_MASTER_KEY.split(',').map((key) => deriveKey(key, 'links/calendar'));
  const links = new CalendarLinks(entities, offer, linkKeys, config.PUBLIC_ADMIN_URL);
  const references = new References(db, {
    user: async (tenantId, id) => await members.find(memberKey(tenantId, id)) !== undefined,
    team: async (tenantId, id) => (await teams.find(id))?.tenantId === tenantId,
    channel: async (tenantId, id) => (await channels.find(id))?.tenantId === tenantId,
    schedule: async (tenantId, id) => await schedules.schedules.find(tenantId, id) !== null,
  });
  const feed = new IncidentFeed({ bus, log: warn });
  const auditor = new Auditor(db);
  context.metrics.gauge('escalations_overdue', 'open incidents that nobody has acknowledged and whose next escalation step should have come', [], async (gauge) => gauge.set(await auditor.overdue().catch(() => Number.NaN)));
  const tidy = new Tidy(db, warn);
  const leases = (reader: string, partitions = 1): PartitionLeases => new PartitionLeases(db, reader, partitions);

  const serviceEntry = async ({ key }: DirectoryQuestion) => {
    const rows = await db.query<{ id: string; tenant_id: string; name: string; version: number }>('select id, tenant_id, name, version from services where id = $1', [key]);
    const row = rows[0];
    return row === undefined ? null : { kind: 'services', key, version: row.version, value: { id: row.id, tenantId: row.tenant_id, name: row.name } };
  };

  const traceOf = async ({ tenantId, traceId }: TraceQuestion) => (await Promise.all([incidents.trace(tenantId, traceId), changes.trace(tenantId, traceId)])).flat();

  const providers: Provider[] = [
    { provide: IncidentStore, useValue: incidents }, { provide: ChangeStore, useValue: changes }, { provide: ResourceStore, useValue: services }, { provide: PolicyStore, useValue: policies },
    { provide: References, useValue: references }, { provide: SettingsOfServices, useValue: new SettingsOfServices(db, policies, references) },
    { provide: SilenceStore, useValue: new SilenceStore(entities, SilenceEntity, ruled) }, { provide: WindowStore, useValue: new WindowStore(entities, WindowEntity, ruled) },
    { provide: InhibitionStore, useValue: new InhibitionStore(entities, InhibitionEntity, ruled) }, { provide: GroupingStore, useValue: new GroupingStore(entities, GroupingEntity, ruled) },
    { provide: Trials, useValue: new Trials(db, rules) },
    { provide: ScheduleStore, useValue: schedules }, { provide: CalendarLinks, useValue: links }, { provide: People, useValue: people }, { provide: ReadModel, useValue: teams },
    { provide: WantedActions, useValue: new WantedActions(incidents, new OwnPeople(members, teams), references) }, { provide: IncidentFeed, useValue: feed }, { provide: Bus, useValue: bus }, { provide: Database, useValue: db },
  ];

  return {
    module: nestModule(context, links, providers),
    closing: () => feed.end(),
    background: [
      { name: 'entities', start: async () => void (await entities.initialize()), stop: () => entities.destroy() },
      {
        name: 'directory',
        // Whatever the directory lost or never got is pushed again; the relay drops what is not newer.
        start: async () => {
          const rows = await services.all();
          await enqueue(db, rows.map((row) => directoryMessage('services', row.id, row.version, { id: row.id, tenantId: row.tenantId, name: row.name })));
        },
        stop: () => undefined,
      },
      // Quiet and policies hold before the first event is decided: consumers start after this.
      {
        name: 'rules',
        start: async () => {
          await read();
          news.start();
          reading = setInterval(() => void readAgain(), RULES_READ_AGAIN_MS).unref();
        },
        stop: async () => {
          clearInterval(reading);
          await news.stop();
        },
      },
      { name: 'settling', start: () => settling.start(), stop: () => settling.stop() },
      { name: 'clock', start: () => clock.start(), stop: () => clock.stop() },
      { name: 'members', start: () => members.start(), stop: () => members.stop() },
      { name: 'teams', start: () => teams.start(), stop: () => teams.stop() },
      { name: 'hand-offs', start: () => handOffs.start(), stop: () => handOffs.stop() },
      { name: 'channels', start: () => channels.start(), stop: () => channels.stop() },
      { name: 'live clients', start: () => undefined, stop: () => feed.stop() },
      ...watchdog(context, auditor),
      { name: 'tidy', start: () => tidy.start(), stop: () => tidy.stop() },
    ],
    consumers: [
      new LogReader({ bus, contract: EVENTS, leases: leases('events', PARTITIONS), handler: new EventConsumer(db, relay, applier, (count) => taken.inc(count)), maxBatch: 500, log: warn }),
      new LogReader({ bus, contract: CHANGES, leases: leases('changes'), handler: new ChangeConsumer(db, relay), maxBatch: 500, log: warn }),
      new LogReader({ bus, contract: OUTCOMES, leases: leases('outcomes'), handler: new OutcomeConsumer(db, warn), maxBatch: 500, log: warn }),
      new LogReader({ bus, contract: REPLAY_REQUESTS, filter: 'replays.incidents.*', leases: leases('replays'), handler: new ReplayConsumer(db, relay, applier, warn), log: warn }),
    ],
    answers: [
      { subject: questions.directory('services'), answer: (question) => serviceEntry(question as DirectoryQuestion) },
      { subject: questions.trace('incidents'), answer: (question) => traceOf(question as TraceQuestion) },
    ],
  };
}

function nestModule(context: ServiceContext<HouseConfig>, links: CalendarLinks, providers: Provider[]): DynamicModule {
  const byFrontDoor = identityHeader(createIdentityVerifier(pemFromEnv(context.config.IDENTITY_PUBLIC_KEY)), context.name);
  return {
    module: IncidentsModule,
    controllers: [
      // The stream first: it must not be taken for an incident's id.
      IncidentStreamController, IncidentsController, IncidentActionsController, IncidentBulkController, ReportsController, ChangeEventsController, ServicesController, SchedulesController, OverridesController, OnCallController, CalendarController,
      PoliciesController, SilencesController, MaintenanceWindowsController, InhibitionRulesController, GroupingRulesController,
    ],
    providers: [...houseProviders(context, links.authenticate(byFrontDoor)), ...providers],
  };
}

/** What tells the operator's watchdog, when there is one. */
function watchdog({ config, log }: ServiceContext<Config>, auditor: Auditor): Background[] {
  const { DEAD_MAN_URL: url, OUTBOUND_ALLOW_PRIVATE: allowPrivate, OUTBOUND_ALLOW_CIDRS: allowCidrs } = config;
  if (url === undefined) return [];
  const outbound = createOutbound({ policy: addressPolicy({ allowPrivate: String(allowPrivate), allowCidrs }) });
  const deadMan = new DeadMan({ url, outbound, auditor, warn: (message, error) => log.warn({ err: error }, message) });
  return [{ name: 'watchdog', start: () => deadMan.start(), stop: async () => { await deadMan.stop(); await outbound.close(); } }];
}

export const service: ServiceDefinition<typeof settings> = { name: 'incidents', settings, assemble };
