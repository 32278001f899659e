import type { Provider, Type } from '@nestjs/common';
import { Listener, ResourceStore } from '@signalbox/database';
import type { ReadModel } from '@signalbox/messaging';
import type { AddressPolicy, Outbound } from '@signalbox/outbound';
import type { Background, HouseConfig, ServiceContext } from '@signalbox/runtime';
import type { Tenants } from '../store/tenants.js';
import { Clockwork, CHECK_MS, wound } from './clockwork.js';
import { examine, type CheckResult } from './domain/certificate.js';
import { deadlineOf } from './domain/heartbeat.js';
import type { TlsConfig } from './domain/tls-monitor.js';
import { DueTable } from './due-table.js';
import { Beats } from './heartbeats/beats.js';
import { HeartbeatEndpoint } from './heartbeats/heartbeat-endpoint.js';
import { HeartbeatKeys, type HeartbeatRow } from './heartbeats/heartbeat-keys.js';
import { HeartbeatStore, HeartbeatsController, shownHeartbeat } from './heartbeats/heartbeats.controller.js';
import { Vigil } from './heartbeats/vigil.js';
import type { MonitorEntity } from './monitor.entity.js';
import { ObligationStore, ObligationsController, shownObligation, type ObligationRow } from './obligations/obligations.controller.js';
import { createCertificateLook, type CertificateLook } from './tls/certificate-look.js';
import { TlsEdge, TlsMonitorStore, TlsMonitorsController, shownTls, type TlsRow } from './tls/tls-monitors.controller.js';

export interface MonitorParts {
  readonly rows: ResourceStore<MonitorEntity>;
  readonly services: ReadModel<'services'>;
  readonly tenants: Tenants;
  readonly outbound: Outbound;
  readonly policy: AddressPolicy;
}

/** Heartbeats, TLS monitors and obligations, for the service to wire in. */
export interface Monitors {
  readonly heartbeats: HeartbeatEndpoint;
  readonly controllers: Type<unknown>[];
  readonly providers: Provider[];
  readonly background: Background;
}

export function createMonitors(
  { db, relay, config, log, metrics, box }: ServiceContext<HouseConfig>,
  { rows, services, tenants, outbound, policy }: MonitorParts,
): Monitors {
  const now = (): Date => new Date();
  const look = createCertificateLook(outbound, { timeoutMs: CHECK_MS });
  const told = metrics.counter('monitors_told_total', 'events and notices of monitors by kind and what they say', ['kind', 'what']);
  const table = new DueTable(db);
  const clockwork = new Clockwork({
    table, vigil: new Vigil(db, log), relay, tenants, now, log, check: (monitor) => checkOf(look, monitor.config as TlsConfig, now),
    onTold: ({ kind }, one) => told.inc({ kind, what: one.tell === 'event' ? one.action : one.eventType }),
  });
  metrics.gauge(
    'monitors_oldest_due_seconds',
    'how long the oldest monitor that is due has waited for its turn',
    [],
    async (gauge) => gauge.set(await clockwork.lateSeconds()),
  );
  const listener = new Listener({ url: config.DATABASE_URL, channel: 'ingest_monitors', heard: clockwork.wake, applicationName: 'signalbox-ingest-monitors' });
  const beats = new Beats(db);
  const keys = new HeartbeatKeys(box, config.PUBLIC_INGEST_URL);
  const { heartbeats, tls, obligations } = storesOf({ rows, services, now });
  const edge: TlsEdge = { policy, checkNow: async ({ tenantId, id, config: of }) => await clockwork.checkNow(tenantId, id) ?? checkOf(look, of, now) };
  const clock = wound(clockwork, listener);
  return {
    heartbeats: new HeartbeatEndpoint(beats, tenants),
    controllers: [HeartbeatsController, TlsMonitorsController, ObligationsController],
    providers: [
      { provide: HeartbeatStore, useValue: heartbeats }, { provide: HeartbeatKeys, useValue: keys }, { provide: TlsMonitorStore, useValue: tls },
      { provide: TlsEdge, useValue: edge }, { provide: ObligationStore, useValue: obligations },
    ],
    background: { name: 'monitors', start: () => clock.start(), stop: async () => { await beats.settled(); await clock.stop(); } },
  };
}

/** Each kind as operators change it; what is switched on again is due when its kind says so. */
function storesOf(common: Pick<MonitorParts, 'rows' | 'services'> & { readonly now: () => Date }) {
  return {
    heartbeats: new HeartbeatStore({
      ...common, kind: 'heartbeat', resource: 'heartbeat',
      resumedAt: (row, at) => (row.lastBeatAt === null ? null : deadlineOf(row.config, at)),
      audited: (row: HeartbeatRow) => shownHeartbeat(row),
    }),
    tls: new TlsMonitorStore({
      ...common, kind: 'tls', resource: 'TLS monitor', resumedAt: (_, at) => at,
      audited: (row: TlsRow) => ({ ...shownTls(row), lastCheck: null }),
    }),
    obligations: new ObligationStore({
      ...common, kind: 'obligation', resource: 'obligation', resumedAt: (_, at) => at,
      audited: (row: ObligationRow) => shownObligation(row, common.now()),
    }),
  };
}

async function checkOf(look: CertificateLook, config: TlsConfig, now: () => Date): Promise<CheckResult> {
  return examine(await look(config), config.warnDays, now());
}
