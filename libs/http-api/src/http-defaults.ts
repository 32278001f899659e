import type { INestApplication } from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { readBody } from './body.js';
import { EtagInterceptor } from './etag.js';
import { InputPipe } from './input-pipe.js';
import { ProblemFilter, type ProblemFilterOptions } from './problem-filter.js';
import { requestIds } from './request-ids.js';

/**
 * Everything that is the same for every operators' HTTP surface: request ids, security headers, bodies, validation, ETags,
 * problems. Call it before `app.init()`, on an app made with `bodyParser: false`. Guards and the
 * `IdempotencyInterceptor` are the service's own, listed in its module.
 */
export function applyHttpDefaults(app: INestApplication, options: ProblemFilterOptions): void {
  app.use(requestIds, securityHeaders(), revalidated, ...readBody());
  app.useGlobalFilters(new ProblemFilter(options));
  app.useGlobalPipes(new InputPipe());
  app.useGlobalInterceptors(new EtagInterceptor());
}

/**
 * Helmet with a policy that fits an API and the console beside it. Without `upgrade-insecure-requests`, which would break
 * a console that is served over plain HTTP inside a network.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"], 'img-src': ["'self'", 'data:'], 'style-src': ["'self'", "'unsafe-inline'"], 'object-src': ["'none'"],
        'base-uri': ["'none'"], 'form-action': ["'self'"], 'frame-ancestors': ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
  });
}

/** Answers belong to one caller and age at once: caches ask every time (and get a 304 by the ETag). */
function revalidated(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'private, no-cache');
  next();
}
