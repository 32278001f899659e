import type { Provider } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { IdentityGuard, RequiresGuard, createIdentityVerifier, identityHeader, pemFromEnv, type Authenticate } from '@signalbox/access';
import { Database } from '@signalbox/database';
import { IdempotencyInterceptor, pgIdempotencyStore } from '@signalbox/http-api';
import type { HouseConfig } from './config.js';
import type { ServiceContext } from './service.js';

const PURGE_EVERY_MS = 3_600_000;
/** Of what says that requests are being worked on: what takes longer comes too late. */
const BEAT_WITHIN_MS = 1_000;

/**
 * What guards every route of a service: who asks (by default the identity that admin signed), whether they may (`@Requires` on
 * the route), and whether this POST has been answered before (`Idempotency-Key`).
 */
export function houseProviders(context: ServiceContext<HouseConfig>, authenticate?: Authenticate): Provider[] {
  const whoAsks = authenticate ?? identityHeader(createIdentityVerifier(pemFromEnv(context.config.IDENTITY_PUBLIC_KEY)), context.name);
  const beats = new Database({ url: context.config.DATABASE_URL, schema: context.name, poolSize: 1, statementTimeoutMs: BEAT_WITHIN_MS });
  const answered = pgIdempotencyStore({ db: context.db, beats, schema: context.name, box: context.box });
  const purging = setInterval(
    () => void answered.purge().catch((error: unknown) => context.log.warn({ err: error }, 'old idempotency keys stay for another hour')),
    PURGE_EVERY_MS,
  );
  purging.unref();
  return [
    { provide: 'upkeep of idempotency keys', useValue: { onModuleDestroy: () => { clearInterval(purging); return beats.close(); } } },
    { provide: APP_GUARD, useValue: new IdentityGuard(whoAsks) },
    { provide: APP_GUARD, useClass: RequiresGuard },
    { provide: APP_INTERCEPTOR, useValue: new IdempotencyInterceptor({ store: answered, logger: context.log }) },
  ];
}
