import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { AlsoAnswers, Answers, IdPipe, badRequest, decodeCursor, notFound, page, type Page } from '@signalbox/http-api';
import type { Response } from 'express';
import { NotificationActions } from '../sender/actions.js';
import { NotificationStore } from '../store/notification-store.js';
import { NotificationAttemptAnswer, NotificationAnswer, RaisedAnswer, DueRunAnswer, SendAnswer } from './answers.dto.js';
import { AcknowledgeBody, NotificationListQuery, RaisedNotice, SendBody } from './notifications.dto.js';
import { OwnServices } from './own-services.js';

@Controller()
export class NotificationsController {
  constructor(private readonly notifications: NotificationStore, private readonly actions: NotificationActions, private readonly services: OwnServices) {}

  @Get(['api/v1/notifications', 'api/v1/customer/notification-jobs'])
  @Requires({ resource: 'notifications', action: 'read', role: 'viewer' })
  @Answers(NotificationAnswer, 'page')
  async list(@CurrentIdentity() identity: Identity, @Query() query: NotificationListQuery): Promise<Page<NotificationAnswer>> {
    const { limit, cursor, since, until, ...rest } = query;
    const filter = { ...rest, ...instant('since', since), ...instant('until', until) };
    const place = decodeCursor(cursor);
    const after = place === undefined ? undefined : { at: place.at.toISOString(), id: place.id };
    const rows = await this.notifications.list(identity.tenantId, filter, limit, after);
    return page(rows, limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(['api/v1/notifications/:id', 'api/v1/customer/notification-jobs/:id'])
  @Requires({ resource: 'notifications', action: 'read', role: 'viewer' })
  @Answers(NotificationAnswer)
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<NotificationAnswer> {
    return found(await this.notifications.find(identity.tenantId, id), id);
  }

  @Get(['api/v1/notifications/:id/attempts', 'api/v1/customer/notification-jobs/:id/attempts'])
  @Requires({ resource: 'notifications', action: 'read', role: 'viewer' })
  @Answers(NotificationAttemptAnswer, 'page')
  async attempts(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<Page<NotificationAttemptAnswer>> {
    found(await this.notifications.find(identity.tenantId, id), id);
    return { data: await this.notifications.attempts(identity.tenantId, id), nextCursor: null };
  }

  /** Somebody has seen it: acknowledges the incident behind it and stops repeats of the same fingerprint. */
  @Post(['api/notifications/:id/acknowledge', 'api/v1/notifications/:id/acknowledge'])
  @HttpCode(200)
  @Requires({ resource: 'notifications', action: 'write', role: 'editor' })
  @Answers(NotificationAnswer)
  async acknowledge(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() body: AcknowledgeBody): Promise<NotificationAnswer> {
    if (!(await this.actions.acknowledge(identity, id, body.note ?? null))) throw notFound('notification', id);
    return found(await this.notifications.find(identity.tenantId, id), id);
  }

  /** Sends now to the named channels and waits for the first try: 200 when one of them took it, 502 when none did. */
  @Post('api/v1/notifications/send')
  @HttpCode(200)
  @AlsoAnswers(502, SendAnswer)
  @Requires({ resource: 'notifications', action: 'write', role: 'admin' })
  @Answers(SendAnswer)
  async send(@CurrentIdentity() identity: Identity, @Body() body: SendBody, @Res({ passthrough: true }) response: Response): Promise<SendAnswer> {
    const unknown = await this.actions.unknownChannels(identity, body.providerIds);
    if (unknown.length > 0) throw badRequest(unknown.map((index) => ({ path: `providerIds[${index}]`, message: 'is not the id of a channel of yours' })));
    const results = await this.actions.send(identity, [...new Set(body.providerIds)], body.notification);
    if (!results.some((result) => result.success)) response.status(502);
    return { results };
  }

  /** Raises a notice: routing rules decide whom it reaches. */
  @Post('api/v1/notifications/events')
  @HttpCode(202)
  @Requires({ resource: 'notifications', action: 'write', role: 'editor' })
  @Answers(RaisedAnswer)
  async raise(@CurrentIdentity() identity: Identity, @Body() body: RaisedNotice): Promise<RaisedAnswer> {
    if (typeof body.serviceId === 'string') await this.services.require(identity.tenantId, { serviceId: body.serviceId });
    return this.actions.raise(identity, body);
  }

  /** Tries what is due now and waits for it. The service does so by itself; this is for a cron that wants to be sure. */
  @Post('api/cron/retries')
  @HttpCode(200)
  @Requires({ resource: 'notifications', action: 'write', role: 'editor' })
  @Answers(DueRunAnswer)
  async retries(@CurrentIdentity() identity: Identity): Promise<DueRunAnswer> {
    return this.actions.runDue(identity);
  }
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('notification', id);
  return row;
}

/** ISO 8601 knows forms (weeks, a second 60) that are no point in time here. */
function instant<K extends 'since' | 'until'>(name: K, text: string | undefined): { readonly [P in K]?: Date } {
  if (text === undefined) return {};
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw badRequest([{ path: name, message: 'must be a time such as 2026-11-21T09:30:00.000Z' }]);
  return { [name]: at } as { readonly [P in K]?: Date };
}
