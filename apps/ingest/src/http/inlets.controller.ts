import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { configForm, replaceConfig } from '@signalbox/adapter-config';
import { Answers, IdPipe, ListQuery, decodeCursor, etagOf, notFound, page, requireMatch, unchangedSince, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import { INLETS } from '../inlets/registry.js';
import type { InletEntity } from '../store/inlet.entity.js';
import { InletStore } from '../store/inlet-store.js';
import { InletChecks } from './inlet-checks.js';
import { InletAnswer, InletChange, InletTestAnswer, InletTypeAnswer, NewInlet } from './inlets.dto.js';

@Controller('api/v1')
export class InletsController {
  constructor(private readonly inlets: InletStore, private readonly checks: InletChecks) {}

  /** Every kind of inlet with the JSON Schema of its settings. */
  @Get('inlet-types')
  @Answers(InletTypeAnswer, 'page')
  @Requires({ resource: 'inlets', action: 'read', role: 'viewer' })
  types(): Page<InletTypeAnswer> {
    return { data: INLETS.map((inlet) => ({ kind: inlet.kind, name: inlet.displayName, config: configForm(inlet) })), nextCursor: null };
  }

  /** Brokers from which messages are fetched, newest first. */
  @Get('inlets')
  @Answers(InletAnswer, 'page')
  @Requires({ resource: 'inlets', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor }: ListQuery): Promise<Page<InletAnswer>> {
    const place = decodeCursor(cursor);
    const rows = await this.inlets.list(identity.tenantId, { limit, ...(place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } }) });
    return page(await this.inlets.shown(rows), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get('inlets/:id')
  @Answers(InletAnswer)
  @Requires({ resource: 'inlets', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<InletAnswer> {
    return this.shown(await this.inlets.find(identity.tenantId, id), id);
  }

  /** It connects within a second or two. */
  @Post('inlets')
  @Answers(InletAnswer)
  @Requires({ resource: 'inlets', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() { name, kind: kindName, enabled, config }: NewInlet): Promise<InletAnswer> {
    const kind = this.checks.kindOf(kindName);
    const checked = await this.checks.config(kind, config);
    return this.shown(await this.inlets.create(identity, kind, { name, enabled: enabled ?? true, config: checked }), '');
  }

  /** Changes what is given; with new settings it connects anew. */
  @Patch('inlets/:id')
  @Answers(InletAnswer)
  @Requires({ resource: 'inlets', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: InletChange,
    @Req() request: IncomingMessage,
  ): Promise<InletAnswer> {
    const known = found(await this.inlets.find(identity.tenantId, id), id);
    requireMatch(request, etagOf(known.version));
    const kind = this.checks.kindOf(known.kind);
    const config = body.config === undefined ? undefined : await this.checks.config(kind, replaceConfig(kind, this.inlets.configOf(known), body.config));
    const row = await this.inlets.change(identity, id, (inlet) => {
      requireMatch(request, etagOf(inlet.version));
      inlet.name = body.name ?? inlet.name;
      inlet.enabled = body.enabled ?? inlet.enabled;
      return config;
    });
    return this.shown(row, id);
  }

  /** Disconnects it, and tells the far side that nothing need be kept for it any more. */
  @Delete('inlets/:id')
  @HttpCode(204)
  @Requires({ resource: 'inlets', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await this.inlets.remove(identity, id, unchangedSince(request)))) throw notFound('inlet', id);
  }

  /** Connects beside whatever runs, takes no message, and says what the far side said. */
  @Post('inlets/:id/test')
  @HttpCode(200)
  @Answers(InletTestAnswer)
  @Requires({ resource: 'inlets', action: 'write', role: 'editor' })
  async test(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<InletTestAnswer> {
    const row = found(await this.inlets.find(identity.tenantId, id), id);
    return this.checks.test(this.checks.kindOf(row.kind), this.inlets.configOf(row), { id, tenantId: identity.tenantId });
  }

  private async shown(row: InletEntity | null, id: string): Promise<InletAnswer> {
    const [shown] = await this.inlets.shown([found(row, id)]);
    return shown!;
  }
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('inlet', id);
  return row;
}
