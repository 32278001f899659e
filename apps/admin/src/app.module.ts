import type { DynamicModule, Provider } from '@nestjs/common';
import { createIdentitySigner, pemFromEnv } from '@signalbox/access';
import { AUDIT, questions, type DirectoryQuestion } from '@signalbox/contracts';
import { PartitionLeases } from '@signalbox/database';
import { Bus, LogReader } from '@signalbox/messaging';
import { houseProviders, type Assembly, type Background, type HouseConfig, type ServiceContext, type ServiceDefinition } from '@signalbox/runtime';
import { readFileSync } from 'node:fs';
import { settings, type AdminSettings } from './config.js';
import { AuditConsumer } from './consumers/audit-consumer.js';
import { Doorkeeper } from './front-door/doorkeeper.js';
import { frontDoor } from './front-door/front.js';
import { PassThrough } from './front-door/pass-through.js';
import { SignIn, type SignInOutcome } from './front-door/sign-in.js';
import { ApiKeysController } from './http/api-keys.controller.js';
import { AuditLogController } from './http/audit-log.controller.js';
import { ApiDocument, DocumentsController } from './http/documents.controller.js';
import { SessionController, SessionOptions } from './http/session.controller.js';
import { TeamsController } from './http/teams.controller.js';
import { TenantsController } from './http/tenants.controller.js';
import { TraceController } from './http/trace.controller.js';
import { UsersController } from './http/users.controller.js';
import { AnnouncedChange } from './store/announced-change.js';
import { ApiKeyStore } from './store/api-key-store.js';
import { AuditStore } from './store/audit-store.js';
import { bootstrap } from './store/bootstrap.js';
import { keyEntry, memberEntry, reconcile, teamEntry, tenantEntry } from './store/directory.js';
import { SessionStore } from './store/session-store.js';
import { SignInAttempts } from './store/sign-in-attempts.js';
import { TeamStore } from './store/team-store.js';
import { TenantStore } from './store/tenant-store.js';
import { UserStore } from './store/user-store.js';

class AdminModule {}

type Config = HouseConfig & AdminSettings;

/** What `requests.admin.session` asks: who a cookie speaks for, in the named tenant or else the first one. */
interface SessionQuestion { readonly cookieToken: string; readonly tenantId?: string }

/** The only wiring of this service: the front door, and what it serves itself. */
export function assemble(context: ServiceContext<Config>): Assembly {
  const { bus, db, relay, config, log, metrics } = context;
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const changes = new AnnouncedChange(db, relay);
  const sessions = new SessionStore(db);
  const apiKeys = new ApiKeyStore(db, changes);
  const audit = new AuditStore(db);
  const attempts = new SignInAttempts(db);
  const signIns = metrics.counter('sign_ins_total', 'attempts to sign in by outcome', ['outcome']);
  const doorkeeper = new Doorkeeper(sessions, apiKeys, config.TRUSTED_PROXIES);
  const passThrough = new PassThrough(config.UPSTREAM_TIMEOUT_MS);
  const providers: Provider[] = [
    ...houseProviders(context, (request) => doorkeeper.identify(request)),
    { provide: SignIn, useValue: new SignIn(sessions, attempts, changes, (outcome: SignInOutcome) => signIns.inc({ outcome })) },
    { provide: SessionStore, useValue: sessions }, { provide: ApiKeyStore, useValue: apiKeys }, { provide: AuditStore, useValue: audit },
    { provide: UserStore, useValue: new UserStore(db, changes) }, { provide: TeamStore, useValue: new TeamStore(db, changes) },
    { provide: TenantStore, useValue: new TenantStore(db, changes) }, { provide: Bus, useValue: bus },
    { provide: SessionOptions, useValue: new SessionOptions(config.PUBLIC_ADMIN_URL.startsWith('https:'), config.TRUSTED_PROXIES) },
    { provide: ApiDocument, useValue: apiDocument(config) },
  ];
  return {
    module: nestModule(providers),
    front: frontDoor({
      doorkeeper, signer: createIdentitySigner(pemFromEnv(config.IDENTITY_PRIVATE_KEY)), passThrough, metrics, log,
      urls: {
        ingest: config.INGEST_URL, incidents: config.INCIDENTS_URL,
        notifications: config.NOTIFICATIONS_URL, delivery: config.DELIVERY_URL, ops: config.OPS_URL,
      },
    }),
    closing: () => passThrough.endStreams(),
    consumers: [new LogReader({
      bus, contract: AUDIT, leases: new PartitionLeases(db, 'audit', 1),
      handler: new AuditConsumer(db, audit, warn), maxBatch: 500, log: warn,
    })],
    background: [
      { name: 'bootstrap', start: () => firstTenant(context, changes), stop: () => undefined },
      // Whatever the directory lost or never got is pushed again; the relay drops what is not newer.
      { name: 'directory', start: () => reconcile(db), stop: () => undefined },
      every(600_000, 'old sessions', async () => { await sessions.purge(); await attempts.purge(); }, warn),
      { name: 'front door', start: () => undefined, stop: () => passThrough.close() },
    ],
    answers: [
      { subject: questions.directory('api-keys'), answer: (question) => keyEntry(db, question as DirectoryQuestion) },
      { subject: questions.directory('tenants'), answer: (question) => tenantEntry(db, question as DirectoryQuestion) },
      { subject: questions.directory('members'), answer: (question) => memberEntry(db, question as DirectoryQuestion) },
      { subject: questions.directory('teams'), answer: (question) => teamEntry(db, question as DirectoryQuestion) },
      {
        subject: questions.session,
        answer: (question) => doorkeeper.identityOfToken((question as SessionQuestion).cookieToken, (question as SessionQuestion).tenantId),
      },
    ],
  };
}

function nestModule(providers: Provider[]): DynamicModule {
  return {
    module: AdminModule,
    controllers: [
      SessionController, TenantsController, UsersController, TeamsController,
      ApiKeysController, AuditLogController, TraceController, DocumentsController,
    ],
    providers,
  };
}

async function firstTenant({ config, db, log }: ServiceContext<Config>, changes: AnnouncedChange): Promise<void> {
  const { BOOTSTRAP_EMAIL: email, BOOTSTRAP_PASSWORD: password, BOOTSTRAP_TENANT: tenant } = config;
  if (email === undefined || password === undefined || tenant === undefined) return;
  if (await bootstrap(db, changes, { email, password, tenant })) log.info({ tenant, email }, 'made the first tenant and its administrator');
}

function apiDocument({ OPENAPI_FILE: file }: Config): ApiDocument {
  return new ApiDocument(file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8')) as object);
}

function every(ms: number, name: string, work: () => Promise<void>, warn: (message: string, error: unknown) => void): Background {
  const timer = { id: undefined as NodeJS.Timeout | undefined };
  const later = (error: unknown): void => warn(`${name}: could not be cleared away; it is tried again later`, error);
  return {
    name,
    start: () => { timer.id = setInterval(() => void work().catch(later), ms).unref(); },
    stop: () => clearInterval(timer.id),
  };
}

export const service: ServiceDefinition<typeof settings> = { name: 'admin', settings, assemble };
