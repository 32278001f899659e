import type { Intake } from '../intake/intake.js';
import type { Refusable } from '../refused/letter.js';
import type { RefusedEvents } from '../refused/refused-events.js';
import { prometheus } from '../sources/prometheus/index.js';
import { parsePostedAlerts } from '../sources/prometheus/posted-alerts.js';
import { refuse, sentence, type GatewayAnswer } from './answers.js';
import { parseJson, readBody } from './body.js';
import { shownKey, type Credentials } from './credentials.js';
import { scopeOf } from './event-endpoints.js';
import type { Gate } from './gate.js';
import { TRACE_HEADER, acceptedEvents, requestIdOf, type GatewayRequest } from './request.js';

/**
 * The part of Alertmanager's API v2 that a Prometheus server needs to send its alerts here, with no Alertmanager between (prometheus/alertmanager,
 * api/v2/openapi.yaml). The key is that of an integration of type `prometheus`: what its webhook opens, this closes, and the other way round.
 */
export class AlertmanagerEndpoint {
  private readonly startedAt = new Date();

  constructor(
    private readonly credentials: Credentials, private readonly gate: Gate, private readonly intake: Intake, private readonly refused: RefusedEvents,
    private readonly isReady: () => boolean,
  ) {}

  /** POST /api/v2/alerts: 200 without a body; of a list that is understood in part, what is understood is taken, and the answer is Alertmanager's 400. */
  async alerts(request: GatewayRequest): Promise<GatewayAnswer> {
    const key = shownKey(request.headers, request.query);
    const integration = key === undefined ? undefined : await this.credentials.integrationOfKey(key, request.now.getTime());
    if (integration === undefined) {
      return refuse(
        401,
        "The integration's key is missing or unknown: set it as authorization.credentials, or as basic_auth's password.",
        [],
        { 'www-authenticate': 'Bearer' },
      );
    }
    request.seen.integration = integration;
    await this.gate.open(integration, request);
    const raw = request.seen.rawBody = await readBody(request.raw);
    this.gate.signature(integration, prometheus.signature, request, raw);
    if (integration.type !== prometheus.type) {
      refuse(400, `Only integrations of type '${prometheus.type}' take alerts here; this one is of type '${integration.type}'.`);
    }
    const of = { request, integration, raw };
    return this.refused.keeping(of, () => this.take(of));
  }

  /** GET /api/v2/status, with nothing to tell of a cluster or a configuration. */
  status(): GatewayAnswer {
    const versionInfo = { version: 'signalbox', revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' };
    return { status: 200, body: { cluster: { status: 'disabled', peers: [] }, versionInfo, config: { original: '' }, uptime: this.startedAt.toISOString() } };
  }

  healthy(): GatewayAnswer {
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK' };
  }

  /** 503 until this gateway knows its integrations. */
  ready(): GatewayAnswer {
    return this.isReady() ? this.healthy() : { status: 503, contentType: 'text/plain; charset=utf-8', body: 'Service Unavailable' };
  }

  private async take({ request, integration, raw }: Refusable): Promise<GatewayAnswer> {
    const requestId = requestIdOf(integration.id, request.headers, undefined);
    const result = parsePostedAlerts(parseJson(raw), request.now, integration.severities ?? undefined);
    const headers = { [TRACE_HEADER]: requestId };
    if (result.kind === 'ignored') return { status: 200, headers, noted: { reason: result.reason }, body: '' };
    if (result.kind === 'problem') return refuse(400, 'No alert of the list could be understood.', result.errors, headers);
    const { rejected = [] } = result;
    if (rejected.length > 0) await this.refused.keepRejected({ request, integration, raw }, rejected, requestId, 400);
    await this.intake.events(integration.tenantId, acceptedEvents(result.events, scopeOf(integration), requestId, request.now), raw.length);
    const events = result.events.length;
    if (rejected.length === 0) return { status: 200, headers, noted: { events }, body: '' };
    const errors = rejected.flatMap((one) => one.errors);
    return { status: 400, headers, noted: { events, errors }, body: JSON.stringify(sentence(errors)) };
  }
}
