import type { DynamicModule } from '@nestjs/common';
import { deriveKey } from '@signalbox/access';
import {
  ACK_LINK_PURPOSE, CALLBACKS, INCIDENTS, NOTICES, PARTITIONS, REPLAY_REQUESTS, questions,
  type DirectoryQuestion, type TraceQuestion,
} from '@signalbox/contracts';
import { PartitionLeases, ResourceStore, Tidy, entitySource, type Database } from '@signalbox/database';
import { LogReader, ReadModel } from '@signalbox/messaging';
import { addressPolicy, createOutbound } from '@signalbox/outbound';
import { houseProviders, type Assembly, type HouseConfig, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import type { Static } from '@sinclair/typebox';
import { createTransport } from './channels/transport.js';
import { settings } from './config.js';
import { CallbackConsumer } from './consumers/callback-consumer.js';
import { IntakeConsumer, changeSubjects, noticeSubjects } from './consumers/intake-consumers.js';
import { letterIntake } from './consumers/letters-again.js';
import { ReplayConsumer } from './consumers/replay-consumer.js';
import { ChannelTypesController } from './http/channel-types.controller.js';
import { ChannelEdge, ChannelsController } from './http/channels.controller.js';
import { ContactMethodsController } from './http/contact-methods.controller.js';
import { NotificationsController } from './http/notifications.controller.js';
import { OwnServices } from './http/own-services.js';
import { RulesController } from './http/rules.controller.js';
import { ackLinks } from './sender/ack-links.js';
import { NotificationActions } from './sender/actions.js';
import { Sender } from './sender/sender.js';
import { createAttempt } from './sender/try.js';
import { ChannelStore } from './store/channel-store.js';
import { ChannelEntity } from './store/channel.entity.js';
import { ContactStore } from './store/contact-store.js';
import { LetterBox } from './store/letter-box.js';
import { LiveConfig } from './store/live-config.js';
import { NotificationStore } from './store/notification-store.js';
import { Recipients } from './store/recipients.js';
import { RuleEntity } from './store/rule.entity.js';
import { STALE } from './store/stale.js';

class NotificationsModule {}

type Config = HouseConfig & Static<typeof settings>;

/** The only wiring of this service: what it reads, sends, answers and serves. */
export function assemble(context: ServiceContext<Config>): Assembly {
  const { bus, db, relay, config, log, metrics, health, box } = context;
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const policy = addressPolicy({ allowPrivate: config.OUTBOUND_ALLOW_PRIVATE, allowCidrs: config.OUTBOUND_ALLOW_CIDRS });
  if (policy.allowPrivate) log.warn('OUTBOUND_ALLOW_PRIVATE=true: channels may reach private and loopback addresses. Meant for trying things out.');
  const outbound = createOutbound({ policy });
  const send = createTransport(outbound);

  const entities = entitySource({ url: config.DATABASE_URL, schema: 'notifications', entities: [ChannelEntity, RuleEntity] });
  const channelRows = new ResourceStore(entities, ChannelEntity, (rows) => relay.offer(rows));
  const ruleRows = new ResourceStore(entities, RuleEntity, (rows) => relay.offer(rows));
  const live = new LiveConfig(bus, box, channelRows, ruleRows, warn);
  const services = new ReadModel(bus, 'services', warn);
  const members = new ReadModel(bus, 'members', warn);
  const teams = new ReadModel(bus, 'teams', warn);
  const recipients = new Recipients(live, members, teams);
  const contacts = new ContactStore(db, relay, deriveKey(config.SIGNALBOX_MASTER_KEY.split(',')[0]!, 'notifications/contact-codes'));
  const channels = new ChannelStore(channelRows, box, live);
  const notifications = new NotificationStore(db);
  const letters = new LetterBox(db, relay);
  const tries = metrics.counter('attempts_total', 'tries of notifications by kind of channel, outcome and reason', ['kind', 'outcome', 'reason']);
  const ackKey = deriveKey(config.SIGNALBOX_MASTER_KEY.split(',')[0]!, ACK_LINK_PURPOSE);
  const ackUrl = ackLinks({ key: ackKey, ingestUrl: config.PUBLIC_INGEST_URL, days: config.ACK_LINK_DAYS });
  const sender = new Sender({
    db, relay, live, log, attempt: createAttempt({ live, send, ackUrl, log }),
    onTried: ({ channel, outcome }) => {
      if (outcome === null) return;
      tries.inc({ kind: channel.kind, outcome: outcome.kind, reason: 'reason' in outcome ? outcome.reason : '' });
    },
  });
  const wake = (): void => sender.wake();
  const actions = new NotificationActions(db, relay, live, recipients, sender);
  const intake = { db, relay, live, recipients, letters, sender };
  const replay = { db, relay, wake, log: warn, takeInAgain: letterIntake(live, recipients, config.PUBLIC_ADMIN_URL) };
  const leases = (reader: string, partitions = 1): PartitionLeases => new PartitionLeases(db, reader, partitions);
  const tidy = new Tidy({ db, what: 'what is stale', stale: STALE, warn });
  const orNotKnown = (count: Promise<number>): Promise<number> => count.catch(() => Number.NaN);
  metrics.gauge('in_flight', 'notifications that are queued, being sent or waiting for a retry', [],
    async (gauge) => gauge.set(await orNotKnown(notifications.inFlight())));
  metrics.gauge('oldest_due_seconds', 'how long the oldest due notification has waited for its turn', [],
    async (gauge) => gauge.set(await orNotKnown(notifications.oldestDueSeconds())));
  health.add('channels and rules', () => live.ready);

  return {
    module: nestModule(context, {
      channels, contacts, members, recipients, notifications, actions, live, ruleRows,
      services: new OwnServices(services),
      edge: { policy, send },
    }),
    background: [
      { name: 'entities', start: async () => void (await entities.initialize()), stop: () => entities.destroy() },
      { name: 'channels and rules', start: () => live.start(), stop: () => live.stop() },
      { name: 'services', start: () => services.start(), stop: () => services.stop() },
      { name: 'members', start: () => members.start(), stop: () => members.stop() },
      { name: 'teams', start: () => teams.start(), stop: () => teams.stop() },
      { name: 'tidy', start: () => tidy.start(), stop: () => tidy.stop() },
      { name: 'sender', start: () => sender.start(), stop: async () => { await sender.stop(); await outbound.close(); } },
    ],
    consumers: [
      new LogReader({
        bus, contract: INCIDENTS, leases: leases('incidents', PARTITIONS), log: warn,
        handler: new IntakeConsumer({ ...intake, subjects: changeSubjects(config.PUBLIC_ADMIN_URL) }),
      }),
      new LogReader({ bus, contract: NOTICES, leases: leases('notices'), log: warn, handler: new IntakeConsumer({ ...intake, subjects: noticeSubjects }) }),
      new LogReader({ bus, contract: CALLBACKS, leases: leases('callbacks'), log: warn, handler: new CallbackConsumer(db, relay, letters) }),
      new LogReader({
        bus, contract: REPLAY_REQUESTS, filter: 'replays.notifications.*', leases: leases('replays'), log: warn,
        handler: new ReplayConsumer(replay),
      }),
    ],
    answers: [
      {
        subject: questions.trace('notifications'),
        answer: (question) => notifications.trace((question as TraceQuestion).tenantId, (question as TraceQuestion).traceId),
      },
      { subject: questions.directory('channels'), answer: (question) => channelEntry(db, (question as DirectoryQuestion).key) },
    ],
  };
}

async function channelEntry(db: Database, key: string) {
  const rows = await db.query<{ tenant_id: string; version: number }>('select tenant_id, version from notification_channels where id = $1', [key]);
  const row = rows[0];
  return row === undefined ? null : { kind: 'channels', key, version: row.version, value: { id: key, tenantId: row.tenant_id } };
}

interface Parts {
  readonly channels: ChannelStore;
  readonly contacts: ContactStore;
  readonly members: ReadModel<'members'>;
  readonly recipients: Recipients;
  readonly notifications: NotificationStore;
  readonly actions: NotificationActions;
  readonly live: LiveConfig;
  readonly ruleRows: ResourceStore<RuleEntity>;
  readonly services: OwnServices;
  readonly edge: ChannelEdge;
}

function nestModule(context: ServiceContext<Config>, parts: Parts): DynamicModule {
  return {
    module: NotificationsModule,
    // Channels first: /notifications/providers must not be taken for /notifications/{id}.
    controllers: [ChannelsController, ChannelTypesController, RulesController, ContactMethodsController, NotificationsController],
    providers: [
      ...houseProviders(context),
      { provide: ChannelStore, useValue: parts.channels },
      { provide: ContactStore, useValue: parts.contacts },
      { provide: ReadModel, useValue: parts.members },
      { provide: Recipients, useValue: parts.recipients },
      { provide: ChannelEdge, useValue: parts.edge },
      { provide: NotificationStore, useValue: parts.notifications },
      { provide: NotificationActions, useValue: parts.actions },
      { provide: LiveConfig, useValue: parts.live },
      { provide: ResourceStore, useValue: parts.ruleRows },
      { provide: OwnServices, useValue: parts.services },
    ],
  };
}

export const service: ServiceDefinition<typeof settings> = { name: 'notifications', settings, assemble };
