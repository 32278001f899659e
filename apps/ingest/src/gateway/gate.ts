import { verifySignature, type SignatureScheme } from '../sources/signature.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { refuse } from './answers.js';
import { RateLimit } from './rate-limit.js';
import type { GatewayRequest } from './request.js';

/** ING-12: both on, except in tests. */
export interface GateSwitches {
  readonly verifySignatures: boolean;
  readonly rateLimit: boolean;
}

/** What stands between a known integration and its event: enabled, not too often, signed when it has a secret. */
export class Gate {
  private readonly limit = new RateLimit();

  /** `publicUrl`: how senders reach this gateway, without a slash at its end. */
  constructor(private readonly switches: GateSwitches, private readonly publicUrl: string) {}

  /** Refuses with 403 when disabled, 429 when too often. */
  open(integration: LiveIntegration, now: Date): void {
    if (!integration.enabled) refuse(403, 'This integration is disabled: enable it to send events.');
    this.rate(integration, now);
  }

  rate(integration: LiveIntegration, now: Date): void {
    if (!this.switches.rateLimit) return;
    const wait = this.limit.take(integration.id, integration.rateLimitPerMinute, now.getTime());
    if (wait > 0) refuse(429, `More than ${integration.rateLimitPerMinute} requests a minute: come again in ${wait} s.`, [], { 'retry-after': String(wait) });
  }

  /** A secret that is set makes the signature mandatory: 401 when it is missing or wrong. */
  signature(integration: LiveIntegration, schemes: readonly SignatureScheme[], request: GatewayRequest, rawBody: Buffer): void {
    if (integration.secrets.length === 0 || !this.switches.verifySignatures) return;
    const verdict = verifySignature(schemes, { url: this.publicUrl + (request.raw.url ?? ''), headers: request.headers, rawBody, now: request.now }, integration.secrets);
    if (verdict === 'valid') return;
    const headers = [...new Set(schemes.map(({ header }) => header))].join(', ');
    refuse(401, verdict === 'missing' ? `This integration has a signature secret, so the request must be signed (${headers}).` : 'The signature does not fit the body and the secret.');
  }
}
