import { isApiKey } from '@signalbox/access';
import { isId } from '@signalbox/contracts';
import type { Intake } from '../intake/intake.js';
import { parseEventsApi } from '../sources/events/events-api.js';
import { parsePagerDuty } from '../sources/events/pagerduty.js';
import { GENERIC_SIGNATURES } from '../sources/signature.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { refuse, type GatewayAnswer } from './answers.js';
import { parseJson, readBody } from './body.js';
import { authorizationKey, type Credentials } from './credentials.js';
import type { Gate } from './gate.js';
import { acceptedEvents, requestIdOf, type EventScope, type GatewayRequest } from './request.js';

/** POST /api/events and POST /v2/enqueue: one event in the Events API's form. */
export class EventEndpoints {
  constructor(private readonly credentials: Credentials, private readonly gate: Gate, private readonly intake: Intake) {}

  /** The Events API: the key in the Authorization header, an integration's or an API key with `service_id`. */
  async eventsApi(request: GatewayRequest): Promise<GatewayAnswer> {
    const key = authorizationKey(request.headers.authorization);
    if (key === undefined || key === '') return refuse(401, 'Authorization is missing: send `Token token=<integration key>` or `Bearer sk_live_…`.');
    return isApiKey(key) ? this.withApiKey(request, key) : this.withIntegrationKey(request, key);
  }

  /** PagerDuty's Events API v2, in its own words: an unknown or disabled key is its 400. */
  async pagerDuty(request: GatewayRequest): Promise<GatewayAnswer> {
    const raw = await readBody(request.raw);
    const body = parseJson(raw);
    const routingKey = request.headers['x-routing-key'];
    const requestId = requestIdOf('enqueue', request.headers, undefined);
    const parsed = parsePagerDuty(body, { keyIfMissing: requestId, ...(routingKey === undefined ? {} : { routingKey }) });
    if (!parsed.ok) return { status: 400, body: parsed.refusal };
    const integration = await this.credentials.integrationOfKey(parsed.routingKey, request.now.getTime());
    if (integration === undefined || !integration.enabled) return refuse(400, 'Invalid routing key', [{ path: 'routing_key', message: "'routing_key' is unknown or disabled" }]);
    this.gate.rate(integration, request.now);
    this.gate.signature(integration, GENERIC_SIGNATURES, request, raw);
    const scoped = requestIdOf(integration.id, request.headers, undefined);
    const event = parsed.event.dedupKey === requestId ? { ...parsed.event, dedupKey: scoped } : parsed.event;
    const [accepted] = acceptedEvents([event], scopeOf(integration), scoped, request.now);
    await this.intake.events(integration.tenantId, [accepted!], raw.length);
    return { status: 202, headers: { 'x-signalbox-trace': scoped }, body: { status: 'success', message: 'Event processed', dedup_key: event.dedupKey } };
  }

  private async withIntegrationKey(request: GatewayRequest, key: string): Promise<GatewayAnswer> {
    const integration = await this.credentials.integrationOfKey(key, request.now.getTime());
    if (integration === undefined) return refuse(401, 'The integration key is unknown.');
    this.gate.open(integration, request.now);
    const raw = await readBody(request.raw);
    this.gate.signature(integration, GENERIC_SIGNATURES, request, raw);
    return this.take(request, raw, parseJson(raw), integration.tenantId, scopeOf(integration), integration.severities ?? undefined);
  }

  private async withApiKey(request: GatewayRequest, key: string): Promise<GatewayAnswer> {
    const now = request.now.getTime();
    const apiKey = await this.credentials.apiKey(key, 'events:write', now);
    const raw = await readBody(request.raw);
    const body = parseJson(raw);
    const serviceId = typeof body === 'object' && body !== null && 'service_id' in body ? body.service_id : undefined;
    if (!isId(serviceId)) return refuse(400, 'The event has one fault; see errors.', [{ path: 'service_id', message: 'is required with an API key: the id of the service that the event is about' }]);
    if (!(await this.credentials.ownsService(apiKey.tenantId, serviceId, now))) refuse(400, 'The event has one fault; see errors.', [{ path: 'service_id', message: 'is not the id of a service of yours' }]);
    return this.take(request, raw, body, apiKey.tenantId, { scopeId: serviceId, serviceId, integrationId: null });
  }

  private async take(request: GatewayRequest, raw: Buffer, body: unknown, tenantId: string, scope: EventScope, severities?: Readonly<Record<string, string>>): Promise<GatewayAnswer> {
    const requestId = requestIdOf(scope.scopeId, request.headers, undefined);
    const parsed = parseEventsApi(body, { keyIfMissing: requestId, ...(severities === undefined ? {} : { severities }) });
    if (!parsed.ok) return refuse(400, parsed.errors.length === 1 ? 'The event has one fault; see errors.' : `The event has ${parsed.errors.length} faults; see errors.`, parsed.errors);
    const [accepted] = acceptedEvents([parsed.event], scope, requestId, request.now);
    await this.intake.events(tenantId, [accepted!], raw.length);
    return { status: 202, headers: { 'x-signalbox-trace': requestId }, body: { status: 'success', message: 'Event accepted', dedup_key: parsed.event.dedupKey } };
  }
}

export function scopeOf(integration: LiveIntegration): EventScope {
  return { scopeId: integration.id, serviceId: integration.serviceId, integrationId: integration.id };
}
