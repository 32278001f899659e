import type { DynamicModule } from '@nestjs/common';
import { deriveKey, signToken } from '@signalbox/access';
import { ACK_LINK_PURPOSE, CALLBACKS, INCIDENTS, NOTICES, PARTITIONS, REPLAY_REQUESTS, questions, type AckLink, type TraceQuestion } from '@signalbox/contracts';
import { PartitionLeases, ResourceStore, entitySource } from '@signalbox/database';
import { LogReader } from '@signalbox/messaging';
import { addressPolicy, createOutbound } from '@signalbox/outbound';
import { houseProviders, type Assembly, type HouseConfig, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import type { Static } from '@sinclair/typebox';
import { createTransport } from './channels/transport.js';
import { settings } from './config.js';
import { CallbackConsumer } from './consumers/callback-consumer.js';
import { IntakeConsumer, changeSubjects, noticeSubjects } from './consumers/intake-consumers.js';
import { ReplayConsumer } from './consumers/replay-consumer.js';
import type { Subject } from './domain/subject.js';
import { ChannelTypesController } from './http/channel-types.controller.js';
import { ChannelEdge, ChannelsController } from './http/channels.controller.js';
import { NotificationsController } from './http/notifications.controller.js';
import { RulesController } from './http/rules.controller.js';
import { NotificationActions } from './sender/actions.js';
import { Sender } from './sender/sender.js';
import { ChannelStore } from './store/channel-store.js';
import { ChannelEntity } from './store/channel.entity.js';
import { LetterBox } from './store/letter-box.js';
import { LiveConfig } from './store/live-config.js';
import { NotificationStore } from './store/notification-store.js';
import { RuleEntity } from './store/rule.entity.js';

class NotificationsModule {}

type Config = HouseConfig & Static<typeof settings>;

const DAY_MS = 24 * 3_600_000;

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
  const channels = new ChannelStore(channelRows, box, live);
  const notifications = new NotificationStore(db);
  const letters = new LetterBox(db, relay);
  const tries = metrics.counter('attempts_total', 'tries of notifications by kind of channel, outcome and reason', ['kind', 'outcome', 'reason']);
  const sender = new Sender({
    db, relay, live, send, log,
    onTried: ({ channel, outcome }) => tries.inc({ kind: channel.kind, outcome: outcome.kind, reason: 'reason' in outcome ? outcome.reason : '' }),
  });
  const ackUrl = ackLinks(config);
  const actions = new NotificationActions(db, relay, live, sender, ackUrl);
  const intake = { db, live, ackUrl, letters, wake: () => sender.wake() };
  const leases = (reader: string, partitions = 1): PartitionLeases => new PartitionLeases(db, reader, partitions);
  health.add('channels and rules', () => live.ready);

  return {
    module: nestModule(context, { channels, notifications, actions, live, ruleRows, edge: { policy, send } }),
    background: [
      { name: 'entities', start: async () => void (await entities.initialize()), stop: () => entities.destroy() },
      { name: 'channels and rules', start: () => live.start(), stop: () => live.stop() },
      { name: 'sender', start: () => sender.start(), stop: async () => { await sender.stop(); await outbound.close(); } },
    ],
    consumers: [
      new LogReader({ bus, contract: INCIDENTS, leases: leases('incidents', PARTITIONS), log: warn, handler: new IntakeConsumer({ ...intake, subjects: changeSubjects(config.PUBLIC_ADMIN_URL) }) }),
      new LogReader({ bus, contract: NOTICES, leases: leases('notices'), log: warn, handler: new IntakeConsumer({ ...intake, subjects: noticeSubjects }) }),
      new LogReader({ bus, contract: CALLBACKS, leases: leases('callbacks'), log: warn, handler: new CallbackConsumer(db, letters) }),
      new LogReader({
        bus, contract: REPLAY_REQUESTS, filter: 'replays.notifications.*', leases: leases('replays'), log: warn, handler: new ReplayConsumer(db, relay, () => sender.wake(), warn),
      }),
    ],
    answers: [
      { subject: questions.trace('notifications'), answer: (question) => notifications.trace((question as TraceQuestion).tenantId, (question as TraceQuestion).traceId) },
    ],
  };
}

/** Makes the signed link with which one click acknowledges. */
function ackLinks(config: Config): (notificationId: string, subject: Subject) => string {
  const key = deriveKey(config.SIGNALBOX_MASTER_KEY.split(',')[0]!, ACK_LINK_PURPOSE);
  return (notificationId, { tenantId, incident, text }) => {
    const link: AckLink = {
      tenantId, notificationId, title: text.title.slice(0, 120),
      incident: incident === null ? null : { id: incident.id, scopeId: incident.scopeId, serviceId: incident.serviceId, integrationId: incident.integrationId, dedupKey: incident.dedupKey },
    };
    return `${config.PUBLIC_INGEST_URL}/a/${signToken(link, key, new Date(Date.now() + config.ACK_LINK_DAYS * DAY_MS))}`;
  };
}

interface Parts {
  readonly channels: ChannelStore;
  readonly notifications: NotificationStore;
  readonly actions: NotificationActions;
  readonly live: LiveConfig;
  readonly ruleRows: ResourceStore<RuleEntity>;
  readonly edge: ChannelEdge;
}

function nestModule(context: ServiceContext<Config>, parts: Parts): DynamicModule {
  return {
    module: NotificationsModule,
    // Channels first: /notifications/providers must not be taken for /notifications/{id}.
    controllers: [ChannelsController, ChannelTypesController, RulesController, NotificationsController],
    providers: [
      ...houseProviders(context),
      { provide: ChannelStore, useValue: parts.channels },
      { provide: ChannelEdge, useValue: parts.edge },
      { provide: NotificationStore, useValue: parts.notifications },
      { provide: NotificationActions, useValue: parts.actions },
      { provide: LiveConfig, useValue: parts.live },
      { provide: ResourceStore, useValue: parts.ruleRows },
    ],
  };
}

export const service: ServiceDefinition<typeof settings> = { name: 'notifications', settings, assemble };
