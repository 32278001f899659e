import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IdPipe, ListQuery, decodeCursor, etagOf, notFound, page, requireMatch, unchangedSince, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import { replaceConfig } from '../destinations/config.js';
import { DeliveryStore } from '../store/delivery-store.js';
import type { RouteEntity } from '../store/route.entity.js';
import { RouteStore } from '../store/route-store.js';
import { DeliveryAnswer, RouteAnswer, TriedRouteAnswer, TriedRoutesAnswer } from './answers.dto.js';
import { DryRun } from './dry-run.js';
import { RouteChecks } from './route-checks.js';
import { DeliveryListQuery, NewRoute, RouteChange, RouteListQuery, SampleMessage } from './routes.dto.js';

const DEFAULT_CONCURRENCY = 16;

@Controller('api/v1/customer/message-routes')
export class RoutesController {
  constructor(
    private readonly routes: RouteStore, private readonly deliveries: DeliveryStore, private readonly dryRun: DryRun, private readonly checks: RouteChecks,
  ) {}

  /** Message routes, newest first. */
  @Get()
  @Answers(RouteAnswer, 'page')
  @Requires({ resource: 'message-routes', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, state, enabled }: RouteListQuery): Promise<Page<RouteAnswer>> {
    const where = { ...(state === undefined ? {} : { state }), ...(enabled === undefined ? {} : { enabled }) };
    const rows = await this.routes.list(identity.tenantId, { limit, ...after(cursor) }, where);
    return page(rows.map((row) => this.routes.shown(row)), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':id')
  @Answers(RouteAnswer)
  @Requires({ resource: 'message-routes', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<RouteAnswer> {
    return this.routes.shown(found(await this.routes.find(identity.tenantId, id), id));
  }

  @Post()
  @Answers(RouteAnswer)
  @Requires({ resource: 'message-routes', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewRoute): Promise<RouteAnswer> {
    const kind = this.checks.kindOf(body.destination.type);
    const destination = await this.checks.route({ ...body, destination: { kind, config: body.destination.config } });
    return this.routes.shown(await this.routes.create(identity, fieldsOf(body), destination!));
  }

  /** Replaces the whole route; whether it is paused stays. */
  @Put(':id')
  @Answers(RouteAnswer)
  @Requires({ resource: 'message-routes', action: 'write', role: 'editor' })
  async replace(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: NewRoute,
    @Req() request: IncomingMessage,
  ): Promise<RouteAnswer> {
    return this.edit(identity, id, { ...body, ...fieldsOf(body) }, request);
  }

  /** Changes what is given. */
  @Patch(':id')
  @Answers(RouteAnswer)
  @Requires({ resource: 'message-routes', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: RouteChange,
    @Req() request: IncomingMessage,
  ): Promise<RouteAnswer> {
    return this.edit(identity, id, body, request);
  }

  /** What is under way or held for it becomes a dead letter, from which it can be replayed to another route. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'message-routes', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await this.routes.remove(identity, id, unchangedSince(request)))) throw notFound('message route', id);
  }

  /** Holds what it matches from now on, for up to 24 hours. */
  @Post(':id/pause')
  @Answers(RouteAnswer)
  @HttpCode(200)
  @Requires({ resource: 'message-routes', action: 'write', role: 'editor' })
  async pause(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<RouteAnswer> {
    const known = found(await this.routes.find(identity.tenantId, id), id);
    if (known.state === 'paused') return this.routes.shown(known);
    return this.routes.shown(found(await this.routes.change(identity, id, 'pause', (row) => { row.state = 'paused'; }), id));
  }

  /** Lets what was held go, oldest first, and then what is new. */
  @Post(':id/resume')
  @Answers(RouteAnswer)
  @HttpCode(200)
  @Requires({ resource: 'message-routes', action: 'write', role: 'editor' })
  async resume(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<RouteAnswer> {
    return this.routes.shown(found(await this.routes.resume(identity, id), id));
  }

  /** Which routes would take this message, and what would each send. Nothing is stored or sent. */
  @Post('test')
  @HttpCode(200)
  @Answers(TriedRoutesAnswer)
  @Requires({ resource: 'message-routes', action: 'read', role: 'viewer' })
  testAll(@CurrentIdentity() identity: Identity, @Body() body: SampleMessage): TriedRoutesAnswer {
    return this.dryRun.all(identity.tenantId, body);
  }

  /** Whether this route would take the message, and what it would send. */
  @Post(':id/test')
  @HttpCode(200)
  @Answers(TriedRouteAnswer)
  @Requires({ resource: 'message-routes', action: 'read', role: 'viewer' })
  async test(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() body: SampleMessage): Promise<TriedRouteAnswer> {
    return this.dryRun.one(found(await this.routes.find(identity.tenantId, id), id), body);
  }

  /** Its deliveries with their attempts, newest first. */
  @Get(':id/deliveries')
  @Answers(DeliveryAnswer, 'page')
  @Requires({ resource: 'message-routes', action: 'read', role: 'viewer' })
  async listDeliveries(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Query() { limit, cursor, status }: DeliveryListQuery,
  ): Promise<Page<DeliveryAnswer>> {
    found(await this.routes.find(identity.tenantId, id), id);
    const rows = await this.deliveries.list(identity.tenantId, id, { limit, ...after(cursor), ...(status === undefined ? {} : { status }) });
    return page(rows, limit, (row) => ({ at: new Date(row.matchedAt), id: row.id }));
  }

  private async edit(identity: Identity, id: string, body: RouteChange, request: IncomingMessage) {
    const known = found(await this.routes.find(identity.tenantId, id), id);
    requireMatch(request, etagOf(known.version));
    const destination = body.destination === undefined ? undefined : await this.checks.route({ ...body, destination: this.merged(known, body.destination) });
    if (destination === undefined) await this.checks.route({ topic: body.topic, filter: body.filter });
    const row = await this.routes.change(identity, id, 'update', (route) => {
      requireMatch(request, etagOf(route.version));
      route.name = body.name ?? route.name;
      route.topic = body.topic ?? route.topic;
      if (body.filter !== undefined) route.filter = body.filter;
      route.enabled = body.enabled ?? route.enabled;
      route.concurrency = body.concurrency ?? route.concurrency;
      if (destination !== undefined) Object.assign(route, this.routes.sealed(id, destination));
    });
    return this.routes.shown(found(row, id));
  }

  /** The settings that are given, with masked secrets as they were (of the same kind of destination only). */
  private merged(known: RouteEntity, { type, config }: { type: string; config: Record<string, unknown> }) {
    const kind = this.checks.kindOf(type);
    return { kind, config: type === known.destinationType ? replaceConfig(kind, this.routes.configOf(known), config) : config };
  }
}

function fieldsOf({ name, topic, filter, enabled, concurrency }: NewRoute) {
  return { name, topic, filter: filter ?? null, enabled: enabled ?? true, concurrency: concurrency ?? DEFAULT_CONCURRENCY };
}

function after(cursor: ListQuery['cursor']): { after?: { at: string; id: string } } {
  const place = decodeCursor(cursor);
  return place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } };
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('message route', id);
  return row;
}
