import type { INestApplication } from '@nestjs/common';
import { isDatabaseAway } from '@signalbox/database';
import { StreamTransport } from '@signalbox/messaging';
import type { HouseConfig } from './config.js';
import type { Assembly, Background, ServiceContext } from './service.js';

const LOOK_AGAIN_MS = 250;
/** What is being brought up at a shutdown gets so long to come to its end. */
const HALF_STARTED_WITHIN_MS = 5_000;

/** Brings a service's readers and workers up when what they need is there, and down again in reverse. */
export class Lifecycle {
  private readonly begun: Background[] = [];
  private transport: StreamTransport | undefined;
  private starting: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | undefined;
  private halted = false;
  private databaseSeen = false;
  private running = false;
  private halt: () => void = () => undefined;
  private readonly whenHalted = new Promise<void>((resolve) => { this.halt = resolve; });

  constructor(private readonly context: ServiceContext<HouseConfig>, private readonly assembly: Assembly, private readonly app: INestApplication) {
    const { health, bus, db } = context;
    const oneIsEnough = (): boolean => assembly.carriesOn === true && this.running && (bus.connected || db.reachable);
    health.add('postgres (reachable and migrated)', () => oneIsEnough() || (this.databaseSeen && db.reachable));
    health.add('nats', () => oneIsEnough() || (this.running && bus.connected));
  }

  /** Resolves when everything runs, or when it was stopped before. Rejects when waiting cannot mend it. */
  start(): Promise<void> {
    this.starting = this.open().catch((error: unknown) => { if (!this.halted) throw error; });
    return this.starting;
  }

  /** Whatever has been begun is brought to its end, wherever the start stands. */
  stop(): Promise<void> {
    this.stopping ??= this.close();
    return this.stopping;
  }

  private async close(): Promise<void> {
    const { log, relay, bus, db } = this.context;
    this.halted = true;
    this.halt();
    const started = this.starting.catch(() => undefined);
    await this.transport?.close();
    await Promise.race([started, new Promise((resolve) => { setTimeout(resolve, HALF_STARTED_WITHIN_MS).unref(); })]);
    await this.app.close();
    for (const background of [...this.begun].reverse()) {
      try {
        await background.stop();
      } catch (error) {
        log.warn({ err: error }, `${background.name} did not stop cleanly`);
      }
    }
    await relay.stop();
    await bus.close();
    await db.close();
  }

  private async open(): Promise<void> {
    const { db, log, relay, bus } = this.context;
    for (let told = false; !(await db.ready()); told = true) {
      if (!told) log.info('waiting for Postgres and for the migration of the schema');
      if (await this.haltedWithin(LOOK_AGAIN_MS)) return;
    }
    this.databaseSeen = true;
    for (const background of this.assembly.background ?? []) {
      if (this.halted) return;
      await this.bringUp(background);
    }
    relay.start();
    await Promise.race([bus.ready(), this.whenHalted]);
    if (this.halted) return;
    await this.listenToBus();
    this.running = true;
    log.info('ready');
  }

  /** Tries again when the database goes away meanwhile. */
  private async bringUp(background: Background): Promise<void> {
    this.begun.push(background);
    for (;;) {
      try {
        return await background.start();
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
        this.context.log.warn({ err: error }, `${background.name} waits for Postgres`);
        if (await this.haltedWithin(LOOK_AGAIN_MS)) return;
      }
    }
  }

  private async listenToBus(): Promise<void> {
    const { bus, log, config } = this.context;
    this.transport = new StreamTransport({
      bus, streams: { replicas: config.STREAM_REPLICAS, maxBytes: config.STREAM_MAX_MEGABYTES * 1024 ** 2 },
      consumers: this.assembly.consumers ?? [], answers: this.assembly.answers ?? [],
      log: (message, error) => log.warn({ err: error }, message),
    });
    this.app.connectMicroservice({ strategy: this.transport }, { inheritAppConfig: false });
    await this.app.startAllMicroservices();
  }

  private async haltedWithin(ms: number): Promise<boolean> {
    await pause(ms);
    return this.halted;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
