import { Body, Controller, Delete, Get, HttpCode, Post, Put, Req, Res } from '@nestjs/common';
import { CurrentIdentity, Public, Requires, type Identity } from '@signalbox/access';
import { AlsoAnswers, Answers, IsTimeZoneName, addressOf, badRequest, forbidden, notFound, type TracedRequest } from '@signalbox/http-api';
import { IsString, MaxLength, MinLength } from 'class-validator';
import type { ServerResponse } from 'node:http';
import { sessionCookie, sessionToken } from '../front-door/cookie.js';
import { identityOf } from '../front-door/doorkeeper.js';
import { SignIn } from '../front-door/sign-in.js';
import { SessionStore, type SessionUser } from '../store/session-store.js';
import { TenantStore } from '../store/tenant-store.js';
import { UserStore } from '../store/user-store.js';
import { SessionAnswer, UserAnswer } from './answers.dto.js';

export class SignInBody {
  @IsString() @MinLength(3) @MaxLength(254)
  email!: string;

  @IsString() @MinLength(1) @MaxLength(256)
  password!: string;
}

export class PasswordChange {
  @IsString() @MinLength(1) @MaxLength(256)
  currentPassword!: string;

  @IsString() @MinLength(8) @MaxLength(256)
  newPassword!: string;
}

export class TimeZoneChange {
  @IsTimeZoneName()
  timeZone!: string;
}

/** Settings of this controller. */
export class SessionOptions {
  constructor(readonly secureCookie: boolean, readonly trustedProxies: number) {}
}

@Controller('api/v1/session')
export class SessionController {
  constructor(
    private readonly signIn: SignIn, private readonly sessions: SessionStore, private readonly users: UserStore, private readonly tenants: TenantStore,
    private readonly options: SessionOptions,
  ) {}

  /** Signs in: the answer sets the session's cookie. */
  @Post()
  @HttpCode(200)
  @Answers(SessionAnswer)
  @AlsoAnswers(401)
  @AlsoAnswers(403)
  @AlsoAnswers(429)
  @Public()
  async create(@Body() body: SignInBody, @Req() request: TracedRequest, @Res({ passthrough: true }) response: ServerResponse): Promise<SessionAnswer> {
    const origin = { ip: addressOf(request, this.options.trustedProxies), userAgent: request.headers['user-agent'], requestId: request.id };
    const { token, user } = await this.signIn.signIn(body, origin);
    const earlier = sessionToken(request.headers);
    if (earlier !== undefined) await this.sessions.end(earlier);
    response.setHeader('Set-Cookie', sessionCookie(token, this.options.secureCookie));
    return shown(user, identityOf(user, undefined)!);
  }

  /** Who is signed in, where, and as what. For an API key: what it is. */
  @Get()
  @Answers(SessionAnswer)
  @Requires({ resource: 'session', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Req() request: TracedRequest): Promise<SessionAnswer> {
    const token = identity.subject.type === 'user' ? sessionToken(request.headers) : undefined;
    const user = token === undefined ? undefined : await this.sessions.find(token);
    if (user !== undefined) return shown(user, identity);
    const tenant = await this.tenants.find(identity.tenantId);
    const { tenantId, role, scopes, subject } = identity;
    return {
      user: null, apiKey: { id: subject.id, name: subject.name, scopes }, tenantId, role,
      tenants: tenant === null ? [] : [{ id: tenant.id, name: tenant.name, role }],
    };
  }

  /** Changes one's own password; every other session of the account ends. */
  @Put('password')
  @HttpCode(204)
  @AlsoAnswers(429)
  @Requires({ resource: 'session', action: 'write', role: 'viewer' })
  async changePassword(@CurrentIdentity() identity: Identity, @Body() body: PasswordChange, @Req() request: TracedRequest): Promise<void> {
    const token = identity.subject.type === 'user' ? sessionToken(request.headers) : undefined;
    const user = token === undefined ? undefined : await this.sessions.find(token);
    if (token === undefined || user === undefined) throw forbidden('Only a user who is signed in has a password to change.');
    if (await this.signIn.changePassword(identity, token, { email: user.email, password: body.currentPassword }, body.newPassword)) return;
    throw badRequest([{ path: 'currentPassword', message: 'is not your password' }]);
  }

  /** Changes one's own time zone, in all tenants of the account. */
  @Put('time-zone')
  @Answers(UserAnswer)
  @Requires({ resource: 'session', action: 'write', role: 'viewer' })
  async changeTimeZone(@CurrentIdentity() identity: Identity, @Body() { timeZone }: TimeZoneChange): Promise<UserAnswer> {
    if (identity.subject.type !== 'user') throw forbidden('Only a user who is signed in has a time zone to change.');
    const user = await this.users.update(identity, identity.subject.id, { timeZone }, () => undefined);
    if (user === null) throw notFound('user', identity.subject.id);
    return user;
  }

  /** Signs out: the session ends here and on the server. */
  @Delete()
  @HttpCode(204)
  @Requires({ resource: 'session', action: 'write', role: 'viewer' })
  async remove(@Req() request: TracedRequest, @Res({ passthrough: true }) response: ServerResponse): Promise<void> {
    const token = request.headers.authorization === undefined ? sessionToken(request.headers) : undefined;
    if (token !== undefined) await this.sessions.end(token);
    response.setHeader('Set-Cookie', sessionCookie(undefined, this.options.secureCookie));
  }
}

function shown(user: SessionUser, { tenantId, role }: Identity): SessionAnswer {
  return {
    user: { id: user.id, email: user.email, name: user.name, timeZone: user.timeZone, platformOperator: user.platform }, tenantId, role,
    tenants: user.memberships.map((membership) => ({ id: membership.tenantId, name: membership.tenantName, role: membership.role })),
  };
}
