import type { ProofVerdict, Source } from '../sources/contract.js';
import { verifySignature, type SignatureScheme } from '../sources/signature.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { disabledTenant, isDisabled, type Tenants } from '../store/tenants.js';
import { refuse } from './answers.js';
import type { RateLimit } from './rate-limit.js';
import type { GatewayRequest } from './request.js';
import { CannotFetchError, type VendorDocuments } from './vendor-documents.js';

/** ING-12: both on, except in tests. */
export interface GateSwitches {
  readonly verifySignatures: boolean;
  readonly rateLimit: boolean;
}

/** A request to an integration, with its body taken apart. */
export interface IntegrationRequest {
  readonly integration: LiveIntegration;
  readonly source: Source;
  readonly request: GatewayRequest;
  readonly body: unknown;
}

/**
 * What stands between a known integration and its event: enabled, as is its tenant, not
 * too often, signed when it has a secret, proven when its source asks for that.
 */
export class Gate {
  /** `publicUrl`: how senders reach this gateway, without a slash at its end. */
  constructor(
    private readonly switches: GateSwitches, private readonly limit: RateLimit, private readonly publicUrl: string, private readonly documents: VendorDocuments,
    private readonly tenants: Pick<Tenants, 'get'>,
  ) {}

  /** Why nothing is taken for an integration; undefined when it is. */
  closed({ enabled, tenantId }: LiveIntegration): string | undefined {
    if (isDisabled(this.tenants, tenantId)) return disabledTenant("The integration's");
    return enabled ? undefined : 'This integration is disabled: enable it to send events.';
  }

  /** Refuses with 403 when disabled, 429 when too often. */
  async open(integration: LiveIntegration, request: GatewayRequest): Promise<void> {
    const reason = this.closed(integration);
    if (reason !== undefined) refuse(403, reason);
    await this.rate(integration, request);
  }

  /** Counts the request, and has its answer tell what is left; refuses with 429 when it comes too often. */
  async rate({ id, rateLimitPerMinute: limit }: LiveIntegration, request: GatewayRequest): Promise<void> {
    if (!this.switches.rateLimit) return;
    const { passes, remaining, resetSeconds } = await this.limit.take(id, limit, request.now.getTime());
    request.quota = { 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': String(remaining), 'x-ratelimit-reset': String(resetSeconds) };
    if (!passes) refuse(429, `More than ${limit} requests a minute: come again in ${resetSeconds} s.`, [], { 'retry-after': String(resetSeconds) });
  }

  /** A secret that is set makes the signature mandatory: 401 when it is missing or wrong. */
  signature(integration: LiveIntegration, schemes: readonly SignatureScheme[], request: GatewayRequest, rawBody: Buffer): void {
    if (integration.secrets.length === 0 || !this.switches.verifySignatures) return;
    const verdict = verifySignature(
      schemes,
      { url: this.publicUrl + (request.raw.url ?? ''), headers: request.headers, rawBody, now: request.now },
      integration.secrets,
    );
    if (verdict === 'valid') return;
    const headers = [...new Set(schemes.map(({ header }) => header))].join(', ');
    refuse(
      401,
      verdict === 'missing'
        ? `This integration has a signature secret, so the request must be signed (${headers}).`
        : 'The signature does not fit the body and the secret.',
    );
  }

  /** Whether the source's own proof may stand in for the key: only where it tells this integration's sender from any other customer of the vendor. */
  takesProof(integration: LiveIntegration, source: Source): boolean {
    return this.switches.verifySignatures && integration.type === source.type && source.proof?.identifies(integration.config) === true;
  }

  /**
   * The source's own proof, looked at where the integration requires it or where nothing else has vouched for the sender: 401 when it is missing or
   * invalid. Throws CannotFetchError when it cannot be checked now.
   */
  async proof(asked: IntegrationRequest, isVouchedFor: boolean): Promise<void> {
    const { integration, source } = asked;
    if (source.proof === undefined || !this.switches.verifySignatures || (isVouchedFor && !source.proof.required(integration.config))) return;
    const verdict = await this.verdict(asked);
    if (verdict !== 'valid') refuse(401, `This integration takes only what ${source.displayName} itself has signed: its proof is ${verdict}.`);
  }

  /**
   * Finishes a set-up that the vendor has asked for, if the request carries the proof: what then became of it, in words.
   * Throws CannotFetchError when the vendor is to ask again.
   */
  async confirm(asked: IntegrationRequest, address: string): Promise<string> {
    const verdict = this.switches.verifySignatures ? await this.verdict(asked) : 'missing';
    if (verdict !== 'valid') return `subscription not confirmed: the proof that ${asked.source.displayName} asks for it is ${verdict}`;
    const status = await this.documents.visit(address);
    if (status >= 500 || status === 429) throw new CannotFetchError(`the confirmation was answered with ${status}`);
    return status >= 200 && status < 300 ? 'subscription confirmed' : `subscription not confirmed: its address answered ${status}`;
  }

  private async verdict({ integration, source, request, body }: IntegrationRequest): Promise<ProofVerdict> {
    const asked = { body, headers: request.headers, config: integration.config, now: request.now };
    return await source.proof?.check(asked, (url) => this.documents.get(url)) ?? 'missing';
  }
}
