export {
  Problem, PROBLEM_TYPE, badRequest, conflict, forbidden, notFound, preconditionFailed, unauthorized, unavailable, unprocessable,
  unsupportedMediaType,
  type InputFault, type ProblemBody, type ProblemOptions,
} from './problem.js';
export { ProblemFilter, type HttpLogger, type ProblemFilterOptions } from './problem-filter.js';
export { applyHttpDefaults, securityHeaders } from './http-defaults.js';
export { BODY_LIMIT_BYTES } from './body.js';
export { addressOf } from './address.js';
export { IdPipe, InputPipe } from './input-pipe.js';
export { AttemptAnswer } from './attempt.js';
export { ResourceAnswer } from './resource.js';
export { IsInstant } from './instant.js';
export { IsTimeZoneName } from './time-zone.js';
export { ListQuery, decodeCursor, encodeCursor, page, type Cursor, type Page } from './pagination.js';
export { EtagInterceptor, etagOf, requireMatch, unchangedSince } from './etag.js';
export { IdempotencyInterceptor, type Begun, type IdempotencyOptions, type IdempotencyStore, type StoredAnswer } from './idempotency.js';
export { pgIdempotencyStore, type AnswerBox, type PgIdempotencyStore, type Rows } from './idempotency-store.js';
export { parseTraceparent, requestIds, type TracedRequest, type Traceparent } from './request-ids.js';
export { AlsoAnswers, Answers, AnswersText, Nullable } from './openapi/answers.js';
export { openApiDocument, type OpenApiOptions } from './openapi/build.js';
export { mergeDocuments } from './openapi/merge.js';
export { checkOpenApi, openApiText, writeOpenApi } from './openapi/file.js';
export type { OpenApiDocument } from './openapi/document.js';
