import 'reflect-metadata';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createSecretBox, type SecretBox } from '@signalbox/access';
import { Database, Outbox, isDatabaseAway } from '@signalbox/database';
import type { ServiceName } from '@signalbox/contracts';
import { applyHttpDefaults, type OpenApiDocument } from '@signalbox/http-api';
import { Bus, OutboxRelay, isBusAway, type Answer, type BusConsumer } from '@signalbox/messaging';
import type { Static, TObject } from '@sinclair/typebox';
import type { RequestListener } from 'node:http';
import { ConfigError, parseConfig, printable, type HouseConfig } from './config.js';
import { Health } from './health.js';
import { Lifecycle } from './lifecycle.js';
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
  /** It is of use while NATS or Postgres is away (not both), once both have been there: then it says that it is ready. */
  readonly carriesOn?: boolean;
  /** Hot paths, served in front of the framework. */
  readonly front?: FrontHandler;
  /** What `front` serves, for the API document: the framework does not know of it. */
  readonly frontDocument?: () => OpenApiDocument;
  /** Called when a shutdown begins, before the requests in hand are waited for: answers that would never end by themselves are to end now. */
  readonly closing?: () => void;
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
/** Requests in hand at a shutdown get so long to end. */
const REQUESTS_WITHIN_MS = 5_000;

/** Runs a service until SIGTERM or SIGINT: the whole of a main.ts. Settings that cannot be used end the process with their list. */
export function runService<S extends TObject>(definition: ServiceDefinition<S>): void {
  const fail = (error: unknown): void => {
    process.stderr.write(`${definition.name}: ${error instanceof ConfigError ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  };
  startService(definition, process.env, fail).then((service) => {
    // A second signal (a terminal sends one to every process, and so does whoever started us) must not cut the drain short.
    const stop = (): void => {
      setTimeout(() => process.exit(1), SHUTDOWN_MS + 5_000).unref();
      service.stop().then(() => process.exit(0), fail);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  }).catch(fail);
}

/**
 * Starts a service in this process. It listens at once; `/readyz` tells what it waits for, in whatever order the
 * rest comes up. `onFatal` hears of what waiting cannot mend (a NATS server that is too old).
 */
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
  const unforeseen = (error: unknown): void => log.error({ err: error }, 'a request could not be dealt with');
  const fronts = [...(assembly.front === undefined ? [] : [assembly.front]), healthHandler(context.health, context.metrics, { private: shared })];
  const server = frontedServer(fronts, () => framework, unforeseen);
  const privateServer = frontedServer(
    [healthHandler(context.health, context.metrics, { private: true })],
    () => (_request, response) => response.writeHead(404).end(),
    unforeseen,
  );
  const app = await createApp(assembly, log);
  framework = app.getHttpAdapter().getInstance() as RequestListener;
  assembly.onApplication?.(app);
  const life = new Lifecycle(context, assembly, app);
  const close = async (): Promise<void> => {
    context.health.stop();
    assembly.closing?.();
    await closeServer(server, REQUESTS_WITHIN_MS);
    await life.stop();
    await closeServer(privateServer, 0);
    log.info('stopped');
  };
  let port: number;
  try {
    port = await listen(server, config.SERVICE_PORT, config.BIND_ADDRESS);
    if (!shared) await listen(privateServer, config.PRIVATE_PORT ?? 0, config.BIND_ADDRESS);
  } catch (error) {
    await close();
    throw error;
  }
  life.start().catch(onFatal);
  let stopping: Promise<void> | undefined;
  return { port, stop: () => (stopping ??= close()) };
}

/**
 * A service put together but not started, for documents about it: it listens to nothing and reads nothing. `env` must hold settings that can
 * be used; their servers need not exist. What it tries in the background ends with the process.
 */
export async function describeService<S extends TObject>(
  definition: ServiceDefinition<S>,
  env: NodeJS.ProcessEnv,
): Promise<{ app: INestApplication; assembly: Assembly }> {
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
