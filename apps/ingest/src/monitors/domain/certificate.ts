/** What may be wrong with a certificate or with the way to it. `expiring` alone is no failure. */
export const PROBLEMS = [
  'unreachable', 'blocked_address', 'handshake', 'expired', 'not_yet_valid', 'wrong_host', 'self_signed', 'unknown_issuer', 'untrusted', 'expiring',
] as const;
export type ProblemCode = (typeof PROBLEMS)[number];

export interface CertificateProblem { readonly code: ProblemCode; readonly message: string }

/** One certificate as it is shown. Names are `CN=…, O=…`; times are RFC 3339. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  /** SHA-256, in hex with colons. */
  readonly fingerprint: string;
  readonly validFrom: string;
  readonly validTo: string;
}

/** What a server showed in the handshake. */
export interface Peer {
  readonly leaf: CertificateFacts;
  /** The issuers that it sent along (or that we know), nearest first. */
  readonly chain: readonly CertificateFacts[];
  readonly subjectAltNames: readonly string[];
  /** Why the name does not fit; undefined when it does. */
  readonly nameFault?: string;
  /** OpenSSL's word for what is wrong with the chain; undefined when it leads to an issuer that is trusted here. */
  readonly chainFault?: string;
  /** `TLSv1.3` */
  readonly protocol: string;
}

export type Seen =
  | { readonly kind: 'peer'; readonly peer: Peer }
  | { readonly kind: 'nothing'; readonly code: 'unreachable' | 'blocked_address' | 'handshake'; readonly message: string };

export interface CheckResult {
  /** Nothing is wrong, and it does not expire soon. */
  readonly ok: boolean;
  readonly checkedAt: string;
  readonly problems: readonly CertificateProblem[];
  /** Whole days until the certificate ends, negative after it; null when none was seen. */
  readonly daysLeft: number | null;
  readonly certificate: (CertificateFacts & { readonly subjectAltNames: readonly string[] }) | null;
  readonly chain: readonly CertificateFacts[];
  readonly protocol: string | null;
}

const DAY_MS = 86_400_000;

/** OpenSSL's words (X509_verify_cert_error_string) for a chain that ends nowhere that is trusted, as Node passes them on. */
const CHAIN_FAULTS: Readonly<Record<string, { code: ProblemCode; message: string }>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: 'self_signed', message: 'The certificate is signed by itself.' },
  SELF_SIGNED_CERT_IN_CHAIN: { code: 'unknown_issuer', message: 'The chain ends at an issuer that is not trusted.' },
  UNABLE_TO_GET_ISSUER_CERT: { code: 'unknown_issuer', message: 'The issuer is not trusted.' },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    code: 'unknown_issuer',
    message: 'The issuer is not trusted, or the server does not send its intermediate certificates.',
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { code: 'unknown_issuer', message: 'The issuer is not trusted, or the server does not send its intermediate certificates.' },
};

/** What is wrong with what was seen, at `now`; `warnDays` before its end a certificate counts as expiring. */
export function examine(seen: Seen, warnDays: readonly number[], now: Date): CheckResult {
  if (seen.kind === 'nothing') {
    const { code, message } = seen;
    return { ok: false, checkedAt: now.toISOString(), problems: [{ code, message }], daysLeft: null, certificate: null, chain: [], protocol: null };
  }
  const { leaf, chain, subjectAltNames, protocol } = seen.peer;
  const problems = [
    ...timeProblems(leaf, 'The certificate', now),
    ...chain.flatMap((issuer) => timeProblems(issuer, `The issuer ${issuer.subject}`, now)), ...nameProblems(seen.peer),
  ];
  problems.push(...chainProblems(seen.peer.chainFault, problems));
  const msLeft = Date.parse(leaf.validTo) - now.getTime();
  if (msLeft > 0 && msLeft <= Math.max(...warnDays) * DAY_MS) problems.push({ code: 'expiring', message: `The certificate ends at ${leaf.validTo}.` });
  return {
    ok: problems.length === 0, checkedAt: now.toISOString(), problems,
    daysLeft: Math.floor(msLeft / DAY_MS), certificate: { ...leaf, subjectAltNames }, chain, protocol,
  };
}

function timeProblems({ validFrom, validTo }: CertificateFacts, what: string, now: Date): CertificateProblem[] {
  if (Date.parse(validTo) <= now.getTime()) return [{ code: 'expired', message: `${what} ended at ${validTo}.` }];
  return Date.parse(validFrom) > now.getTime() ? [{ code: 'not_yet_valid', message: `${what} is valid only from ${validFrom}.` }] : [];
}

function nameProblems({ nameFault }: Peer): CertificateProblem[] {
  return nameFault === undefined ? [] : [{ code: 'wrong_host', message: nameFault }];
}

/** OpenSSL names one fault only. Of times we have told already, each by its certificate. */
function chainProblems(fault: string | undefined, told: readonly CertificateProblem[]): CertificateProblem[] {
  if (fault === undefined) return [];
  const known = CHAIN_FAULTS[fault];
  if (known !== undefined) return [known];
  const isOfTimes = /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/.test(fault) && told.some(({ code }) => code === 'expired' || code === 'not_yet_valid');
  return isOfTimes ? [] : [{ code: 'untrusted', message: `The certificate is not accepted (${fault}).` }];
}
