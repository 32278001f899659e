import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { IdPipe, badRequest, decodeCursor, notFound, page } from '@signalbox/http-api';
import type { Response } from 'express';
import { NotificationActions } from '../sender/actions.js';
import { NotificationStore } from '../store/notification-store.js';
import { AcknowledgeBody, NotificationListQuery, RaisedNotice, SendBody } from './notifications.dto.js';

@Controller()
export class NotificationsController {
  constructor(private readonly notifications: NotificationStore, private readonly actions: NotificationActions) {}

  @Get(['api/v1/notifications', 'api/v1/customer/notification-jobs'])
  @Requires({ resource: 'notifications', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() query: NotificationListQuery) {
    const { limit, cursor, ...filter } = query;
    const place = decodeCursor(cursor);
    const rows = await this.notifications.list(identity.tenantId, filter, limit, place === undefined ? undefined : { at: place.at.toISOString(), id: place.id });
    return page(rows, limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(['api/v1/notifications/:id', 'api/v1/customer/notification-jobs/:id'])
  @Requires({ resource: 'notifications', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string) {
    return found(await this.notifications.find(identity.tenantId, id), id);
  }

  @Get(['api/v1/notifications/:id/attempts', 'api/v1/customer/notification-jobs/:id/attempts'])
  @Requires({ resource: 'notifications', action: 'read', role: 'viewer' })
  async attempts(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string) {
    found(await this.notifications.find(identity.tenantId, id), id);
    return { data: await this.notifications.attempts(identity.tenantId, id), nextCursor: null };
  }

  /** Somebody has seen it: acknowledges the incident behind it and stops repeats of the same fingerprint. */
  @Post(['api/notifications/:id/acknowledge', 'api/v1/notifications/:id/acknowledge'])
  @HttpCode(200)
  @Requires({ resource: 'notifications', action: 'write', role: 'editor' })
  async acknowledge(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() body: AcknowledgeBody) {
    if (!(await this.actions.acknowledge(identity, id, body.note ?? null))) throw notFound('notification', id);
    return found(await this.notifications.find(identity.tenantId, id), id);
  }

  /** Sends now to the named channels and waits for the first try: 200 when one of them took it, 502 when none did. */
  @Post('api/v1/notifications/send')
  @HttpCode(200)
  @Requires({ resource: 'notifications', action: 'write', role: 'admin' })
  async send(@CurrentIdentity() identity: Identity, @Body() body: SendBody, @Res({ passthrough: true }) response: Response) {
    const unknown = this.actions.unknownChannels(identity, body.providerIds);
    if (unknown.length > 0) throw badRequest(unknown.map((index) => ({ path: `providerIds[${index}]`, message: 'is not the id of a channel of yours' })));
    const results = await this.actions.send(identity, [...new Set(body.providerIds)], body.notification);
    if (!results.some((result) => result.success)) response.status(502);
    return { results };
  }

  /** Raises a notice: routing rules decide whom it reaches. */
  @Post('api/v1/notifications/events')
  @HttpCode(202)
  @Requires({ resource: 'notifications', action: 'write', role: 'editor' })
  async raise(@CurrentIdentity() identity: Identity, @Body() body: RaisedNotice) {
    return this.actions.raise(identity, body);
  }

  /** Sends what is due now and waits for it. The service does so by itself; this is for a cron that wants to be sure. */
  @Post('api/cron/retries')
  @HttpCode(200)
  @Requires({ resource: 'notifications', action: 'write', role: 'editor' })
  async retries() {
    return { tried: await this.actions.runDue() };
  }
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('notification', id);
  return row;
}
