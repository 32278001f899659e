import { hashKey } from '@signalbox/access';
import { isId } from '@signalbox/contracts';
import { timingSafeEqual } from 'node:crypto';
import type { Intake } from '../intake/intake.js';
import type { RefusedEvents } from '../refused/refused-events.js';
import type { Method, Rejected, Source } from '../sources/contract.js';
import { sourceOf } from '../sources/registry.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { refuse, type GatewayAnswer, type Noted } from './answers.js';
import { bodyOf, readBody } from './body.js';
import { shownKey, type Credentials } from './credentials.js';
import { scopeOf } from './event-endpoints.js';
import type { Gate } from './gate.js';
import { notUnderstoodBy, readRequest } from './reading-request.js';
import { TRACE_HEADER, acceptedEvents, type GatewayRequest } from './request.js';

/** POST (or PUT, GET) /api/integrations/{type}?integrationId=…: a vendor's native payload. */
export class IntegrationEndpoint {
  constructor(
    private readonly credentials: Credentials,
    private readonly gate: Gate,
    private readonly intake: Intake,
    private readonly refused: RefusedEvents,
    private readonly verifySignatures: boolean,
  ) {}

  async accept(request: GatewayRequest, type: string): Promise<GatewayAnswer> {
    const source = sourceOf(type);
    if (source === undefined) return refuse(404, `There is no source named '${type}': see GET /api/v1/integration-types.`);
    if (!source.methods.includes(request.method as Method)) {
      refuse(405, `${source.displayName} sends ${source.methods.join(' or ')}.`, [], { allow: source.methods.join(', ') });
    }
    const { integration, keyFits } = await this.identify(request, source);
    // With a key the request is known to be the integration's before its body is read; with a signature or a proof alone only afterwards.
    if (keyFits) await this.gate.open(integration, request);
    const raw = request.seen.rawBody = await readBody(request.raw);
    this.gate.signature(integration, source.signature, request, raw);
    if (integration.type !== type) {
      refuse(400, `This integration is of type '${integration.type}'.`, [{
        path: 'integrationId',
        message: `is an integration of type '${integration.type}': send to /api/integrations/${integration.type}`,
      }]);
    }
    const isVouchedFor = keyFits || integration.secrets.length > 0;
    const prove = async (): Promise<void> => {
      if (source.proof !== undefined) await this.gate.proof({ integration, source, request, body: bodyOf(request, raw, source.contentTypes) }, isVouchedFor);
    };
    if (!isVouchedFor) await prove();
    if (!keyFits) await this.gate.open(integration, request);
    return this.refused.keeping({ request, integration, raw }, async () => {
      if (isVouchedFor) await prove();
      return this.take(request, source, integration, raw);
    });
  }

  /** Which integration this is. Refuses with 401 when neither its key nor (with a secret set) a signature nor its source's proof can speak for it. */
  private async identify(request: GatewayRequest, source: Source): Promise<{ integration: LiveIntegration; keyFits: boolean }> {
    const now = request.now.getTime();
    const key = shownKey(request.headers, request.query);
    const id = request.query?.get('integrationId') ?? undefined;
    if (id === undefined) {
      const integration = key === undefined ? undefined : await this.credentials.integrationOfKey(key, now);
      if (integration === undefined) return refuse(401, 'Say which integration this is: ?integrationId=…, and its key in the Authorization header.');
      request.seen.integration = integration;
      return { integration, keyFits: true };
    }
    const integration = request.seen.integration = isId(id) ? await this.credentials.integrationOfId(id.toLowerCase(), now) : undefined;
    const keyFits = integration !== undefined && key !== undefined && timingSafeEqual(Buffer.from(hashKey(key)), Buffer.from(integration.keyHash));
    if (integration === undefined || (key !== undefined && !keyFits)) return refuse(401, 'The integration is unknown, or the key is not its key.');
    const isSigned = integration.secrets.length > 0 && this.verifySignatures;
    if (!keyFits && !isSigned && !this.gate.takesProof(integration, source)) {
      refuse(401, "The integration's key is missing: send it as `Authorization: Bearer <key>`, X-Integration-Key or ?key=.");
    }
    return { integration, keyFits };
  }

  private async take(request: GatewayRequest, source: Source, integration: LiveIntegration, raw: Buffer): Promise<GatewayAnswer> {
    const { requestId, body, result } = readRequest(source, integration, { ...request, rawBody: raw });
    const headers = { [TRACE_HEADER]: requestId };
    const status = source.successStatus ?? 202;
    if (result.kind === 'ignored') {
      const reason = result.confirm === undefined ? result.reason : await this.gate.confirm({ integration, source, request, body }, result.confirm);
      return { status, headers, noted: { reason }, body: { status: 'ignored', accepted: 0, events: [], reason } };
    }
    if (result.kind === 'problem') return refuse(400, notUnderstoodBy(source), result.errors, headers);
    if (result.rejected !== undefined && result.rejected.length > 0) {
      await this.refused.keepRejected({ request, integration, raw }, result.rejected, requestId, status);
    }
    const events = acceptedEvents(result.events, scopeOf(integration), requestId, request.now);
    if (events.length > 0) await this.intake.events(integration.tenantId, events, raw.length);
    return {
      status, headers, noted: notedOf(events.length, result.rejected ?? []),
      body: {
        status: 'success', accepted: events.length, events: result.events.map(({ action, dedupKey }) => ({ action, dedup_key: dedupKey })),
        ...(result.rejected === undefined || result.rejected.length === 0 ? {} : { rejected: result.rejected }),
      },
    };
  }
}

function notedOf(events: number, rejected: readonly Rejected[]): Noted {
  if (rejected.length === 0) return { events };
  return {
    events,
    reason: `${rejected.length} of ${events + rejected.length} could not be understood; see errors.`,
    errors: rejected.flatMap(({ errors }) => errors),
  };
}
