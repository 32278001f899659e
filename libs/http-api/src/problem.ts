import { STATUS_CODES } from 'node:http';

export const PROBLEM_TYPE = 'application/problem+json';

/** One fault of the input: where (`a.b[0].c`; empty for the whole) and what to do about it. */
export interface InputFault {
  readonly path: string;
  readonly message: string;
}

/** An answer that is no success, in the form of RFC 9457. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly errors?: readonly InputFault[];
}

export interface ProblemOptions {
  readonly status: number;
  /** Names the kind of problem for programs: the end of `urn:signalbox:problem:<slug>`. By default the status' own. */
  readonly slug?: string;
  readonly title?: string;
  /** For people: what is wrong and what to do. Never anything internal. */
  readonly detail?: string;
  readonly errors?: readonly InputFault[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown anywhere below a controller; `ProblemFilter` makes the answer of it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(private readonly options: ProblemOptions) {
    super(options.detail ?? titleOf(options));
    this.status = options.status;
    this.headers = options.headers ?? {};
  }

  /** The body of the answer. `instance`: the path of the request. */
  body(instance?: string): ProblemBody {
    const { status, slug = slugOf(status), detail, errors } = this.options;
    return {
      type: `urn:signalbox:problem:${slug}`, title: titleOf(this.options), status,
      ...(detail === undefined ? {} : { detail }), ...(instance === undefined ? {} : { instance }), ...(errors === undefined ? {} : { errors }),
    };
  }
}

/** 404: there is none, or it is another tenant's. */
export function notFound(resource: string, id: string): Problem {
  return new Problem({ status: 404, detail: `There is no ${resource} ${id}.` });
}

/** 400 with every fault of the input at once. */
export function badRequest(errors: readonly InputFault[]): Problem {
  return new Problem({ status: 400, slug: 'invalid-input', title: 'Invalid input', detail: countOf(errors), errors });
}

/** 422: well-formed, but what it asks for cannot be (a config that its adapter's schema refuses). */
export function unprocessable(errors: readonly InputFault[]): Problem {
  return new Problem({ status: 422, detail: countOf(errors), errors });
}

/** 401: no credential, or one that does not hold. */
export function unauthorized(detail: string): Problem {
  return new Problem({ status: 401, detail });
}

/** 403: known, but not allowed. Never for another tenant's resource: that is `notFound`. */
export function forbidden(detail: string): Problem {
  return new Problem({ status: 403, detail });
}

/** 409: it cannot be done as things stand. */
export function conflict(detail: string, slug?: string): Problem {
  return new Problem({ status: 409, detail, ...(slug === undefined ? {} : { slug }) });
}

/** 412: somebody changed it in the meantime. */
export function preconditionFailed(): Problem {
  return new Problem({ status: 412, detail: 'It was changed since you read it: read it again, and send the change with the new ETag in If-Match.' });
}

/** 415: a body of a kind that is not taken here. */
export function unsupportedMediaType(given: string | undefined, taken: string): Problem {
  return new Problem({ status: 415, detail: `The body must be ${taken}${given === undefined ? ' (Content-Type is missing)' : `, not ${given}`}.` });
}

/** 503: cannot be done now; the client may come again. */
export function unavailable(detail: string, retryAfterSeconds = 2): Problem {
  return new Problem({ status: 503, detail, headers: { 'Retry-After': String(retryAfterSeconds) } });
}

function countOf(errors: readonly InputFault[]): string {
  return `The request has ${errors.length === 1 ? 'one fault' : `${errors.length} faults`}; see errors.`;
}

function titleOf({ title, status }: ProblemOptions): string {
  return title ?? STATUS_CODES[status] ?? 'Problem';
}

/** `Not Found` → `not-found`. */
function slugOf(status: number): string {
  return (STATUS_CODES[status] ?? 'problem').toLowerCase().replaceAll(/[^a-z]+/g, '-');
}
