import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { AlsoAnswers, Answers, IdPipe, decodeCursor, page, unprocessable, type Page } from '@signalbox/http-api';
import { BlockedAddressError, checkTarget, type AddressPolicy } from '@signalbox/outbound';
import type { IncomingMessage } from 'node:http';
import type { CheckResult } from '../domain/certificate.js';
import { NEW_TLS_MONITOR, tlsStatus, type TlsConfig, type TlsState } from '../domain/tls-monitor.js';
import type { MonitorEntity } from '../monitor.entity.js';
import { MonitorStore, neverUnchanged } from '../monitor-store.js';
import { MonitorListQuery, shownOf } from '../monitors.dto.js';
import { NewTlsMonitor, TlsCheckAnswer, TlsMonitorAnswer, TlsMonitorChange } from './tls-monitors.dto.js';

const DEFAULTS = { port: 443, warnDays: [30, 14, 7, 1], intervalSeconds: 21_600 };

export type TlsRow = MonitorEntity<TlsConfig, TlsState>;
export class TlsMonitorStore extends MonitorStore<TlsRow> {}

/** What the controller needs beside the store. */
export abstract class TlsEdge {
  abstract readonly policy: AddressPolicy;
  /** Looks now. What an enabled monitor's look finds counts. */
  abstract checkNow(row: TlsRow): Promise<CheckResult>;
}

@Controller('api/v1/monitors/tls')
export class TlsMonitorsController {
  constructor(private readonly monitors: TlsMonitorStore, private readonly edge: TlsEdge) {}

  @Get()
  @Answers(TlsMonitorAnswer, 'page')
  @Requires({ resource: 'monitors', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, ...filter }: MonitorListQuery): Promise<Page<TlsMonitorAnswer>> {
    const place = decodeCursor(cursor);
    const after = place && { at: place.at.toISOString(), id: place.id };
    const rows = await this.monitors.list(identity.tenantId, { limit, ...(after && { after }) }, filter);
    return page(rows.map(shownTls), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':id')
  @Answers(TlsMonitorAnswer)
  @Requires({ resource: 'monitors', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<TlsMonitorAnswer> {
    neverUnchanged(request);
    return shownTls(await this.monitors.get(identity.tenantId, id));
  }

  /** It is checked at once. */
  @Post()
  @Answers(TlsMonitorAnswer)
  @AlsoAnswers(422)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewTlsMonitor): Promise<TlsMonitorAnswer> {
    const config = configOf(body, { ...DEFAULTS, host: body.host, serverName: null });
    await this.monitors.requireService(identity.tenantId, body.serviceId);
    await this.requireAllowed(config);
    const enabled = body.enabled ?? true;
    return shownTls(await this.monitors.create(identity, {
      id: newId(), name: body.name ?? nameOf(config), serviceId: body.serviceId, enabled,
      config, state: NEW_TLS_MONITOR, dueAt: enabled ? this.monitors.now : null,
    }));
  }

  /** It is checked anew at once. */
  @Patch(':id')
  @Answers(TlsMonitorAnswer)
  @AlsoAnswers(422)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: TlsMonitorChange,
    @Req() request: IncomingMessage,
  ): Promise<TlsMonitorAnswer> {
    await this.monitors.requireService(identity.tenantId, body.serviceId);
    await this.requireAllowed(configOf(body, (await this.monitors.get(identity.tenantId, id)).config));
    return shownTls(await this.monitors.change(identity, { id, action: 'update', request }, (row, now) => {
      const hasOwnName = row.name !== nameOf(row.config);
      row.config = configOf(body, row.config);
      row.name = body.name ?? (hasOwnName ? row.name : nameOf(row.config));
      row.serviceId = body.serviceId ?? row.serviceId;
      row.enabled = body.enabled ?? row.enabled;
      row.dueAt = now;
    }));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    await this.monitors.remove(identity, { id, request });
  }

  /** Looks at the certificate now and shows what there is to see. Unless it is paused, what is found counts as of any other check. */
  @Post(':id/check')
  @HttpCode(200)
  @Answers(TlsCheckAnswer)
  @Requires({ resource: 'monitors', action: 'write', role: 'editor' })
  async check(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<TlsCheckAnswer> {
    return this.edge.checkNow(await this.monitors.get(identity.tenantId, id));
  }

  /** Refuses (422) what may never be connected to. A name that does not resolve now may do so later: that is for the check to tell. */
  private async requireAllowed({ host, port }: TlsConfig): Promise<void> {
    try {
      await checkTarget(host, port, this.edge.policy);
    } catch (error) {
      if (error instanceof BlockedAddressError) throw unprocessable([{ path: 'host', message: error.message }]);
    }
  }
}

export function shownTls(row: TlsRow): TlsMonitorAnswer {
  const { name, serviceId, config, state } = row;
  return { ...shownOf(row), name, serviceId: serviceId!, ...config, ...tlsStatus(state), lastCheck: state.lastCheck };
}

function configOf(body: TlsMonitorChange, before: TlsConfig): TlsConfig {
  return {
    host: body.host ?? before.host, port: body.port ?? before.port, serverName: body.serverName === undefined ? before.serverName : body.serverName,
    warnDays: [...(body.warnDays ?? before.warnDays)].sort((a, b) => b - a), intervalSeconds: body.intervalSeconds ?? before.intervalSeconds,
  };
}

/** A host may be longer than a name. */
function nameOf({ host, port }: TlsConfig): string {
  return `${host}:${port}`.slice(-120);
}
