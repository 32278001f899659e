import { Body, Controller, Get, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { isUniqueViolation } from '@signalbox/database';
import { Answers, IdPipe, ListQuery, conflict, decodeCursor, etagOf, notFound, page, requireMatch, type Page } from '@signalbox/http-api';
import { IsBoolean, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import { TenantStore } from '../store/tenant-store.js';
import { TenantAnswer } from './answers.dto.js';

export class NewTenant {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;
}

export class TenantChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  /** False: nobody of it can sign in, and its API keys and integrations stop working. */
  @IsOptional() @IsBoolean()
  enabled?: boolean;
}

/** The tenants of the platform: for its operators. */
@Controller('api/v1/tenants')
export class TenantsController {
  constructor(private readonly tenants: TenantStore) {}

  @Get()
  @Answers(TenantAnswer, 'page')
  @Requires({ resource: 'tenants', action: 'read', role: 'platform' })
  async list(@Query() { limit, cursor }: ListQuery): Promise<Page<TenantAnswer>> {
    return page(await this.tenants.list(limit, decodeCursor(cursor)), limit, (tenant) => ({ at: new Date(tenant.createdAt), id: tenant.id }));
  }

  @Get(':id')
  @Answers(TenantAnswer)
  @Requires({ resource: 'tenants', action: 'read', role: 'platform' })
  async read(@Param('id', IdPipe) id: string): Promise<TenantAnswer> {
    return found(await this.tenants.find(id), id);
  }

  @Post()
  @Answers(TenantAnswer)
  @Requires({ resource: 'tenants', action: 'write', role: 'platform' })
  create(@CurrentIdentity() identity: Identity, @Body() { name }: NewTenant): Promise<TenantAnswer> {
    return named(name, this.tenants.create(identity, name));
  }

  @Patch(':id')
  @Answers(TenantAnswer)
  @Requires({ resource: 'tenants', action: 'write', role: 'platform' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: TenantChange,
    @Req() request: IncomingMessage,
  ): Promise<TenantAnswer> {
    if (body.enabled === false && id === identity.tenantId) throw conflict('You are working in this tenant: disable it from another one.');
    const tenant = await named(body.name ?? '', this.tenants.update(identity, id, (before) => {
      requireMatch(request, etagOf(before.version));
      return { name: body.name ?? before.name, enabled: body.enabled ?? before.enabled };
    }));
    return found(tenant, id);
  }
}

function found<T>(tenant: T | null, id: string): T {
  if (tenant === null) throw notFound('tenant', id);
  return tenant;
}

function named<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (isUniqueViolation(error, 'tenants_name')) throw conflict(`There is a tenant named '${name}' already: choose another name.`);
    throw error;
  });
}
