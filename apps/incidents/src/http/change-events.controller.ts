import { Controller, Get, Query } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IsInstant, ListQuery, page, type Page } from '@signalbox/http-api';
import { IsOptional, IsUUID } from 'class-validator';
import { ChangeStore } from '../store/change-store.js';
import { ChangeEventAnswer } from './answers.dto.js';
import { placeOf } from './incidents.controller.js';

export class ChangeEventListQuery extends ListQuery {
  @IsOptional() @IsUUID()
  serviceId?: string;

  /** Happened at or after. */
  @IsOptional() @IsInstant()
  since?: string;

  /** Happened before. */
  @IsOptional() @IsInstant()
  until?: string;
}

@Controller('api/v1/change-events')
export class ChangeEventsController {
  constructor(private readonly changes: ChangeStore) {}

  /** What was changed (deployments, settings), newest first. Kept for 90 days. */
  @Get()
  @Answers(ChangeEventAnswer, 'page')
  @Requires({ resource: 'change-events', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, ...filter }: ChangeEventListQuery): Promise<Page<ChangeEventAnswer>> {
    const rows = await this.changes.list(identity.tenantId, filter, limit, placeOf(cursor));
    return page(rows, limit, (row) => ({ at: new Date(row.at), id: row.id }));
  }
}
