import { Controller, Get, Param, Query } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IdPipe, ListQuery, page, type Page } from '@signalbox/http-api';
import type { OnCall } from '../domain/on-call.js';
import { People } from '../people.js';
import type { ScheduleEntity } from '../store/schedule.entity.js';
import { ScheduleStore } from '../store/schedule-store.js';
import { FinalAnswer, OnCallAnswer, ScheduleOnCallAnswer } from './answers.dto.js';
import { requiredSchedule, schedulesPage } from './schedules.controller.js';
import { FinalQuery, OnCallQuery } from './schedules.dto.js';
import { dateOf, finalAnswer, windowOf } from './windows.js';

@Controller('api/v1')
export class OnCallController {
  constructor(private readonly store: ScheduleStore, private readonly people: People) {}

  /** Who is on call now, for every schedule, newest first. */
  @Get('on-call')
  @Answers(OnCallAnswer, 'page')
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async now(@CurrentIdentity() identity: Identity, @Query() { limit, cursor }: ListQuery): Promise<Page<OnCallAnswer>> {
    const schedules = await schedulesPage(this.store, identity, limit, cursor);
    const { data, nextCursor } = page(schedules, limit, ({ createdAt: at, id }) => ({ at, id }));
    const onCall = await this.store.onCallOf(identity.tenantId, data, new Date());
    return { data: data.map((schedule, index) => this.shown(schedule, onCall[index]!)), nextCursor };
  }

  /** Who is on call, and who is next. */
  @Get('schedules/:id/on-call')
  @Answers(ScheduleOnCallAnswer)
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async at(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Query() { at: moment }: OnCallQuery): Promise<ScheduleOnCallAnswer> {
    const schedule = await requiredSchedule(this.store, identity, id);
    const at = moment === undefined ? new Date() : dateOf(moment, schedule.timeZone);
    const [[onCall], next] = await Promise.all([
      this.store.onCallOf(identity.tenantId, [schedule], at),
      this.store.nextHandOff(identity.tenantId, schedule, at),
    ]);
    return {
      ...this.shown(schedule, onCall!),
      next: next === null ? null : { at: next.at.toISOString(), user: this.person(identity.tenantId, next.toUserId) },
    };
  }

  /** Who is on call throughout a window of at most 366 days. */
  @Get('schedules/:id/final')
  @Answers(FinalAnswer)
  @Requires({ resource: 'schedules', action: 'read', role: 'viewer' })
  async final(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Query() asked: FinalQuery): Promise<FinalAnswer> {
    const schedule = await requiredSchedule(this.store, identity, id);
    const window = windowOf(asked, schedule.timeZone, new Date());
    return finalAnswer(await this.store.final(identity.tenantId, schedule, window.from, window.to), window, this.people, identity.tenantId);
  }

  private shown({ id, name, tenantId }: ScheduleEntity, { userId, ...by }: OnCall): OnCallAnswer {
    return { schedule: { id, name }, user: this.person(tenantId, userId), ...by };
  }

  private person(tenantId: string, id: string | null) {
    return id === null ? null : this.people.named(tenantId, [id])[0]!;
  }
}
