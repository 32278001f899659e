import type { DynamicModule } from '@nestjs/common';
import { createIdentityVerifier, pemFromEnv } from '@signalbox/access';
import { DEAD_LETTERS, REPLAY_RESULTS, questions, type TraceQuestion } from '@signalbox/contracts';
import { Database, PartitionLeases } from '@signalbox/database';
import { Bus, LogReader, OutboxRelay, ReadModel } from '@signalbox/messaging';
import { houseProviders, type Assembly, type HouseConfig, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import type { Static } from '@sinclair/typebox';
import { BusView } from './bus/bus-view.js';
import { settings } from './config.js';
import { LetterConsumer } from './consumers/letter-consumer.js';
import { ResultConsumer } from './consumers/result-consumer.js';
import { BusController } from './http/bus.controller.js';
import { DeadLettersController } from './http/dead-letters.controller.js';
import { OwnRoutes } from './http/own-routes.js';
import { ReplayJobsController } from './http/replay-jobs.controller.js';
import { whoAsks } from './http/who-asks.js';
import { ReplayRunner } from './replay/runner.js';
import { ReplayTrimmer } from './replay/trimmer.js';
import { LetterStore } from './store/letter-store.js';
import { ReplayStore } from './store/replay-store.js';
import { Retention } from './store/retention.js';

class OpsModule {}

type Config = HouseConfig & Static<typeof settings>;

/** The only wiring of this service: what it reads, what it runs, what it serves. */
export function assemble(context: ServiceContext<Config>): Assembly {
  const { bus, db, relay, config, log, metrics } = context;
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const leases = (reader: string): PartitionLeases => new PartitionLeases(db, reader, 1);
  const died = metrics.counter('dead_letters_total', 'dead letters that came in, each death once', ['kind', 'reason']);
  const sent = metrics.counter('replays_sent_total', 'letters that went back to their owner');
  const settled = metrics.counter('replays_settled_total', 'what became of replayed letters', ['outcome']);

  const letters = new LetterStore(db, relay);
  const replays = new ReplayStore(db, relay);
  const apiKeys = new ReadModel(bus, 'api-keys', warn);
  const routes = new ReadModel(bus, 'routes', warn);
  const results = leases('results');
  const runner = new ReplayRunner({
    db, bus, relay, leases: leases('replay-runner'), trimmer: new ReplayTrimmer(db, bus, results, warn), maxInFlight: config.REPLAY_IN_FLIGHT,
    answerHours: config.REPLAY_ANSWER_HOURS, onSent: (count) => sent.inc(count), log: warn,
  });
  const retention = new Retention(db, config.DEAD_LETTER_RETENTION_DAYS, (message, fields) => log.info(fields, message));
  const resultConsumer = new ResultConsumer(db, (outcome, count) => settled.inc({ outcome }, count), warn);

  return {
    module: nestModule(context, apiKeys, [
      { provide: LetterStore, useValue: letters }, { provide: ReplayStore, useValue: replays },
      { provide: ReplayRunner, useValue: runner }, { provide: OwnRoutes, useValue: new OwnRoutes(routes) },
    ]),
    background: [
      { name: 'api keys', start: () => apiKeys.start(), stop: () => apiKeys.stop() },
      { name: 'routes', start: () => routes.start(), stop: () => routes.stop() },
      { name: 'replays', start: () => runner.start(), stop: () => runner.stop() },
      { name: 'retention', start: () => retention.start(), stop: () => retention.stop() },
    ],
    consumers: [
      new LogReader({
        bus, contract: DEAD_LETTERS, leases: leases('letters'),
        handler: new LetterConsumer(db, (kind, reason) => died.inc({ kind, reason }), warn),
        maxBatch: 500, log: warn,
      }),
      new LogReader({ bus, contract: REPLAY_RESULTS, filter: 'replays.ops.*', leases: results, handler: resultConsumer, maxBatch: 500, log: warn }),
    ],
    answers: [{
      subject: questions.trace('ops'),
      answer: (question) => letters.trace((question as TraceQuestion).tenantId, (question as TraceQuestion).traceId),
    }],
  };
}

function nestModule(context: ServiceContext<Config>, apiKeys: ReadModel<'api-keys'>, stores: DynamicModule['providers'] & object): DynamicModule {
  const verifier = createIdentityVerifier(pemFromEnv(context.config.IDENTITY_PUBLIC_KEY));
  return {
    module: OpsModule,
    controllers: [DeadLettersController, ReplayJobsController, BusController],
    providers: [
      ...houseProviders(context, whoAsks(verifier, apiKeys, context.bus)), ...stores,
      { provide: BusView, useValue: new BusView(context.bus) }, { provide: Bus, useValue: context.bus },
      { provide: Database, useValue: context.db }, { provide: OutboxRelay, useValue: context.relay },
    ],
  };
}

export const service: ServiceDefinition<typeof settings> = { name: 'ops', settings, assemble };
