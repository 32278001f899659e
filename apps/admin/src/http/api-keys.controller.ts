import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, ROLES, Requires, hasScope, isAtLeast, isScope, type Identity, type Role } from '@signalbox/access';
import { Answers, IdPipe, IsInstant, ListQuery, badRequest, decodeCursor, forbidden, notFound, page, unchangedSince, type Page } from '@signalbox/http-api';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import { ApiKeyStore } from '../store/api-key-store.js';
import { ApiKeyAnswer, NewApiKeyAnswer } from './answers.dto.js';

export class NewApiKeyBody {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** What it may do at most; by default the role of who makes it. The scopes narrow it. */
  @IsOptional() @IsIn(ROLES)
  role?: Role;

  /** `<resource>:read`, `<resource>:write`, `events:write`, `messages:write`, or `*` for everything. */
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(64) @ArrayUnique() @IsString({ each: true })
  scopes!: string[];

  @IsOptional() @IsInstant()
  expiresAt?: string;
}

@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeyStore) {}

  @Get()
  @Answers(ApiKeyAnswer, 'page')
  @Requires({ resource: 'api-keys', action: 'read', role: 'admin' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor }: ListQuery): Promise<Page<ApiKeyAnswer>> {
    return page(await this.apiKeys.list(identity.tenantId, limit, decodeCursor(cursor)), limit, (key) => ({ at: new Date(key.createdAt), id: key.id }));
  }

  @Get(':id')
  @Answers(ApiKeyAnswer)
  @Requires({ resource: 'api-keys', action: 'read', role: 'admin' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ApiKeyAnswer> {
    const key = await this.apiKeys.find(identity.tenantId, id);
    if (key === null) throw notFound('API key', id);
    return key;
  }

  /** Makes a key. It is shown in this answer only. */
  @Post()
  @Answers(NewApiKeyAnswer)
  @Requires({ resource: 'api-keys', action: 'write', role: 'admin' })
  create(@CurrentIdentity() identity: Identity, @Body() body: NewApiKeyBody): Promise<NewApiKeyAnswer> {
    const role = body.role ?? identity.role;
    checkScopes(body.scopes);
    requireNoMoreThanOwn(identity, role, body.scopes);
    return this.apiKeys.create(identity, { name: body.name, role, scopes: body.scopes, expiresAt: inFuture(body.expiresAt) });
  }

  /** Revokes a key: it stops working at once, everywhere. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'api-keys', action: 'write', role: 'admin' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await this.apiKeys.revoke(identity, id, unchangedSince(request)))) throw notFound('API key', id);
  }
}

function checkScopes(scopes: readonly string[]): void {
  const faults = scopes.flatMap((scope, index) =>
    (isScope(scope) ? [] : [{ path: `scopes[${index}]`, message: 'must be <resource>:read, <resource>:write or *' }]));
  if (faults.length > 0) throw badRequest(faults);
}

/** Nobody hands on more than they have. */
function requireNoMoreThanOwn(identity: Identity, role: Role, scopes: readonly string[]): void {
  if (!isAtLeast(identity.role, role)) throw forbidden(`A key of the role ${role} is more than your own role ${identity.role}.`);
  const more = identity.subject.type === 'api_key' ? scopes.filter((scope) => !hasScope(identity.scopes, scope)) : [];
  if (more.length > 0) throw forbidden(`Your API key does not have these scopes itself: ${more.join(', ')}.`);
}

function inFuture(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const at = new Date(text);
  if (!(at.getTime() > Date.now())) throw badRequest([{ path: 'expiresAt', message: 'must be in the future' }]);
  return at;
}
