import { isApiKey } from '@signalbox/access';
import { isId } from '@signalbox/contracts';
import type { Intake } from '../intake/intake.js';
import type { FieldError } from '../sources/contract.js';
import { parseEventsApi } from '../sources/events/events-api.js';
import type { RefusedEvents } from '../refused/refused-events.js';
import { GENERIC_SIGNATURES } from '../sources/signature.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { refuse, type GatewayAnswer } from './answers.js';
import { parseJson, readBody } from './body.js';
import { authorizationKey, type Credentials } from './credentials.js';
import type { Gate } from './gate.js';
import { TRACE_HEADER, acceptedEvents, requestIdOf, type EventScope, type GatewayRequest } from './request.js';

/** POST /api/events: one event in the Events API's form. */
export class EventEndpoints {
  constructor(
    private readonly credentials: Credentials,
    private readonly gate: Gate,
    private readonly intake: Intake,
    private readonly refused: RefusedEvents,
  ) {}

  /** The Events API: the key in the Authorization header, an integration's or an API key with `service_id`. */
  async eventsApi(request: GatewayRequest): Promise<GatewayAnswer> {
    const key = authorizationKey(request.headers.authorization);
    if (key === undefined || key === '') return refuse(401, 'Authorization is missing: send `Token token=<integration key>` or `Bearer sk_live_…`.');
    return isApiKey(key) ? this.withApiKey(request, key) : this.withIntegrationKey(request, key);
  }

  private async withIntegrationKey(request: GatewayRequest, key: string): Promise<GatewayAnswer> {
    const integration = await this.credentials.integrationOfKey(key, request.now.getTime());
    if (integration === undefined) return refuse(401, 'The integration key is unknown.');
    request.seen.integration = integration;
    await this.gate.open(integration, request);
    const raw = request.seen.rawBody = await readBody(request.raw);
    this.gate.signature(integration, GENERIC_SIGNATURES, request, raw);
    return this.refused.keeping({ request, integration, raw },
      async () => this.take(request, raw, parseJson(raw), integration.tenantId, scopeOf(integration), integration.severities ?? undefined));
  }

  private async withApiKey(request: GatewayRequest, key: string): Promise<GatewayAnswer> {
    const now = request.now.getTime();
    const apiKey = await this.credentials.apiKey(key, 'events:write', now);
    const raw = await readBody(request.raw);
    const body = parseJson(raw);
    const serviceId = typeof body === 'object' && body !== null && 'service_id' in body ? body.service_id : undefined;
    if (!isId(serviceId)) {
      return refuseEvent([{ path: 'service_id', message: 'is required with an API key: the id of the service that the event is about' }]);
    }
    if (!(await this.credentials.ownsService(apiKey.tenantId, serviceId, now))) {
      return refuseEvent([{ path: 'service_id', message: 'is not the id of a service of yours' }]);
    }
    return this.take(request, raw, body, apiKey.tenantId, { scopeId: serviceId, serviceId, integrationId: null });
  }

  private async take(
    request: GatewayRequest,
    raw: Buffer,
    body: unknown,
    tenantId: string,
    scope: EventScope,
    severities?: Readonly<Record<string, string>>,
  ): Promise<GatewayAnswer> {
    const requestId = requestIdOf(scope.scopeId, request.headers, undefined);
    const parsed = parseEventsApi(body, { keyIfMissing: requestId, ...(severities === undefined ? {} : { severities }) });
    if (!parsed.ok) return refuseEvent(parsed.errors);
    const [accepted] = acceptedEvents([parsed.event], scope, requestId, request.now);
    await this.intake.events(tenantId, [accepted!], raw.length);
    return {
      status: 202, headers: { [TRACE_HEADER]: requestId }, noted: { events: 1 },
      body: { status: 'success', message: 'Event accepted', dedup_key: parsed.event.dedupKey },
    };
  }
}

function refuseEvent(errors: readonly FieldError[]): never {
  return refuse(400, `The event has ${errors.length === 1 ? 'one fault' : `${errors.length} faults`}; see errors.`, errors);
}

export function scopeOf(integration: LiveIntegration): EventScope {
  return { scopeId: integration.id, serviceId: integration.serviceId, integrationId: integration.id };
}
