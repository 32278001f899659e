import type { Identity, IdentitySigner } from '@signalbox/access';
import type { Contract, DirectoryKind } from '@signalbox/contracts';
import type { Database, ServiceSchema } from '@signalbox/database';
import type { Bus } from '@signalbox/messaging';
import type { RunningService, ServiceDefinition } from '@signalbox/runtime';
import type { TObject } from '@sinclair/typebox';
import { randomBytes, randomUUID } from 'node:crypto';
import { freshDatabase, migrated } from './database.js';
import { eventually } from './eventually.js';
import { startNats, type Server } from './nats.js';

/** Who asks, unless told otherwise a new user with the role `admin`, and what they ask with. `replica` counts from 0. */
export interface Asked extends Partial<Identity> {
  readonly tenantId: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly replica?: number;
}

/** `body` is `{}` where the answer is no JSON. */
export interface Answered<B = Record<string, unknown>> { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: B }

/** Loaded when the first stage is set: many a spec that imports this lib needs none of them. */
async function house() {
  const [access, contracts, database, messaging, runtime] = await Promise.all([
    import('@signalbox/access'), import('@signalbox/contracts'), import('@signalbox/database'), import('@signalbox/messaging'), import('@signalbox/runtime'),
  ]);
  return { ...access, ...contracts, ...database, ...messaging, ...runtime };
}

type House = Awaited<ReturnType<typeof house>>;

/** A service as it runs, in one replica or more, with a NATS server and a migrated database of its own; and a way to talk to it as the front door does. */
export class Stage {
  readonly replicas: RunningService[] = [];

  private constructor(
    private readonly house: House, readonly service: string,
    private readonly begin: (settings: NodeJS.ProcessEnv) => Promise<RunningService>, private readonly signer: IdentitySigner,
    readonly nats: Server, readonly db: Database, readonly bus: Bus,
    /** What every replica is started with. */
    readonly settings: NodeJS.ProcessEnv,
  ) {}

  /**
   * Sets the stage; no replica runs yet. `settings` are those that this service needs beyond the common ones;
   * with `DATABASE_URL` among them (an empty database, as its owner) no fresh one is made.
   */
  static async set<S extends TObject>(service: ServiceDefinition<S>, schema: ServiceSchema, settings: NodeJS.ProcessEnv = {}): Promise<Stage> {
    const loaded = await house();
    const nats = await startNats();
    const url = settings.DATABASE_URL ?? (await freshDatabase()).url;
    await migrated(schema, url);
    const keys = loaded.newIdentityKeys();
    const signer = loaded.createIdentitySigner(loaded.pemFromEnv(keys.privateKey));
    return new Stage(
      loaded,
      service.name,
      (all) => loaded.startService(service, all),
      signer,
      nats,
      new loaded.Database({ url, schema: service.name }),
      new loaded.Bus({ servers: nats.url, name: 'test' }),
      {
        SERVICE_PORT: '0', BIND_ADDRESS: '127.0.0.1', NATS_URL: nats.url, DATABASE_URL: url, LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
        SIGNALBOX_MASTER_KEY: randomBytes(32).toString('base64'), IDENTITY_PUBLIC_KEY: keys.publicKey, ...settings,
      },
    );
  }

  /** Starts a replica (another one), and waits until it is ready. */
  async start(): Promise<RunningService> {
    const replica = await this.begin(this.settings);
    this.replicas.push(replica);
    await eventually(async () => (await fetch(`http://127.0.0.1:${replica.port}/readyz`)).status === 200, {
      withinMs: 15_000, describe: `${this.service} to be ready`,
    });
    return replica;
  }

  /** Ends a replica, as SIGTERM does: the newest one unless told. */
  async end(replica = this.replicas.at(-1)): Promise<void> {
    if (replica === undefined) return;
    this.replicas.splice(this.replicas.indexOf(replica), 1);
    await replica.stop();
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.splice(0).map((replica) => replica.stop()));
    await this.bus.close();
    await this.db.close();
    await this.nats.stop();
  }

  /** Where the first replica listens. */
  get url(): string {
    return this.urlOf(0);
  }

  /** The header by which the front door tells who asks. */
  async identity({
    tenantId, subject = { type: 'user', id: randomUUID(), name: 'Ada' }, role = 'admin', scopes = [], ...more
  }: Partial<Identity> & { tenantId: string }): Promise<Record<string, string>> {
    return { [this.house.IDENTITY_HEADER]: await this.signer.sign({ tenantId, subject, role, scopes, ...more }, this.service) };
  }

  async call<B = Record<string, unknown>>(method: string, path: string, { body, headers, replica = 0, ...identity }: Asked): Promise<Answered<B>> {
    const response = await fetch(`${this.urlOf(replica)}${path}`, {
      method, headers: { 'content-type': 'application/json', ...await this.identity(identity), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : {}) as B };
  }

  /**
   * Stands for the owner of a kind of directory entries: answers what `known` has by the key (as
   * much of an entry as the spec needs), `undefined` where there is none.
   */
  async answer(kind: DirectoryKind, known: (key: string) => object | undefined): Promise<void> {
    const connection = await this.bus.ready();
    connection.subscribe(this.house.questions.directory(kind), { callback: (_error, question) => {
      const { key } = JSON.parse(question.string()) as { key: string };
      const value = known(key);
      question.respond(JSON.stringify(value === undefined ? null : { kind, key, version: 1, value }));
    } });
    await connection.flush();
  }

  /** The messages of a contract's stream, oldest first; only those whose subject begins with `subject`. */
  async stored<T>(contract: Contract<T>, subject = ''): Promise<T[]> {
    const { streams } = await this.bus.manager();
    const { state } = await streams.info(contract.stream);
    const found: T[] = [];
    for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq += 1) {
      const message = await streams.getMessage(contract.stream, { seq }).catch(unlessGone);
      if (message?.subject.startsWith(subject) === true) found.push(contract.decode(message.data));
    }
    return found;
  }

  private urlOf(replica: number): string {
    const running = this.replicas[replica];
    if (running === undefined) throw new Error(`There is no replica ${replica}: await stage.start()`);
    return `http://127.0.0.1:${running.port}`;
  }
}

/** A queue has gaps where something was taken. */
function unlessGone(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== '404') throw error;
}
