import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IdPipe, decodeCursor, etagOf, notFound, page, requireMatch, unchangedSince, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import { IntegrationStore } from '../store/integration-store.js';
import { IntegrationAnswer } from './answers.dto.js';
import { checkConfig, checkSeverities, checkType } from './integration-checks.js';
import { IntegrationChange, IntegrationListQuery, NewIntegration, NewServiceIntegration, SignatureSecret } from './integrations.dto.js';

@Controller('api/v1')
export class IntegrationsController {
  constructor(private readonly integrations: IntegrationStore) {}

  @Get('integrations')
  @Answers(IntegrationAnswer, 'page')
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() query: IntegrationListQuery): Promise<Page<IntegrationAnswer>> {
    return this.pageOf(identity, query);
  }

  @Get('services/:serviceId/integrations')
  @Answers(IntegrationAnswer, 'page')
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  async listOfService(
    @CurrentIdentity() identity: Identity,
    @Param('serviceId', IdPipe) serviceId: string,
    @Query() query: IntegrationListQuery,
  ): Promise<Page<IntegrationAnswer>> {
    await this.requireService(identity, serviceId);
    return this.pageOf(identity, { ...query, serviceId });
  }

  @Get('integrations/:id')
  @Answers(IntegrationAnswer)
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<IntegrationAnswer> {
    return this.shown(identity, found(await this.integrations.find(identity.tenantId, id), id));
  }

  @Post('integrations')
  @Answers(IntegrationAnswer)
  @Requires({ resource: 'integrations', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewIntegration): Promise<IntegrationAnswer> {
    const source = checkType(body.type);
    const config = checkConfig(source, body.mapping);
    await this.integrations.requireService(identity.tenantId, body.serviceId);
    const row = await this.integrations.create(identity, { ...body, config, severities: checkSeverities(body.severities) });
    return this.shown(identity, row);
  }

  @Post('services/:serviceId/integrations')
  @Answers(IntegrationAnswer)
  @Requires({ resource: 'integrations', action: 'write', role: 'editor' })
  async createInService(
    @CurrentIdentity() identity: Identity,
    @Param('serviceId', IdPipe) serviceId: string,
    @Body() body: NewServiceIntegration,
  ): Promise<IntegrationAnswer> {
    await this.requireService(identity, serviceId);
    return this.create(identity, { ...body, serviceId });
  }

  @Patch('integrations/:id')
  @Answers(IntegrationAnswer)
  @Requires({ resource: 'integrations', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: IntegrationChange,
    @Req() request: IncomingMessage,
  ): Promise<IntegrationAnswer> {
    if (body.serviceId !== undefined) await this.integrations.requireService(identity.tenantId, body.serviceId);
    const severities = checkSeverities(body.severities);
    const row = await this.integrations.change(identity, id, 'update', (integration) => {
      requireMatch(request, etagOf(integration.version));
      if (body.mapping !== undefined) integration.config = checkConfig(checkType(integration.type), body.mapping);
      if (severities !== null) integration.severities = severities;
      integration.name = body.name ?? integration.name;
      integration.enabled = body.enabled ?? integration.enabled;
      integration.serviceId = body.serviceId ?? integration.serviceId;
      integration.rateLimitPerMinute = body.rateLimitPerMinute ?? integration.rateLimitPerMinute;
    });
    return this.shown(identity, found(row, id));
  }

  @Delete('integrations/:id')
  @HttpCode(204)
  @Requires({ resource: 'integrations', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await this.integrations.remove(identity, id, unchangedSince(request)))) throw notFound('integration', id);
  }

  /** A new key; the old one stops working at once, everywhere. */
  @Post('integrations/:id/rotate-key')
  @Answers(IntegrationAnswer)
  @HttpCode(200)
  @Requires({ resource: 'integrations', action: 'write', role: 'editor' })
  async rotateKey(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<IntegrationAnswer> {
    return this.shown(identity, found(await this.integrations.rotateKey(identity, id), id));
  }

  /** Sets the signature secret; the one before stays valid beside it, so that a sender can be changed over without a gap. */
  @Put('integrations/:id/signature-secret')
  @Answers(IntegrationAnswer)
  @Requires({ resource: 'integrations', action: 'write', role: 'editor' })
  async setSecret(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: SignatureSecret,
    @Req() request: IncomingMessage,
  ): Promise<IntegrationAnswer> {
    return this.shown(identity, found(await this.integrations.setSecret(identity, id, body.secret ?? null, unchangedSince(request)), id));
  }

  private async requireService(identity: Identity, serviceId: string): Promise<void> {
    if (!(await this.integrations.hasService(identity.tenantId, serviceId))) throw notFound('service', serviceId);
  }

  private async pageOf(identity: Identity, { limit, cursor, serviceId, type }: IntegrationListQuery) {
    const place = decodeCursor(cursor);
    const after = place && { at: place.at.toISOString(), id: place.id };
    const rows = await this.integrations.list(identity.tenantId, { limit, ...(after && { after }) }, {
      ...(serviceId === undefined ? {} : { serviceId }),
      ...(type === undefined ? {} : { type }),
    });
    return page(rows.map((row) => this.shown(identity, row)), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  /** Viewers see that there is a key, not which. */
  private shown(identity: Identity, row: Parameters<IntegrationStore['shown']>[0]) {
    return this.integrations.shown(row, { withKey: identity.role !== 'viewer' });
  }
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('integration', id);
  return row;
}
