import type { Intake } from '../intake/intake.js';
import type { Refusable } from '../refused/letter.js';
import { traceHeader, type RefusedEvents } from '../refused/refused-events.js';
import { fieldErrors, parsePagerDuty, parsePagerDutyChange, type PagerDutyRefusal, type PagerDutyRefused } from '../sources/events/pagerduty.js';
import { GENERIC_SIGNATURES } from '../sources/signature.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { refuse, type GatewayAnswer, type Noted } from './answers.js';
import { MalformedBody, parseJson, readBody } from './body.js';
import type { Credentials } from './credentials.js';
import { scopeOf } from './event-endpoints.js';
import type { Gate } from './gate.js';
import { TRACE_HEADER, acceptedChange, acceptedEvents, requestIdOf, type GatewayRequest } from './request.js';

/** A body that was read, and the key that its sender may have shown in a header. */
interface Asked { readonly raw: Buffer; readonly body: unknown; readonly header: { readonly routingKey?: string } }

/** POST /v2/enqueue and POST /v2/change/enqueue: PagerDuty's Events API v2, in its own words. An unknown or disabled key is its 400. */
export class PagerDutyEndpoint {
  constructor(
    private readonly credentials: Credentials,
    private readonly gate: Gate,
    private readonly intake: Intake,
    private readonly refused: RefusedEvents,
  ) {}

  async enqueue(request: GatewayRequest): Promise<GatewayAnswer> {
    const { raw, body, header } = await read(request);
    const keyIfMissing = requestIdOf('enqueue', request.headers, undefined);
    const parsed = parsePagerDuty(body, { keyIfMissing, ...header });
    const integration = await this.integrationOf(parsed.routingKey, request);
    if (integration === undefined) return ofNobody(parsed);
    await this.pass(integration, request, raw);
    const requestId = requestIdOf(integration.id, request.headers, undefined);
    if (!parsed.ok) return this.refuse({ request, integration, raw }, body === undefined, parsed.refusal, requestId);
    const event = parsed.event.dedupKey === keyIfMissing ? { ...parsed.event, dedupKey: requestId } : parsed.event;
    const [accepted] = acceptedEvents([event], scopeOf(integration), requestId, request.now);
    await this.intake.events(integration.tenantId, [accepted!], raw.length);
    return {
      status: 202, headers: { [TRACE_HEADER]: requestId }, noted: { events: 1 },
      body: { status: 'success', message: 'Event processed', dedup_key: event.dedupKey },
    };
  }

  /** A change event: shown beside incidents; opens none, and tells nobody. */
  async change(request: GatewayRequest): Promise<GatewayAnswer> {
    const { raw, body, header } = await read(request);
    const parsed = parsePagerDutyChange(body, header);
    const integration = await this.integrationOf(parsed.routingKey, request);
    if (integration === undefined) return ofNobody(parsed);
    await this.pass(integration, request, raw);
    const requestId = requestIdOf(integration.id, request.headers, undefined);
    if (!parsed.ok) return this.refuse({ request, integration, raw }, body === undefined, parsed.refusal, requestId);
    await this.intake.change(integration.tenantId, acceptedChange(parsed.change, integration, requestId, request.now), raw.length);
    return { status: 202, headers: { [TRACE_HEADER]: requestId }, noted: { events: 1 }, body: { status: 'success', message: 'Change event processed' } };
  }

  private async integrationOf(routingKey: string | undefined, request: GatewayRequest): Promise<LiveIntegration | undefined> {
    const integration = routingKey === undefined ? undefined : await this.credentials.integrationOfKey(routingKey, request.now.getTime());
    Object.assign(request.seen, { integration, key: routingKey });
    return integration !== undefined && this.gate.closed(integration) === undefined ? integration : undefined;
  }

  private async pass(integration: LiveIntegration, request: GatewayRequest, raw: Buffer): Promise<void> {
    await this.gate.rate(integration, request);
    this.gate.signature(integration, GENERIC_SIGNATURES, request, raw);
  }

  private async refuse(of: Refusable, isMalformed: boolean, refusal: PagerDutyRefusal, requestId: string): Promise<GatewayAnswer> {
    const errors = isMalformed ? [] : fieldErrors(refusal);
    const traceId = await this.refused.keep(of, {
      reason: isMalformed ? 'malformed_body' : 'not_understood',
      detail: refusal.message, errors, status: 400, traceId: requestId,
    });
    return { status: 400, headers: traceHeader(traceId), noted: notedOf(refusal), body: refusal };
  }
}

async function read(request: GatewayRequest): Promise<Asked> {
  const raw = request.seen.rawBody = await readBody(request.raw);
  const routingKey = request.headers['x-routing-key'];
  return { raw, body: jsonOrNothing(raw), header: routingKey === undefined ? {} : { routingKey } };
}

function notedOf(refusal: PagerDutyRefusal): Noted {
  return { reason: refusal.message, errors: fieldErrors(refusal) };
}

function ofNobody(parsed: { readonly ok: true } | PagerDutyRefused): GatewayAnswer {
  if (!parsed.ok) return { status: 400, noted: notedOf(parsed.refusal), body: parsed.refusal };
  return refuse(400, 'Invalid routing key', [{ path: 'routing_key', message: "'routing_key' is unknown or disabled" }]);
}

/** Undefined, which no JSON is, when the body is malformed: PagerDuty's parser has the words for that. */
function jsonOrNothing(raw: Buffer): unknown {
  try {
    return parseJson(raw);
  } catch (error) {
    if (error instanceof MalformedBody) return undefined;
    throw error;
  }
}
