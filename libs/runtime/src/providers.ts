import type { Provider } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { IdentityGuard, RequiresGuard, createIdentityVerifier, identityHeader, pemFromEnv, type Authenticate } from '@signalbox/access';
import { IdempotencyInterceptor, pgIdempotencyStore } from '@signalbox/http-api';
import type { HouseConfig } from './config.js';
import type { ServiceContext } from './service.js';

const PURGE_EVERY_MS = 3_600_000;

/**
 * What guards every route of a service: who asks (by default the identity that admin signed), whether they may (`@Requires` on
 * the route), and whether this POST has been answered before (`Idempotency-Key`).
 */
export function houseProviders(context: ServiceContext<HouseConfig>, authenticate?: Authenticate): Provider[] {
  const whoAsks = authenticate ?? identityHeader(createIdentityVerifier(pemFromEnv(context.config.IDENTITY_PUBLIC_KEY)), context.name);
  const answered = pgIdempotencyStore(context.db, context.name, context.box);
  const purging = setInterval(() => void answered.purge().catch((error: unknown) => context.log.warn({ err: error }, 'old idempotency keys stay for another hour')), PURGE_EVERY_MS);
  purging.unref();
  return [
    { provide: 'purging of idempotency keys', useValue: { onModuleDestroy: () => clearInterval(purging) } },
    { provide: APP_GUARD, useValue: new IdentityGuard(whoAsks) },
    { provide: APP_GUARD, useClass: RequiresGuard },
    { provide: APP_INTERCEPTOR, useValue: new IdempotencyInterceptor({ store: answered, logger: context.log }) },
  ];
}
