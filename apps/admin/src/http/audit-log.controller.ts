import { Controller, Get, Query } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IsInstant, ListQuery, decodeCursor, page, type Page } from '@signalbox/http-api';
import { IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { AuditStore } from '../store/audit-store.js';
import { AuditAnswer } from './answers.dto.js';

export class AuditLogQuery extends ListQuery {
  /** The id of a user or an API key. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(128)
  actor?: string;

  /** The word in the path: `integrations`, `api-keys` … */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(128)
  resource?: string;

  @IsOptional() @IsString() @MinLength(1) @MaxLength(128)
  resourceId?: string;

  /** `create`, `update`, `delete`, or a verb of the resource. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(128)
  action?: string;

  /** At or after. */
  @IsOptional() @IsInstant()
  since?: string;

  /** Before. */
  @IsOptional() @IsInstant()
  until?: string;
}

/** Who changed what, newest first. */
@Controller('api/v1/audit-log')
export class AuditLogController {
  constructor(private readonly audit: AuditStore) {}

  @Get()
  @Answers(AuditAnswer, 'page')
  @Requires({ resource: 'audit-log', action: 'read', role: 'admin' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, ...filter }: AuditLogQuery): Promise<Page<AuditAnswer>> {
    return page(await this.audit.list(identity.tenantId, filter, limit, decodeCursor(cursor)), limit, (entry) => ({ at: new Date(entry.at), id: entry.id }));
  }
}
