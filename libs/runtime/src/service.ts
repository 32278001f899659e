import 'reflect-metadata';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createSecretBox, type SecretBox } from '@signalbox/access';
import { Database, Outbox, isDatabaseAway } from '@signalbox/database';
import type { ServiceName } from '@signalbox/contracts';
import { applyHttpDefaults, type OpenApiDocument } from '@signalbox/http-api';
import { Bus, OutboxRelay, StreamTransport, isBusAway, type Answer, type BusConsumer } from '@signalbox/messaging';
import type { Static, TObject } from '@sinclair/typebox';
import type { RequestListener } from 'node:http';
import { ConfigError, parseConfig, printable, type HouseConfig } from './config.js';
import { Health } from './health.js';
import { closeServer, frontedServer, healthHandler, listen, type FrontHandler } from './http.js';
import { createLogger, nestLogger, type Logger } from './logger.js';
import { Metrics } from './metrics.js';

/** What a service is made of, handed to its `assemble`. Connections are made in the background: nothing here waits. */
export interface ServiceContext<C> {
  readonly name: ServiceName;
  readonly config: C;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly bus: Bus;
  readonly db: Database;
  readonly relay: OutboxRelay;
  /** Seals what must not be read from a row: this service's own key, made from the master key. */
  readonly box: SecretBox;
}

