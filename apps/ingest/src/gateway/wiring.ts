import { deriveKey } from '@signalbox/access';
import { ACK_LINK_PURPOSE } from '@signalbox/contracts';
import type { ReadModel } from '@signalbox/messaging';
import type { Outbound } from '@signalbox/outbound';
import type { Background, FrontHandler, ServiceContext } from '@signalbox/runtime';
import type { Config } from '../config.js';
import type { Intake } from '../intake/intake.js';
import type { LetterBox } from '../intake/letter-box.js';
import { RefusedEvents } from '../refused/refused-events.js';
import { RequestLog } from '../request-log/request-log.js';
import { RequestLogWriter } from '../request-log/writer.js';
import { CountStore } from '../store/count-store.js';
import type { HeartbeatEndpoint } from '../monitors/heartbeats/heartbeat-endpoint.js';
import type { IntegrationIndex } from '../store/integration-index.js';
import { RateLeaseStore } from '../store/rate-lease-store.js';
import type { RequestStore } from '../store/request-store.js';
import { AckLinkEndpoint } from './ack-link-endpoint.js';
import { AlertmanagerEndpoint } from './alertmanager-endpoint.js';
import { Credentials } from './credentials.js';
import { EventEndpoints } from './event-endpoints.js';
import { gatewayFront } from './front.js';
import { Gate } from './gate.js';
import { IntegrationEndpoint } from './integration-endpoint.js';
import { MessageEndpoint } from './message-endpoint.js';
import { PagerDutyEndpoint } from './pagerduty-endpoint.js';
import { RateLimit } from './rate-limit.js';
import { VendorDocuments } from './vendor-documents.js';

/** What the gateway shares with the operators' API and with replays. */
export interface Shared {
  readonly index: IntegrationIndex;
  readonly apiKeys: ReadModel<'api-keys'>;
  readonly services: ReadModel<'services'>;
  readonly tenants: ReadModel<'tenants'>;
  readonly intake: Intake;
  readonly letters: LetterBox;
  readonly requests: RequestStore;
  readonly outbound: Outbound;
  readonly heartbeats: HeartbeatEndpoint;
}

/** The wiring of everything that a sender's request meets: its endpoints in front of the framework, and what runs beside them. */
export function assembleGateway(
  context: ServiceContext<Config>,
  { index, apiKeys, services, tenants, intake, letters, requests, outbound, heartbeats }: Shared,
): { readonly front: FrontHandler; readonly background: readonly Background[] } {
  const { db, config, log, metrics } = context;
  warnOfSwitches(context);
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const refusals = metrics.counter(
    'refused_events_total',
    'what a known sender sent and nobody could understand: kept as a dead letter, a repeat of one, or over the cap',
    ['reason', 'fate'],
  );
  const refused = new RefusedEvents(letters, (reason, fate) => refusals.inc({ reason, fate }));
  const credentials = new Credentials(index, apiKeys, services);
  const switches = { verifySignatures: config.INTEGRATION_VERIFY_SIGNATURES, rateLimit: config.INTEGRATION_RATE_LIMIT };
  const rateLeases = new RateLeaseStore(db, warn);
  const gate = new Gate(switches, new RateLimit(rateLeases, warn), config.PUBLIC_INGEST_URL.replace(/\/$/, ''), new VendorDocuments(outbound), tenants);
  const requestLog = new RequestLog({ keeps: config.REQUEST_LOG_DAYS > 0, trustedProxies: config.TRUSTED_PROXIES }, metrics);
  const requestLogWriter = new RequestLogWriter(
    requestLog, requests, new CountStore(db), { days: config.REQUEST_LOG_DAYS, rows: config.REQUEST_LOG_ROWS }, warn,
  );

  return {
    front: gatewayFront({
      events: new EventEndpoints(credentials, gate, intake, refused),
      pagerDuty: new PagerDutyEndpoint(credentials, gate, intake, refused),
      alertmanager: new AlertmanagerEndpoint(credentials, gate, intake, refused, () => index.ready),
      integrations: new IntegrationEndpoint(credentials, gate, intake, refused, config.INTEGRATION_VERIFY_SIGNATURES),
      messages: new MessageEndpoint(credentials, intake),
      ackLinks: new AckLinkEndpoint(intake, config.SIGNALBOX_MASTER_KEY.split(',').map((key) => deriveKey(key, ACK_LINK_PURPOSE))),
      heartbeats,
    }, requestLog, metrics, log),
    background: [
      { name: 'rate leases', start: () => rateLeases.start(), stop: () => rateLeases.stop() },
      { name: 'request log', start: () => requestLogWriter.start(), stop: () => requestLogWriter.stop() },
    ],
  };
}

function warnOfSwitches({ config, log }: ServiceContext<Config>): void {
  if (!config.INTEGRATION_VERIFY_SIGNATURES) log.warn('INTEGRATION_VERIFY_SIGNATURES=false: signatures are NOT verified. Never run like this in production.');
  if (!config.INTEGRATION_RATE_LIMIT) log.warn('INTEGRATION_RATE_LIMIT=false: senders are NOT limited. Never run like this in production.');
}
