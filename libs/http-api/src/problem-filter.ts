import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Response } from 'express';
import { Problem, PROBLEM_TYPE, unavailable } from './problem.js';
import type { TracedRequest } from './request-ids.js';

/** What the filter needs of a logger (pino has it). */
export interface HttpLogger {
  error(fields: object, message: string): void;
}

export interface ProblemFilterOptions {
  readonly logger: HttpLogger;
  /** Tells errors that mean "a part that we need is away" (503, come again) from faults of ours (500). */
  readonly isUnavailable?: (error: unknown) => boolean;
}

/** `route` is the pattern (`/a/:token`): what is logged, as a path may hold a key. */
type FailedRequest = TracedRequest & { readonly originalUrl?: string; readonly route?: { readonly path?: string } };

/** Makes `application/problem+json` of everything that is thrown. What it does not know is a logged 500 that tells nothing. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly options: ProblemFilterOptions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FailedRequest>();
    const response = host.switchToHttp().getResponse<Response>();
    const problem = this.problemOf(error, request);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const path = (request.originalUrl ?? request.url ?? '').split('?', 1)[0];
    const challenge = problem.status === 401 ? { 'WWW-Authenticate': 'Bearer realm="signalbox"' } : {};
    response.status(problem.status).set({ ...challenge, ...problem.headers }).type(PROBLEM_TYPE).send(JSON.stringify(problem.body(path)));
  }

  private problemOf(error: unknown, request: FailedRequest): Problem {
    if (error instanceof Problem) return error;
    // A 500 of Nest's says no more than any other error, and its text is as likely to be internal.
    if (error instanceof HttpException && error.getStatus() !== 500) return ofHttpException(error);
    if (this.options.isUnavailable?.(error) === true) return unavailable('A part that this needs is away; try again in a moment.');
    this.options.logger.error(
      { err: error, requestId: request.id, method: request.method, route: request.route?.path },
      'a request failed in a way that the code does not know',
    );
    return new Problem({
      status: 500, slug: 'internal',
      detail: `Something went wrong on our side${request.id === undefined ? '' : `; it is logged with the request id ${request.id}`}.`,
    });
  }
}

type Told = Partial<Record<'slug' | 'title' | 'detail', string>> & { message?: string | string[] };

/** Nest's own exceptions: their text, or `{slug, title, detail}` when the thrower gave that. */
function ofHttpException(error: HttpException): Problem {
  const body = error.getResponse();
  const { slug, title, detail, message } = (typeof body === 'string' ? { message: body } : body) as Told;
  const text = detail ?? (Array.isArray(message) ? message.join('; ') : message);
  return new Problem({
    status: error.getStatus(), ...(slug === undefined ? {} : { slug }),
    ...(title === undefined ? {} : { title }), ...(text === undefined ? {} : { detail: text }),
  });
}
