import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { Answers, IdPipe, badRequest, decodeCursor, page, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import { beginObligation, completeObligation, dueDateOf, obligationStatus, type ObligationConfig, type ObligationState } from '../domain/obligation.js';
import type { MonitorEntity } from '../monitor.entity.js';
import { MonitorStore, neverUnchanged } from '../monitor-store.js';
import { MonitorListQuery, shownOf } from '../monitors.dto.js';
import { DoneBody, NewObligation, ObligationAnswer, ObligationChange } from './obligations.dto.js';

const DEFAULTS = { remindBefore: [30, 7, 1], recurrence: 'none', timeZone: 'UTC', owner: null, branch: null, tags: [] } as const;
/** Whatever is due outside of these is a mistake in writing. */
const FIRST_YEAR = 2000;
const LAST_YEAR = 2200;

export type ObligationRow = MonitorEntity<ObligationConfig, ObligationState>;
export class ObligationStore extends MonitorStore<ObligationRow> {}

@Controller('api/v1/monitors/obligations')
export class ObligationsController {
  constructor(private readonly obligations: ObligationStore) {}

  @Get()
  @Answers(ObligationAnswer, 'page')
  @Requires({ resource: 'monitors', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, ...filter }: MonitorListQuery): Promise<Page<ObligationAnswer>> {
    const place = decodeCursor(cursor);
    const after = place && { at: place.at.toISOString(), id: place.id };
    const rows = await this.obligations.list(identity.tenantId, { limit, ...(after && { after }) }, filter);
    return page(rows.map((row) => this.shown(row)), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':id')
  @Answers(ObligationAnswer)
  @Requires({ resource: 'monitors', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<ObligationAnswer> {
    neverUnchanged(request);
    return this.shown(await this.obligations.get(identity.tenantId, id));
  }

  /** Reminders whose time is past are not made up for. */
  @Post()
  @Answers(ObligationAnswer)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewObligation): Promise<ObligationAnswer> {
    const config = configOf(body, { ...DEFAULTS, dueAt: body.dueAt });
    await this.obligations.requireService(identity.tenantId, body.serviceId);
    const { state, dueAt } = beginObligation(config, this.obligations.now);
    const enabled = body.enabled ?? true;
    return this.shown(await this.obligations.create(identity, {
      id: newId(), name: body.title, serviceId: body.serviceId ?? null, enabled, config, state, dueAt: enabled ? dueAt : null,
    }));
  }

  @Patch(':id')
  @Answers(ObligationAnswer)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: ObligationChange,
    @Req() request: IncomingMessage,
  ): Promise<ObligationAnswer> {
    await this.obligations.requireService(identity.tenantId, body.serviceId);
    return this.shown(await this.obligations.change(identity, { id, action: 'update', request }, (row, now) => {
      const before = row.config;
      row.config = configOf(body, before);
      row.name = body.title ?? row.name;
      row.serviceId = body.serviceId === undefined ? row.serviceId : body.serviceId;
      row.enabled = body.enabled ?? row.enabled;
      reschedule(row, before, now);
    }));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    await this.obligations.remove(identity, { id, request });
  }

  /**
   * What is owed now is done: of one that recurs the next time is owed, any other is done for good. Send If-Match or an Idempotency-Key where a click
   * may come twice. Whoever was told that it is overdue is told that it is done.
   */
  @Post(':id/done')
  @HttpCode(200)
  @Answers(ObligationAnswer)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async done(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: DoneBody,
    @Req() request: IncomingMessage,
  ): Promise<ObligationAnswer> {
    return this.shown(await this.obligations.change(identity, { id, action: 'done', request }, (row, now) => {
      if (row.state.finished) return [];
      const { state, dueAt, told } = completeObligation(row, identity.subject.name, body.note ?? null, now);
      Object.assign(row, { state, dueAt });
      return told;
    }));
  }

  private shown(row: ObligationRow): ObligationAnswer {
    return shownObligation(row, this.obligations.now);
  }
}

export function shownObligation(row: ObligationRow, now: Date): ObligationAnswer {
  const { name, serviceId, config: { dueAt: firstDueAt, ...config }, state } = row;
  return {
    ...shownOf(row), title: name, serviceId, ...config, firstDueAt, dueAt: dueDateOf(row.config, state).toISOString(),
    state: obligationStatus(row.config, state, now), lastDone: state.lastDone,
  };
}

/** Another time, recurrence or zone begins anew; other reminders are those of what is owed now. */
function reschedule(row: ObligationRow, before: ObligationConfig, now: Date): void {
  const { config, state } = row;
  const isAnew = config.dueAt !== before.dueAt || config.recurrence !== before.recurrence || config.timeZone !== before.timeZone;
  const hasOtherReminders = config.remindBefore.join() !== before.remindBefore.join();
  if (isAnew) Object.assign(row, beginObligation(config, now, state));
  else if (hasOtherReminders && !state.finished) Object.assign(row, beginObligation(config, now, state, state.occurrence));
}

function configOf(body: ObligationChange, before: ObligationConfig): ObligationConfig {
  return {
    dueAt: instant(body.dueAt ?? before.dueAt), timeZone: body.timeZone ?? before.timeZone, recurrence: body.recurrence ?? before.recurrence,
    remindBefore: [...(body.remindBefore ?? before.remindBefore)].sort((a, b) => b - a), tags: [...(body.tags ?? before.tags)],
    owner: body.owner === undefined ? before.owner : body.owner, branch: body.branch === undefined ? before.branch : body.branch,
  };
}

/** In UTC, to the second: what recurs does so by clocks that show no more. */
function instant(text: string): string {
  const at = new Date(text);
  const year = at.getUTCFullYear();
  if (!(year >= FIRST_YEAR && year < LAST_YEAR)) throw badRequest([{ path: 'dueAt', message: `must be a time between ${FIRST_YEAR} and ${LAST_YEAR}` }]);
  at.setUTCMilliseconds(0);
  return at.toISOString();
}
