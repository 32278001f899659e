import type { TSchema } from '@sinclair/typebox';
import type { EventAction, Severity } from '@signalbox/contracts';
import type { SeverityRow } from './severity.js';
import type { SignatureScheme } from './signature.js';

/**
 * A kind of sender: one folder and one line in `registry.ts`.
 * Everything here is pure: the gateway reads the request, checks the credential and the signature, parses the body once, and asks `parse` what it means.
 */
export interface Source<C = unknown, T extends string = string> {
  /** The last part of `/api/integrations/<type>`, and the integration's type. */
  readonly type: T;
  readonly displayName: string;
  /** What it can be set to send with; POST first. */
  readonly methods: readonly Method[];
  /** What a request that was taken is answered with, where the tool's documentation asks for another status than 202; its README says so. */
  readonly successStatus?: 200;
  /**
   * What the tool sends, in lower case; `application/*+json` stands for every type with that ending. JSON is read whatever type it is sent as; a form,
   * its parts and a text are read as such only by a source that names their type.
   */
  readonly contentTypes: readonly string[];
  /** What an operator may set per integration, as JSON Schema: drives validation and the console's form. */
  readonly config?: TSchema;
  /** How the sender's words become severities: the documented table, which an integration can override. */
  readonly severities: readonly SeverityRow[];
  /** How its requests may be signed; any of them will do. */
  readonly signature: readonly SignatureScheme[];
  /** A proof that no header and shared secret can give: a signature in the body, a token of someone else's. */
  readonly proof?: Proof<C>;
  /** What its requests can be, and what each does: the documented table, held to the fixtures by the conformance suite. */
  readonly kinds: readonly EventKind[];
  /** A request as the tool would send it for a test: what the test button sends, through the whole of the gateway. */
  readonly testAlert: TestAlert;
  /** The sender's own id of this request, the same when it repeats it. */
  deliveryId?(headers: Headers, body: unknown): string | undefined;
  /** What a request means. Never throws, whatever the body holds. */
  parse(input: SourceInput<C>): SourceResult;
}

export type Method = 'POST' | 'PUT' | 'GET';

/** One line of a source's documented table. */
export interface EventKind {
  /** In the vendor's own words: `workflow_run completed, conclusion failure`. */
  readonly when: string;
  readonly action: EventAction | 'ignored';
  /** What the dedup key is made of, `<…>` standing for what differs: `github-workflow-<repository>-<branch>-<workflow>`. Not for what is ignored. */
  readonly key?: string;
  /** When it is always the same; otherwise the source's severity table decides. */
  readonly severity?: Severity;
  /** The fixture that shows it. */
  readonly fixture: string;
}

export interface TestAlert {
  readonly firing: TestRequest;
  /** Closes what `firing` opened. */
  readonly resolved: TestRequest;
}

export interface TestRequest {
  /** Lower-case names; `content-type` when it is not JSON. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body: unknown;
}

/** A proof of who sent a request that needs more than the request and a shared secret. Pure but for what it asks `fetch` for. */
export interface Proof<C = unknown> {
  /**
   * Whether the request carries it. `fetch` GETs an https address (a certificate, a key set) through the guarded door, keeps what it got for a
   * while, and rejects when it cannot be had: let it reject, the sender is then asked to come again.
   */
  check(input: ProofInput<C>, fetch: (url: string) => Promise<string>): Promise<ProofVerdict>;
  /** Whether this integration takes no request without it. */
  required(config: C): boolean;
  /** Whether a valid one says by itself that this integration's sender speaks, so that no key is needed: what anybody can have signed for himself does not. */
  identifies(config: C): boolean;
}

/** `valid` and `invalid` speak of a proof that is there. */
export type ProofVerdict = 'valid' | 'missing' | 'invalid';

export interface ProofInput<C = unknown> {
  readonly body: unknown;
  readonly headers: Headers;
  readonly config: C;
  readonly now: Date;
}

/** Header names are in lower case. */
export type Headers = Readonly<Record<string, string | undefined>>;

export interface SourceInput<C = unknown> {
  /** Parsed JSON or form fields. */
  readonly body: unknown;
  readonly rawBody: Buffer;
  readonly headers: Headers;
  readonly query: Readonly<Record<string, string>>;
  readonly config: C;
  /** Per integration: the sender's word (any case) to a severity or one of its aliases. */
  readonly severities?: SeverityOverrides;
  /** Stays the same when the request is repeated: the dedup key of a trigger that may go without one. */
  readonly requestId: string;
}

export type SeverityOverrides = Readonly<Record<string, string>>;

export type SourceResult =
  | { readonly kind: 'events'; readonly events: readonly SourceEvent[]; readonly rejected?: readonly Rejected[] }
  /** Understood, and not an alert: answered kindly, opens nothing. */
  | {
    readonly kind: 'ignored';
    readonly reason: string;
    /** An https address that the vendor wants visited to finish a set-up: visited only when the source's proof was valid. */
    readonly confirm?: string;
  }
  /** Not understood: a 400 that names the fields, and a dead letter. */
  | { readonly kind: 'problem'; readonly errors: readonly FieldError[] };

export interface FieldError {
  /** `payload.severity`, `alerts[2].labels`; `body` for the whole of it. */
  readonly path: string;
  readonly message: string;
}

/** One alert of many that could not be understood; `index` counts from 0 in the body. */
export interface Rejected {
  readonly index: number;
  readonly errors: readonly FieldError[];
}

/** What the gateway adds ids, tenant, service and times to. Made by `event()` only, which keeps its limits. */
export interface SourceEvent {
  readonly action: EventAction;
  /** 1 to 255 UTF-16 units, without control characters. */
  readonly dedupKey: string;
  /** 1 to 1024 UTF-16 units on one line, without control characters. */
  readonly summary: string;
  readonly source: string;
  readonly severity: Severity;
  /** RFC 3339 UTC with milliseconds. */
  readonly occurredAt?: string;
  readonly component?: string;
  readonly group?: string;
  readonly class?: string;
  readonly details: Record<string, unknown>;
  /** http and https addresses only. */
  readonly links: Link[];
  /** https addresses only. */
  readonly images?: Image[];
  readonly client?: string;
  readonly clientUrl?: string;
}

export interface Link { href: string; text?: string }
export interface Image { src: string; href?: string; alt?: string }

/** The body is one thing that cannot be read at all. */
export function problem(path: string, message: string): SourceResult {
  return { kind: 'problem', errors: [{ path, message }] };
}

export function ignored(reason: string): SourceResult {
  return { kind: 'ignored', reason };
}

const ERRORS_SHOWN = 100;

/** What a body of many alerts means: a problem only when nothing of it could be read, `otherwise` when it held nothing to read. */
export function together(events: readonly SourceEvent[], rejected: readonly Rejected[], otherwise: SourceResult): SourceResult {
  if (events.length > 0) return rejected.length > 0 ? { kind: 'events', events, rejected } : { kind: 'events', events };
  if (rejected.length === 0) return otherwise;
  return { kind: 'problem', errors: rejected.flatMap(({ errors }) => errors).slice(0, ERRORS_SHOWN) };
}

/** What a source takes when it speaks JSON. */
export const JSON_TYPES = ['application/json', 'application/*+json'] as const;
export const FORM_TYPE = 'application/x-www-form-urlencoded';
export const MULTIPART_TYPE = 'multipart/form-data';
export const TEXT_TYPE = 'text/plain';

/** A delivery id that stands in a header. */
export function idInHeader(name: string): (headers: Headers) => string | undefined {
  return (headers) => headers[name]?.trim() || undefined;
}