/** Something that runs for as long as the service does and needs the database (a due-table worker, a sweeper, a read model). */
export interface Background {
  readonly name: string;
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

export interface Assembly {
  /** Controllers and providers, listed explicitly. */
  readonly module: DynamicModule;
  /** Everything that the service reads from the bus. */
  readonly consumers?: readonly BusConsumer[];
  readonly answers?: readonly Answer[];
  /** Started in order once Postgres is there, stopped in reverse. */
  readonly background?: readonly Background[];
  /** Hot paths, served in front of the framework. */
  readonly front?: FrontHandler;
  /** What `front` serves, for the API document: the framework does not know of it. */
  readonly frontDocument?: () => OpenApiDocument;
  /** Called when the framework stands (to set up documents and the like). */
  readonly onApplication?: (app: INestApplication) => void;
}

export interface ServiceDefinition<S extends TObject> {
  readonly name: ServiceName;
  readonly settings: S;
  readonly assemble: (context: ServiceContext<HouseConfig & Static<S>>) => Promise<Assembly> | Assembly;
}

export interface RunningService {
  readonly port: number;
  stop(): Promise<void>;
}

const SHUTDOWN_MS = 20_000;

/** Runs a service until SIGTERM or SIGINT: the whole of a main.ts. Settings that cannot be used end the process with their list. */
export function runService<S extends TObject>(definition: ServiceDefinition<S>): void {
  const fail = (error: unknown): void => {
    process.stderr.write(`${definition.name}: ${error instanceof ConfigError ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  };
  startService(definition, process.env, fail).then((service) => {
    const stop = (): void => {
      setTimeout(() => process.exit(1), SHUTDOWN_MS + 5_000).unref();
      service.stop().then(() => process.exit(0), () => process.exit(1));
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  }).catch(fail);
}

/** Starts a service in this process. It listens at once; `/readyz` tells what it waits for, in whatever order the rest comes up. `onFatal` hears of what waiting cannot mend (a NATS server that is too old). */
export async function startService<S extends TObject>(
  definition: ServiceDefinition<S>, env: NodeJS.ProcessEnv, onFatal: (error: unknown) => void = (error) => { throw error; },
): Promise<RunningService> {
  const config = parseConfig(definition.settings, env);
  const log = createLogger(definition.name, config.LOG_LEVEL);
  const context = contextOf(definition.name, config, log);
  log.info({ config: printable(definition.settings, config) }, 'starting');
  const assembly = await definition.assemble(context);
  let framework: RequestListener | undefined;
  const shared = config.PRIVATE_PORT === undefined;
  const fronts = [...(assembly.front === undefined ? [] : [assembly.front]), healthHandler(context.health, context.metrics, { private: shared })];
  const server = frontedServer(fronts, () => framework);
  const privateServer = frontedServer([healthHandler(context.health, context.metrics, { private: true })], () => (_request, response) => response.writeHead(404).end());
  const app = await createApp(assembly, log);
  framework = app.getHttpAdapter().getInstance() as RequestListener;
  assembly.onApplication?.(app);
  const port = await listen(server, config.SERVICE_PORT, config.BIND_ADDRESS);
  if (!shared) await listen(privateServer, config.PRIVATE_PORT ?? 0, config.BIND_ADDRESS);
  const life = new Lifecycle(context, assembly, app);
  life.start().catch(onFatal);
  return {
    port,
    stop: async () => {
      context.health.stop();
      await closeServer(server, 5_000);
      await life.stop();
      if (!shared) await closeServer(privateServer, 0);
      log.info('stopped');
    },
  };
}

/**
 * A service put together but not started, for documents about it: it listens to nothing and reads nothing. `env` must hold settings that can
 * be used; their servers need not exist. What it tries in the background ends with the process.
 */
export async function describeService<S extends TObject>(definition: ServiceDefinition<S>, env: NodeJS.ProcessEnv): Promise<{ app: INestApplication; assembly: Assembly }> {
  const config = parseConfig(definition.settings, env);
  const log = createLogger(definition.name, config.LOG_LEVEL);
  const assembly = await definition.assemble(contextOf(definition.name, config, log));
  return { assembly, app: await createApp(assembly, log) };
}

function contextOf<C extends HouseConfig>(name: ServiceName, config: C, log: Logger): ServiceContext<C> {
  const bus = new Bus({ servers: config.NATS_URL, name: `signalbox-${name}`, log: (message) => log.warn(message) });
  const db = new Database({ url: config.DATABASE_URL, schema: name, poolSize: config.DATABASE_POOL });
  const relay = new OutboxRelay(bus, new Outbox(db), (message, error) => log.warn({ err: error }, message));
  const box = createSecretBox(config.SIGNALBOX_MASTER_KEY.split(','), name);
  return { name, config, log, metrics: new Metrics(name), health: new Health(), bus, db, relay, box };
}

async function createApp(assembly: Assembly, log: Logger): Promise<INestApplication> {
  const app = await NestFactory.create(assembly.module, { logger: nestLogger(log), bodyParser: false, abortOnError: false });
  applyHttpDefaults(app, { logger: log, isUnavailable: (error: unknown) => isDatabaseAway(error) || isBusAway(error) });
  await app.init();
  return app;
}

/** Brings a service's readers and workers up when what they need is there, and down again in reverse. */
class Lifecycle {
  private readonly started: Background[] = [];
  private state: 'waiting' | 'running' | 'stopped' = 'waiting';
  private databaseReady = false;
  private busReady = false;
  private starting: Promise<void> = Promise.resolve();

  constructor(private readonly context: ServiceContext<HouseConfig>, private readonly assembly: Assembly, private readonly app: INestApplication) {
    context.health.add('postgres (reachable and migrated)', () => this.databaseReady);
    context.health.add('nats', () => this.busReady && context.bus.connected);
  }

  start(): Promise<void> {
    this.starting = this.open();
    return this.starting;
  }

  async stop(): Promise<void> {
    const wasRunning = this.state === 'running';
    this.state = 'stopped';
    if (wasRunning) await this.starting.catch(() => undefined);
    await this.app.close();
    for (const background of [...this.started].reverse()) await background.stop();
    await this.context.relay.stop();
    await this.context.bus.close();
    await this.context.db.close();
  }

  private async open(): Promise<void> {
    const { db, log, relay, bus } = this.context;
    while (!(await db.ready())) {
      if (this.state === 'stopped') return;
      await new Promise((resolve) => { setTimeout(resolve, 250); });
    }
    this.databaseReady = true;
    for (const background of this.assembly.background ?? []) {
      if (this.state === 'stopped') return;
      await background.start();
      this.started.push(background);
    }
    relay.start();
    await bus.ready();
    if (this.state === 'stopped') return;
    this.state = 'running';
    await this.listenToBus();
    this.busReady = true;
    log.info('ready');
  }

  private async listenToBus(): Promise<void> {
    const { bus, log, config } = this.context;
    const strategy = new StreamTransport({
      bus, streams: { replicas: config.STREAM_REPLICAS, maxBytes: config.STREAM_MAX_MEGABYTES * 1024 ** 2 }, consumers: this.assembly.consumers ?? [], answers: this.assembly.answers ?? [],
      log: (message, error) => log.warn({ err: error }, message),
    });
    this.app.connectMicroservice({ strategy }, { inheritAppConfig: false });
    await this.app.startAllMicroservices();
  }
}
