import {
  type CanActivate, createParamDecorator, type ExecutionContext, ForbiddenException, Injectable, SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { allows, type Identity, type Requirement } from './authorisation.js';
import { IDENTITY_HEADER, IdentityTokenError, type IdentityVerifier } from './identity-token.js';

/** A request on which `IdentityGuard` has put who asks. */
export type IdentifiedRequest = IncomingMessage & { identity?: Identity };

/** Finds out who asks; nothing when the request has no credential of this kind, an error when it has a bad one. */
export type Authenticate = (request: IncomingMessage) => Promise<Identity | undefined>;

/** The way of every service behind the front door: the signed identity in `X-Signalbox-Identity`. */
export function identityHeader(verifier: IdentityVerifier, audience: string): Authenticate {
  return async (request) => {
    const token = request.headers[IDENTITY_HEADER];
    return typeof token === 'string' ? verifier.verify(token, audience) : undefined;
  };
}

const ACCESS = 'signalbox:access';
type Access = Requirement | 'public';

/** What an operation asks for: declared on every route, in sight of its code. */
export function Requires(requirement: Requirement) {
  return SetMetadata(ACCESS, requirement);
}

/** An operation for everybody: signing in, a link with its own token, health. */
export function Public() {
  return SetMetadata(ACCESS, 'public');
}

/** What a handler declared: a requirement, `public`, or nothing (which `RequiresGuard` refuses). For matrices and documents. */
export function accessOf(handler: object, controller: object): Access | undefined {
  return (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller)) as Access | undefined;
}

/** The part of an OpenAPI operation that access rules decide: no security for public ones, the rule itself for all others. */
export function openApiAccess(handler: object, controller: object): Record<string, unknown> {
  const access = accessOf(handler, controller);
  return access === 'public' ? { security: [] } : access === undefined ? {} : { 'x-signalbox-requires': access };
}

/** Puts the identity on the request, or answers 401. Register it globally, before `RequiresGuard`. */
@Injectable()
export class IdentityGuard implements CanActivate {
  constructor(private readonly authenticate: Authenticate) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (accessOf(context.getHandler(), context.getClass()) === 'public') return true;
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    request.identity = await this.authenticate(request).catch((error: unknown) => {
      if (error instanceof IdentityTokenError) throw unauthorised(`The identity is not valid: ${error.reason.replace('_', ' ')}.`);
      throw error;
    });
    if (request.identity === undefined) throw unauthorised('This operation needs a session or an API key (Authorization: Bearer sk_live_…).');
    return true;
  }
}

/** Answers 403 unless the identity meets what the route declares; a route that declares nothing is refused to all. */
@Injectable()
export class RequiresGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(context.getHandler(), context.getClass());
    if (access === 'public') return true;
    if (access === undefined) throw forbidden('This operation declares no access rule, so nobody may use it.');
    const { identity } = context.switchToHttp().getRequest<IdentifiedRequest>();
    if (identity !== undefined && allows(identity, access)) return true;
    const scope = identity?.subject.type === 'api_key' ? ` and the scope ${access.resource}:${access.action}` : '';
    throw forbidden(access.role === 'platform' ? `This needs a platform operator${scope}.` : `This needs the role ${access.role}${scope}.`);
  }
}

/** The identity of the request, as a handler's parameter. On a public route there is none: 401. */
export const CurrentIdentity = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const { identity } = context.switchToHttp().getRequest<IdentifiedRequest>();
  if (identity === undefined) throw unauthorised('This operation needs a session or an API key.');
  return identity;
});

function unauthorised(detail: string): UnauthorizedException {
  return new UnauthorizedException({ slug: 'unauthorized', detail });
}

function forbidden(detail: string): ForbiddenException {
  return new ForbiddenException({ slug: 'forbidden', detail });
}
