import { Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, AnswersText, IdPipe, ListQuery, decodeCursor, notFound, page, unchangedSince, type Page } from '@signalbox/http-api';
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { calendarText } from '../domain/calendar.js';
import { DAY_MS, LONGEST_DAYS } from '../domain/schedule.js';
import { People } from '../people.js';
import type { CalendarLinkEntity } from '../store/calendar-link.entity.js';
import { CalendarLinks } from '../store/calendar-links.js';
import { ScheduleStore } from '../store/schedule-store.js';
import { CalendarLinkAnswer, NewCalendarLinkAnswer } from './answers.dto.js';
import { audited } from './announce.js';
import { ofSchedule } from './overrides.controller.js';
import { requiredSchedule } from './schedules.controller.js';
import type { IncomingMessage } from 'node:http';

/** What a calendar shows. */
const [BACK_MS, AHEAD_MS] = [31 * DAY_MS, 180 * DAY_MS];
/** A day of the clock may have an hour more. */
const LONGEST_MS = (LONGEST_DAYS + 1) * DAY_MS;

export class CalendarQuery {
  /** Only this person's shifts. */
  @IsOptional() @IsUUID()
  userId?: string;

  /** Of a calendar link, instead of a session. */
  @IsOptional() @IsString() @MaxLength(1024)
  token?: string;
}

@Controller('api/v1/schedules/:id')
export class CalendarController {
  constructor(private readonly store: ScheduleStore, private readonly links: CalendarLinks, private readonly people: People) {}

  /** The shifts of the last 31 and the next 180 days, for calendar apps (RFC 5545). */
  @Get('calendar.ics')
  @AnswersText('text/calendar')
  @Header('Content-Type', 'text/calendar; charset=utf-8')
  @Header('Cache-Control', 'private, no-cache')
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async calendar(@CurrentIdentity() { tenantId, ...identity }: Identity, @Param('id', IdPipe) id: string, @Query() { userId }: CalendarQuery): Promise<string> {
    const schedule = await requiredSchedule(this.store, { tenantId, ...identity }, id);
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const { pieces, changedAt } = await this.store.shifts(tenantId, schedule, { from: today - BACK_MS, to: today + AHEAD_MS, longestMs: LONGEST_MS });
    const names = new Map(this.people.named(tenantId, pieces.map((piece) => piece.userId)).map((one) => [one.id, one.name ?? 'somebody']));
    const layers = new Map(schedule.layers.map((layer) => [layer.id, layer.name]));
    const shifts = pieces.filter((piece) => userId === undefined || piece.userId === userId.toLowerCase()).map((piece) => ({
      piece, title: `${names.get(piece.userId)}: ${schedule.name}`, description: piece.layerId === null ? 'Override' : `Layer ${layers.get(piece.layerId)}`,
    }));
    return calendarText({ scheduleId: id, name: schedule.name, timeZone: schedule.timeZone, changedAt, shifts });
  }

  /** The links that hold, newest first; their addresses are shown when they are made. */
  @Get('calendar-link')
  @Answers(CalendarLinkAnswer, 'page')
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Query() { limit, cursor }: ListQuery): Promise<Page<CalendarLinkAnswer>> {
    await requiredSchedule(this.store, identity, id);
    const place = decodeCursor(cursor);
    const after = place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } };
    const rows = await this.links.rows.list(identity.tenantId, { limit, ...after }, { scheduleId: id });
    return page(rows.map(shown), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  /** A new address with which a calendar app reads this schedule without a session; add `&userId=` for one person's shifts. Treat it as a password. */
  @Post('calendar-link')
  @Answers(NewCalendarLinkAnswer)
  @Requires({ resource: 'schedules', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<NewCalendarLinkAnswer> {
    await requiredSchedule(this.store, identity, id);
    const link = await ofSchedule(id, this.links.rows.create(identity.tenantId, { scheduleId: id }, audited(identity, 'schedule-calendar-links', shown)));
    return { ...shown(link), url: this.links.urlOf(link) };
  }

  /** Revokes a link: its address stops working at once. */
  @Delete('calendar-link/:linkId')
  @HttpCode(204)
  @Requires({ resource: 'schedules', action: 'write', role: 'editor' })
  async remove(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Param('linkId', IdPipe) linkId: string,
    @Req() request: IncomingMessage,
  ): Promise<void> {
    const link = await this.links.rows.find(identity.tenantId, linkId);
    const announce = audited(identity, 'schedule-calendar-links', shown);
    const isGone = link?.scheduleId !== id || !(await this.links.rows.remove(identity.tenantId, linkId, unchangedSince(request), announce));
    if (isGone) throw notFound('calendar link', linkId);
  }
}

function shown({ id, scheduleId, createdAt }: CalendarLinkEntity): CalendarLinkAnswer {
  return { id, scheduleId, createdAt: createdAt.toISOString() };
}
