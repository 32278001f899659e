import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, ROLES, Requires, type Identity, type Role } from '@signalbox/access';
import { Answers, IdPipe, IsTimeZoneName, ListQuery, conflict, decodeCursor, notFound, page, unchangedSince, type Page } from '@signalbox/http-api';
import { IsEmail, IsIn, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import { MembershipError, UserStore } from '../store/user-store.js';
import { UserAnswer } from './answers.dto.js';

export class UserListQuery extends ListQuery {
  @IsOptional() @IsString() @MaxLength(254)
  email?: string;
}

export class NewUser {
  @IsEmail({ require_tld: false }) @MaxLength(254)
  email!: string;

  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** Kept as an argon2id hash. */
  @IsString() @MinLength(8) @MaxLength(256)
  password!: string;

  @IsIn(ROLES)
  role!: Role;

  /** UTC unless told. */
  @IsOptional() @IsTimeZoneName()
  timeZone?: string;
}

export class UserChange {
  @IsOptional() @IsIn(ROLES)
  role?: Role;

  /** Of the account; once it belongs to another tenant too, its owner's alone to change (PUT /api/v1/session/time-zone). */
  @IsOptional() @IsTimeZoneName()
  timeZone?: string;
}

/** The people of a tenant. */
@Controller('api/v1/users')
export class UsersController {
  constructor(private readonly users: UserStore) {}

  @Get()
  @Answers(UserAnswer, 'page')
  @Requires({ resource: 'users', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, email }: UserListQuery): Promise<Page<UserAnswer>> {
    const rows = await this.users.list(identity.tenantId, { email }, limit, decodeCursor(cursor));
    return page(rows, limit, (user) => ({ at: new Date(user.createdAt), id: user.id }));
  }

  @Get(':id')
  @Answers(UserAnswer)
  @Requires({ resource: 'users', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<UserAnswer> {
    return found(await this.users.find(identity.tenantId, id), id);
  }

  @Post()
  @Answers(UserAnswer)
  @Requires({ resource: 'users', action: 'write', role: 'admin' })
  create(@CurrentIdentity() identity: Identity, @Body() body: NewUser): Promise<UserAnswer> {
    return explained(this.users.create(identity, { ...body, timeZone: body.timeZone ?? 'UTC' }));
  }

  /** Another role in this tenant, which counts from the next request on, or another time zone. */
  @Patch(':id')
  @Answers(UserAnswer)
  @Requires({ resource: 'users', action: 'write', role: 'admin' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: UserChange,
    @Req() request: IncomingMessage,
  ): Promise<UserAnswer> {
    return found(await explained(this.users.update(identity, id, body, unchangedSince(request))), id);
  }

  /** Takes a user out of this tenant. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'users', action: 'write', role: 'admin' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await explained(this.users.remove(identity, id, unchangedSince(request))))) throw notFound('user', id);
  }
}

function found<T>(user: T | null, id: string): T {
  if (user === null) throw notFound('user', id);
  return user;
}

const REASONS: Readonly<Record<MembershipError['reason'], string>> = {
  already_member: 'A user with this e-mail address belongs to the tenant already: change their role instead.',
  account_elsewhere: 'An account with this e-mail address exists outside this tenant: only a platform operator can add it.',
  account_shared: 'This account belongs to other tenants too: only its owner or a platform operator can change its time zone.',
  last_admin: 'This is the last administrator of the tenant: make somebody else one first.',
};

function explained<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof MembershipError) throw conflict(REASONS[error.reason], error.reason.replaceAll('_', '-'));
    throw error;
  });
}
