import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, auditMessage, type Identity } from '@signalbox/access';
import { ResourceStore, isForeignKeyViolation, isUniqueViolation, type OutboxMessage } from '@signalbox/database';
import {
  Answers, IdPipe, ListQuery, Nullable, badRequest, conflict, decodeCursor, etagOf, notFound, page, requireMatch, unchangedSince,
  type Page,
} from '@signalbox/http-api';
import { ReadModel, directoryMessage } from '@signalbox/messaging';
import { IsOptional, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import { driverError } from '../rules/http/rule-resource.js';
import { ServiceSettings } from '../rules/http/service-settings.dto.js';
import { NO_POLICY, SettingsOfServices, shownSettings } from '../rules/http/service-settings.js';
import { ServiceEntity } from '../store/service.entity.js';
import { ServiceAnswer } from './answers.dto.js';

export class NewService extends ServiceSettings {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  @IsOptional() @IsString() @MaxLength(2000)
  description?: string;

  /** The team that answers for it. */
  @IsOptional() @Nullable() @IsUUID()
  teamId?: string | null;
}

export class ServiceChange extends ServiceSettings {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsString() @MaxLength(2000)
  description?: string;

  /** The team that answers for it; null for none. */
  @IsOptional() @Nullable() @IsUUID()
  teamId?: string | null;
}

@Controller('api/v1/services')
export class ServicesController {
  constructor(
    private readonly services: ResourceStore<ServiceEntity>,
    private readonly teams: ReadModel<'teams'>,
    private readonly settings: SettingsOfServices,
  ) {}

  @Get()
  @Answers(ServiceAnswer, 'page')
  @Requires({ resource: 'services', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor }: ListQuery): Promise<Page<ServiceAnswer>> {
    const place = decodeCursor(cursor);
    const after = place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } };
    const rows = await this.services.list(identity.tenantId, { limit, ...after });
    return page(rows.map(shown), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':id')
  @Answers(ServiceAnswer)
  @Requires({ resource: 'services', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ServiceAnswer> {
    return shown(found(await this.services.find(identity.tenantId, id), id));
  }

  @Post()
  @Answers(ServiceAnswer)
  @Requires({ resource: 'services', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() { name, description, teamId, ...settings }: NewService): Promise<ServiceAnswer> {
    const columns = { teamId: await this.ownTeam(identity, teamId ?? null), ...NO_SETTINGS, ...await this.settings.columnsOf(identity.tenantId, settings) };
    return shown(await named(name, this.services.create(identity.tenantId, { name, description: description ?? null, ...columns }, announce(identity))));
  }

  @Patch(':id')
  @Answers(ServiceAnswer)
  @Requires({ resource: 'services', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() { name, description, teamId, ...settings }: ServiceChange,
    @Req() request: IncomingMessage,
  ): Promise<ServiceAnswer> {
    const columns = {
      ...(teamId === undefined ? {} : { teamId: await this.ownTeam(identity, teamId) }),
      ...await this.settings.columnsOf(identity.tenantId, settings, id),
    };
    const edit = (row: ServiceEntity): void => {
      requireMatch(request, etagOf(row.version));
      if (name !== undefined) row.name = name;
      if (description !== undefined) row.description = description;
      Object.assign(row, columns);
    };
    return shown(found(await named(name ?? '', this.services.update(identity.tenantId, id, edit, announce(identity))), id));
  }

  /** Its incidents stay; events that still come for it open incidents of a deleted service. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'services', action: 'write', role: 'admin' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await this.services.remove(identity.tenantId, id, unchangedSince(request), announce(identity)))) throw notFound('service', id);
  }

  private async ownTeam({ tenantId }: Identity, id: string | null): Promise<string | null> {
    if (id === null) return null;
    const team = await this.teams.find(id.toLowerCase());
    if (team?.tenantId !== tenantId) throw badRequest([{ path: 'teamId', message: 'is not the id of a team of yours' }]);
    return team.id;
  }
}

const NO_SETTINGS = {
  policyId: null, urgency: null, sla: null,
  autoResolveSeconds: null, reopenSeconds: null, stormPerMinute: null, flapping: null,
  dependsOn: [], runbookUrl: null,
} satisfies Partial<ServiceEntity>;

function shown(row: ServiceEntity) {
  return {
    id: row.id, name: row.name, description: row.description, teamId: row.teamId, ...shownSettings(row), version: row.version,
    createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
  };
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('service', id);
  return row;
}

/** A change of a service tells the directory (who needs its name) and the audit log. */
function announce(identity: Identity) {
  return (before: ServiceEntity | undefined, after: ServiceEntity | undefined): OutboxMessage[] => {
    const { id, version, tenantId } = (after ?? before)!;
    const value = after === undefined ? null : { id, tenantId, name: after.name };
    return [
      directoryMessage('services', id, after === undefined ? version + 1 : version, value),
      auditMessage(identity, {
        action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update', resource: 'services', resourceId: id,
        before: before === undefined ? null : shown(before), after: after === undefined ? null : shown(after),
      }),
    ];
  };
}

function named<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const cause = driverError(error);
    if (isForeignKeyViolation(cause)) throw badRequest([NO_POLICY]);
    if (isUniqueViolation(cause)) throw conflict(`There is a service named '${name}' already: choose another name.`);
    throw error;
  });
}
