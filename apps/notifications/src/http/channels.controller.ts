import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req, Res } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { AlsoAnswers, Answers, IdPipe, ListQuery, badRequest, decodeCursor, etagOf, notFound, page, requireMatch, unchangedSince } from '@signalbox/http-api';
import type { AddressPolicy } from '@signalbox/outbound';
import type { Response } from 'express';
import type { IncomingMessage } from 'node:http';
import { mergeConfig, replaceConfig } from '../channels/config.js';
import { testNotice } from '../channels/notice.js';
import { CHANNELS } from '../channels/registry.js';
import type { Send } from '../channels/transport.js';
import { TRY_MS } from '../sender/claims.js';
import { ChannelStore } from '../store/channel-store.js';
import { UNOPENED } from '../store/live-config.js';
import { ChannelAnswer, ChannelListAnswer, CreatedChannelAnswer, ChannelTestAnswer } from './answers.dto.js';
import { checkedConfig, kindNamed } from './channel-checks.js';
import { ChannelChange, NewChannel, ReplacedChannel } from './channels.dto.js';

/** What the controller of channels needs beside the store. */
export abstract class ChannelEdge {
  abstract readonly policy: AddressPolicy;
  abstract readonly send: Send;
}

@Controller(['api/v1/customer/notification-channels', 'api/v1/notifications/providers'])
export class ChannelsController {
  constructor(private readonly channels: ChannelStore, private readonly edge: ChannelEdge) {}

  @Get()
  @Requires({ resource: 'channels', action: 'read', role: 'viewer' })
  @Answers(ChannelListAnswer)
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor }: ListQuery): Promise<ChannelListAnswer> {
    const place = decodeCursor(cursor);
    const after = place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } };
    const rows = await this.channels.list(identity.tenantId, { limit, ...after });
    return {
      ...page(rows.map((row) => this.channels.shown(row)), limit, (row) => ({ at: new Date(row.createdAt), id: row.id })),
      kinds: CHANNELS.map(({ kind, displayName }) => ({ kind, displayName })),
    };
  }

  @Get(':id')
  @Requires({ resource: 'channels', action: 'read', role: 'viewer' })
  @Answers(ChannelAnswer)
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ChannelAnswer> {
    return this.channels.shown(found(await this.channels.find(identity.tenantId, id), id));
  }

  /** The answer has no config: read the channel for the redacted view. */
  @Post()
  @AlsoAnswers(422)
  @Requires({ resource: 'channels', action: 'write', role: 'admin' })
  @Answers(CreatedChannelAnswer)
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewChannel): Promise<CreatedChannelAnswer> {
    const channel = kindNamed(body.kind);
    const config = await checkedConfig(channel, body.config, this.edge.policy);
    const row = await this.channels.create(identity, channel, {
      name: body.name,
      enabled: body.enabled ?? true,
      config,
      retryDelaysSeconds: body.retryDelaysSeconds ?? null,
    });
    const { config: _config, ...shown } = this.channels.shown(row);
    return shown;
  }

  @Put(':id')
  @AlsoAnswers(422)
  @Requires({ resource: 'channels', action: 'write', role: 'admin' })
  @Answers(ChannelAnswer)
  async replace(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: ReplacedChannel,
    @Req() request: IncomingMessage,
  ): Promise<ChannelAnswer> {
    const old = found(await this.channels.find(identity.tenantId, id), id);
    const channel = kindNamed(old.kind);
    if (given(body.kind) && kindNamed(body.kind) !== channel) {
      throw badRequest([{ path: 'kind', message: `stays ${channel.kind}: make a new channel for another kind` }]);
    }
    const config = await checkedConfig(channel, replaceConfig(channel, this.channels.configOf(old) ?? {}, body.config), this.edge.policy);
    return this.store(identity, id, request, old.version, {
      name: body.name,
      enabled: body.enabled ?? true,
      config,
      retryDelaysSeconds: body.retryDelaysSeconds ?? null,
    });
  }

  @Patch(':id')
  @AlsoAnswers(422)
  @Requires({ resource: 'channels', action: 'write', role: 'admin' })
  @Answers(ChannelAnswer)
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: ChannelChange,
    @Req() request: IncomingMessage,
  ): Promise<ChannelAnswer> {
    const old = found(await this.channels.find(identity.tenantId, id), id);
    const channel = kindNamed(old.kind);
    const config = given(body.config)
      ? await checkedConfig(channel, mergeConfig(channel, this.channels.configOf(old) ?? {}, body.config), this.edge.policy)
      : undefined;
    return this.store(identity, id, request, old.version, {
      ...(given(body.name) ? { name: body.name } : {}), ...(given(body.enabled) ? { enabled: body.enabled } : {}), config,
      ...(body.retryDelaysSeconds === undefined ? {} : { retryDelaysSeconds: body.retryDelaysSeconds }),
    });
  }

  /** Notifications that still wait for it become dead letters. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'channels', action: 'write', role: 'admin' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await this.channels.remove(identity, id, unchangedSince(request)))) throw notFound('channel', id);
  }

  /** Sends a test message now: 200, or 502 with what the far side said. */
  @Post(':id/test')
  @HttpCode(200)
  @AlsoAnswers(502, ChannelTestAnswer)
  @Requires({ resource: 'channels', action: 'write', role: 'admin' })
  @Answers(ChannelTestAnswer)
  async test(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChannelTestAnswer> {
    const row = found(await this.channels.find(identity.tenantId, id), id);
    const channel = kindNamed(row.kind);
    const config = this.channels.configOf(row);
    if (config === null) {
      response.status(502);
      return { success: false, error: UNOPENED };
    }
    const notice = testNotice({ notificationId: newId(), tenantId: identity.tenantId, traceId: newId(), channelName: row.name, now: new Date() });
    const rendered = channel.render(notice, config as never, { now: new Date(), attempt: 1 });
    const { outcome } = await this.edge.send({ channel, config }, rendered, { timeoutMs: TRY_MS });
    if (outcome.kind === 'delivered' || outcome.kind === 'accepted') return { success: true, detail: `Test message sent to ${channel.displayName}.` };
    response.status(502);
    return { success: false, error: `${channel.displayName}: ${outcome.reason}${outcome.detail === undefined ? '' : ` (${outcome.detail})`}` };
  }

  private async store(identity: Identity, id: string, request: IncomingMessage, version: number, fields: ChangedFields) {
    const row = await this.channels.change(identity, id, (channel) => {
      requireMatch(request, etagOf(channel.version));
      // The config was merged with what was read: somebody else's change in between must not be lost.
      if (fields.config !== undefined && channel.version !== version) requireMatch({ headers: { 'if-match': etagOf(version) } }, etagOf(channel.version));
      const { config, ...rest } = fields;
      // Whoever enters a config or says that it is to be enabled has looked at why it was switched off.
      if (config !== undefined || rest.enabled === true) channel.disabledReason = null;
      Object.assign(channel, rest);
      return config;
    });
    return this.channels.shown(found(row, id));
  }
}

interface ChangedFields {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly config: Record<string, unknown> | undefined;
  readonly retryDelaysSeconds?: number[] | null;
}

function given<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('channel', id);
  return row;
}

