import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId, type Severity } from '@signalbox/contracts';
import { Answers, IdPipe, decodeCursor, page, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import { severityNamed } from '../../sources/severity.js';
import { NEW_HEARTBEAT, deadlineOf, statusOf } from '../domain/heartbeat.js';
import { MonitorStore, given, neverUnchanged } from '../monitor-store.js';
import { MonitorListQuery, shownOf } from '../monitors.dto.js';
import { HeartbeatKeys, type HeartbeatRow } from './heartbeat-keys.js';
import { HeartbeatAnswer, HeartbeatChange, NewHeartbeat } from './heartbeats.dto.js';

const DEFAULT_GRACE_SECONDS = 60;

export class HeartbeatStore extends MonitorStore<HeartbeatRow> {}

@Controller('api/v1/monitors/heartbeats')
export class HeartbeatsController {
  constructor(private readonly heartbeats: HeartbeatStore, private readonly keys: HeartbeatKeys) {}

  @Get()
  @Answers(HeartbeatAnswer, 'page')
  @Requires({ resource: 'monitors', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, ...filter }: MonitorListQuery): Promise<Page<HeartbeatAnswer>> {
    const place = decodeCursor(cursor);
    const after = place && { at: place.at.toISOString(), id: place.id };
    const rows = await this.heartbeats.list(identity.tenantId, { limit, ...(after && { after }) }, filter);
    return page(rows.map((row) => this.shown(identity, row)), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':id')
  @Answers(HeartbeatAnswer)
  @Requires({ resource: 'monitors', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<HeartbeatAnswer> {
    neverUnchanged(request);
    return this.shown(identity, await this.heartbeats.get(identity.tenantId, id));
  }

  @Post()
  @Answers(HeartbeatAnswer)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewHeartbeat): Promise<HeartbeatAnswer> {
    const { name, serviceId, intervalSeconds, graceSeconds } = body;
    await this.heartbeats.requireService(identity.tenantId, serviceId);
    const id = newId();
    const row = await this.heartbeats.create(identity, {
      id, name, serviceId, enabled: body.enabled ?? true,
      config: { intervalSeconds, graceSeconds: graceSeconds ?? DEFAULT_GRACE_SECONDS, severity: severityOf(body.severity) ?? 'error' },
      state: NEW_HEARTBEAT, dueAt: null, ...this.keys.fresh(id),
    });
    return this.shown(identity, row);
  }

  /** Another interval or grace counts from the last beat; one that was paused gets a whole period. */
  @Patch(':id')
  @Answers(HeartbeatAnswer)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: HeartbeatChange,
    @Req() request: IncomingMessage,
  ): Promise<HeartbeatAnswer> {
    await this.heartbeats.requireService(identity.tenantId, body.serviceId);
    return this.shown(identity, await this.heartbeats.change(identity, { id, action: 'update', request }, (row) => applyChange(row, body)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    await this.heartbeats.remove(identity, { id, request });
  }

  /** A new key, and with it a new address; the old one stops working within a second. */
  @Post(':id/rotate-key')
  @HttpCode(200)
  @Answers(HeartbeatAnswer)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async rotateKey(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<HeartbeatAnswer> {
    const row = await this.heartbeats.change(identity, { id, action: 'rotate-key', request }, (old) => void Object.assign(old, this.keys.fresh(id)));
    return this.shown(identity, row);
  }

  private shown(identity: Identity, row: HeartbeatRow): HeartbeatAnswer {
    return { ...shownHeartbeat(row), ...(identity.role === 'viewer' ? { key: null, url: null } : this.keys.open(row)) };
  }
}

/** Without its key. */
export function shownHeartbeat(row: HeartbeatRow) {
  const { name, serviceId, config, state, lastBeatAt } = row;
  return { ...shownOf(row), name, serviceId: serviceId!, ...config, state: statusOf(state, lastBeatAt), lastBeatAt: lastBeatAt?.toISOString() ?? null };
}

function applyChange(row: HeartbeatRow, { name, serviceId, severity, intervalSeconds, graceSeconds, enabled }: HeartbeatChange): void {
  const before = row.config;
  row.config = {
    intervalSeconds: intervalSeconds ?? before.intervalSeconds,
    graceSeconds: graceSeconds ?? before.graceSeconds,
    severity: severityOf(severity) ?? before.severity,
  };
  row.name = name ?? row.name;
  row.serviceId = serviceId ?? row.serviceId;
  row.enabled = enabled ?? row.enabled;
  const moved = row.config.intervalSeconds !== before.intervalSeconds || row.config.graceSeconds !== before.graceSeconds;
  if (moved && row.lastBeatAt !== null && !row.state.episodes.open) row.dueAt = deadlineOf(row.config, row.lastBeatAt);
}

function severityOf(name: string | null | undefined): Severity | undefined {
  return given(name) ? severityNamed(name) : undefined;
}
