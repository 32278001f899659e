import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IdPipe, badRequest, conflict, decodeCursor, etagOf, notFound, page, requireMatch, unchangedSince, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import { LessThan, MoreThan } from 'typeorm';
import { DAY_MS, LONGEST_DAYS } from '../domain/schedule.js';
import { People } from '../people.js';
import type { OverrideEntity } from '../store/override.entity.js';
import type { ScheduleEntity } from '../store/schedule.entity.js';
import { ScheduleStore } from '../store/schedule-store.js';
import { OverrideAnswer } from './answers.dto.js';
import { audited } from './announce.js';
import { NewOverride, OverrideChange, OverrideListQuery } from './schedules.dto.js';
import { requiredSchedule } from './schedules.controller.js';
import { dateOf } from './windows.js';

/** So many overrides of a schedule may lie ahead. */
const MOST_AHEAD = 1_000;

/** Whom an override names; what is undefined is not changed. */
interface Named {
  readonly userId?: string | undefined;
  readonly replacesUserId?: string | null | undefined;
}

@Controller('api/v1/schedules/:id/overrides')
export class OverridesController {
  constructor(private readonly store: ScheduleStore, private readonly people: People) {}

  /** Newest first. */
  @Get()
  @Answers(OverrideAnswer, 'page')
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async list(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Query() { limit, cursor, from, to }: OverrideListQuery,
  ): Promise<Page<OverrideAnswer>> {
    const { timeZone } = await requiredSchedule(this.store, identity, id);
    const place = decodeCursor(cursor);
    const after = place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } };
    const rows = await this.store.overrides.list(identity.tenantId, { limit, ...after }, {
      scheduleId: id,
      ...(from === undefined ? {} : { endsAt: MoreThan(dateOf(from, timeZone)) }),
      ...(to === undefined ? {} : { startsAt: LessThan(dateOf(to, timeZone)) }),
    });
    return page(rows.map(shown), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':overrideId')
  @Answers(OverrideAnswer)
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Param('overrideId', IdPipe) overrideId: string): Promise<OverrideAnswer> {
    return shown(await this.required(identity, id, overrideId));
  }

  /** Of overrides at the same time, the one that was made last wins. */
  @Post()
  @Answers(OverrideAnswer)
  @Requires({ resource: 'schedules', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() body: NewOverride): Promise<OverrideAnswer> {
    const schedule = await requiredSchedule(this.store, identity, id);
    const fields = {
      scheduleId: id, userId: body.userId.toLowerCase(), replacesUserId: body.replacesUserId?.toLowerCase() ?? null,
      startsAt: dateOf(body.startsAt, schedule.timeZone), endsAt: dateOf(body.endsAt, schedule.timeZone),
    };
    requireSpan(fields);
    await this.requirePeople(identity, schedule, fields);
    if (await this.store.countAhead(id, new Date()) >= MOST_AHEAD) {
      throw conflict(`This schedule has ${MOST_AHEAD} overrides that are not over: delete some, or change its layers.`);
    }
    return shown(await ofSchedule(id, this.store.overrides.create(identity.tenantId, fields, audited(identity, 'schedule-overrides', shown))));
  }

  @Patch(':overrideId')
  @Answers(OverrideAnswer)
  @Requires({ resource: 'schedules', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Param('overrideId', IdPipe) overrideId: string,
    @Body() body: OverrideChange,
    @Req() request: IncomingMessage,
  ): Promise<OverrideAnswer> {
    const schedule = await requiredSchedule(this.store, identity, id);
    await this.required(identity, id, overrideId);
    await this.requirePeople(identity, schedule, { userId: body.userId?.toLowerCase(), replacesUserId: body.replacesUserId?.toLowerCase() });
    const row = await this.store.overrides.update(identity.tenantId, overrideId, (override) => {
      requireMatch(request, etagOf(override.version));
      override.userId = body.userId?.toLowerCase() ?? override.userId;
      if (body.replacesUserId !== undefined) override.replacesUserId = body.replacesUserId?.toLowerCase() ?? null;
      override.startsAt = typeof body.startsAt === 'string' ? dateOf(body.startsAt, schedule.timeZone) : override.startsAt;
      override.endsAt = typeof body.endsAt === 'string' ? dateOf(body.endsAt, schedule.timeZone) : override.endsAt;
      requireSpan(override);
    }, audited(identity, 'schedule-overrides', shown));
    if (row === null) throw notFound('override', overrideId);
    return shown(row);
  }

  @Delete(':overrideId')
  @HttpCode(204)
  @Requires({ resource: 'schedules', action: 'write', role: 'editor' })
  async remove(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Param('overrideId', IdPipe) overrideId: string,
    @Req() request: IncomingMessage,
  ): Promise<void> {
    await this.required(identity, id, overrideId);
    const announce = audited(identity, 'schedule-overrides', shown);
    const removed = await this.store.overrides.remove(identity.tenantId, overrideId, unchangedSince(request), announce);
    if (!removed) throw notFound('override', overrideId);
  }

  private async required({ tenantId }: Identity, scheduleId: string, id: string): Promise<OverrideEntity> {
    const row = await this.store.overrides.find(tenantId, id);
    if (row?.scheduleId !== scheduleId) throw notFound('override', id);
    return row;
  }

  /** Who is replaced may have left, as long as the schedule names them. */
  private requirePeople({ tenantId }: Identity, { layers }: ScheduleEntity, { userId, replacesUserId }: Named): Promise<void> {
    const isNamed = layers.some(({ users }) => users.includes(replacesUserId ?? ''));
    return this.people.requireUsers(tenantId, {
      ...(userId === undefined ? {} : { userId }),
      ...(typeof replacesUserId !== 'string' || isNamed ? {} : { replacesUserId }),
    });
  }
}

function requireSpan({ startsAt, endsAt }: { readonly startsAt: Date; readonly endsAt: Date }): void {
  if (endsAt <= startsAt) throw badRequest([{ path: 'endsAt', message: 'must be after startsAt' }]);
  if (endsAt.getTime() - startsAt.getTime() > LONGEST_DAYS * DAY_MS) {
    throw badRequest([{ path: 'endsAt', message: `must be at most ${LONGEST_DAYS} days after startsAt` }]);
  }
}

function shown({ id, scheduleId, userId, replacesUserId, startsAt, endsAt, version, createdAt, updatedAt }: OverrideEntity): OverrideAnswer {
  return {
    id, scheduleId, userId, replacesUserId, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), version,
    createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(),
  };
}

const FOREIGN_KEY_VIOLATION = '23503';

/** A schedule that is deleted at the same moment takes nothing any more: 404. */
export function ofSchedule<T>(id: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const cause: unknown = error instanceof Error && 'driverError' in error ? error.driverError : error;
    if (cause instanceof Error && 'code' in cause && cause.code === FOREIGN_KEY_VIOLATION) throw notFound('schedule', id);
    throw error;
  });
}
