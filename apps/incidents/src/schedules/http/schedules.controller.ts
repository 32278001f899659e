import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { isUniqueViolation } from '@signalbox/database';
import {
  Answers, IdPipe, ListQuery, badRequest, conflict, decodeCursor, etagOf, notFound, page, requireMatch, unchangedSince,
  type Page,
} from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import { layerFaults } from '../domain/faults.js';
import type { Layer } from '../domain/schedule.js';
import { People } from '../people.js';
import type { ScheduleEntity } from '../store/schedule.entity.js';
import { ScheduleStore } from '../store/schedule-store.js';
import { FinalAnswer, ScheduleAnswer } from './answers.dto.js';
import { audited } from './announce.js';
import { NewSchedule, ScheduleChange, SchedulePreview, type ScheduleLayer } from './schedules.dto.js';
import { finalAnswer, windowOf } from './windows.js';

@Controller('api/v1/schedules')
export class SchedulesController {
  constructor(private readonly store: ScheduleStore, private readonly people: People) {}

  @Get()
  @Answers(ScheduleAnswer, 'page')
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor }: ListQuery): Promise<Page<ScheduleAnswer>> {
    return page((await schedulesPage(this.store, identity, limit, cursor)).map(shown), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':id')
  @Answers(ScheduleAnswer)
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ScheduleAnswer> {
    return shown(await requiredSchedule(this.store, identity, id));
  }

  @Post()
  @Answers(ScheduleAnswer)
  @Requires({ resource: 'schedules', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewSchedule): Promise<ScheduleAnswer> {
    const layers = await this.checkedLayers(identity, body.layers ?? [], body.timeZone);
    const teamId = await this.checkedTeam(identity, body.teamId);
    const fields = { name: body.name, timeZone: body.timeZone, description: body.description ?? null, teamId, layers };
    return shown(await named(body.name, this.store.schedules.create(identity.tenantId, fields, audited(identity, 'schedules', shown))));
  }

  /** Who would be on call by a schedule that is not stored. */
  @Post('preview')
  @HttpCode(200)
  @Answers(FinalAnswer)
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async preview(@CurrentIdentity() identity: Identity, @Body() { timeZone, layers, ...asked }: SchedulePreview): Promise<FinalAnswer> {
    const window = windowOf(asked, timeZone, new Date());
    const schedule = { timeZone, layers: await this.checkedLayers(identity, layers, timeZone) };
    return finalAnswer(await this.store.preview(identity.tenantId, schedule, window.from, window.to), window, this.people, identity.tenantId);
  }

  @Patch(':id')
  @Answers(ScheduleAnswer)
  @Requires({ resource: 'schedules', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: ScheduleChange,
    @Req() request: IncomingMessage,
  ): Promise<ScheduleAnswer> {
    const before = await requiredSchedule(this.store, identity, id);
    const layers = given(body.layers) ? await this.checkedLayers(identity, body.layers, body.timeZone ?? before.timeZone) : undefined;
    const teamId = await this.checkedTeam(identity, body.teamId);
    const edit = (row: ScheduleEntity): void => {
      requireMatch(request, etagOf(row.version));
      if (given(body.name)) row.name = body.name;
      if (given(body.timeZone)) row.timeZone = body.timeZone;
      if (body.description !== undefined) row.description = body.description;
      if (body.teamId !== undefined) row.teamId = teamId;
      if (layers !== undefined) row.layers = layers;
      requireLayers(row.layers, row.timeZone);
    };
    const updated = this.store.schedules.update(identity.tenantId, id, edit, audited(identity, 'schedules', shown));
    return shown(found(await named(body.name ?? before.name, updated), id));
  }

  /** Its overrides and calendar links go with it. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'schedules', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    const removed = await this.store.schedules.remove(identity.tenantId, id, unchangedSince(request), audited(identity, 'schedules', shown));
    if (!removed) throw notFound('schedule', id);
  }

  private async checkedLayers({ tenantId }: Identity, given: readonly ScheduleLayer[], timeZone: string): Promise<Layer[]> {
    const layers = given.map(layerOf);
    requireLayers(layers, timeZone);
    const usersByPath = layers.flatMap(({ users }, index) => users.map((user, place) => [`layers[${index}].users[${place}]`, user]));
    await this.people.requireUsers(tenantId, Object.fromEntries(usersByPath));
    return layers;
  }

  private async checkedTeam({ tenantId }: Identity, teamId: string | null | undefined): Promise<string | null> {
    if (!given(teamId)) return null;
    await this.people.requireTeam(tenantId, 'teamId', teamId.toLowerCase());
    return teamId.toLowerCase();
  }
}

/** A page of a tenant's schedules, one row more than asked when there is a next one. */
export function schedulesPage(store: ScheduleStore, { tenantId }: Identity, limit: number, cursor: string | undefined): Promise<ScheduleEntity[]> {
  const place = decodeCursor(cursor);
  return store.schedules.list(tenantId, { limit, ...(place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } }) });
}

/** A tenant's schedule, or 404. */
export async function requiredSchedule(store: ScheduleStore, { tenantId }: Identity, id: string): Promise<ScheduleEntity> {
  return found(await store.schedules.find(tenantId, id), id);
}

function layerOf({ id, name, users, rotation, startsAt, endsAt, restrictions }: ScheduleLayer): Layer {
  const { type, length, handOffTime, handOffWeekday } = rotation;
  return {
    id: id ?? newId(), name, users: users.map((user) => user.toLowerCase()), startsAt, ...(given(endsAt) ? { endsAt } : {}),
    rotation: { type, length, handOffTime, ...(given(handOffWeekday) ? { handOffWeekday } : {}) },
    restrictions: (restrictions ?? []).map(({ weekdays, from, to }) => ({ ...(given(weekdays) ? { weekdays } : {}), from, to })),
  };
}

function requireLayers(layers: readonly Layer[], timeZone: string): void {
  const faults = layerFaults(layers, timeZone);
  if (faults.length > 0) throw badRequest(faults);
}

function given<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function shown({ id, name, timeZone, description, teamId, layers, version, createdAt, updatedAt }: ScheduleEntity): ScheduleAnswer {
  return {
    id, name, timeZone, description, teamId, layers: layers as ScheduleLayer[],
    version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(),
  };
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('schedule', id);
  return row;
}

function named<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const cause: unknown = error instanceof Error && 'driverError' in error ? error.driverError : error;
    if (isUniqueViolation(cause)) throw conflict(`There is a schedule named '${name}' already: choose another name.`);
    throw error;
  });
}
