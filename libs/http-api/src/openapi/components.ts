import { PROBLEM_TYPE } from '../problem.js';
import { type Components, type OpenApiDocument, type Schema, SCHEMAS } from './document.js';

/** Either of the two credentials of operators. */
export const SECURITY: OpenApiDocument['security'] = [{ apiKey: [] }, { session: [] }];

/** The parts that every service's document has, and the service's schemas. */
export function components(schemas: Record<string, Schema>): Components {
  return {
    schemas: { ...schemas, Problem: PROBLEM },
    parameters: {
      IdempotencyKey: {
        name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 1, maxLength: 255 },
        description: 'The same key and body give the same answer for 24 hours; another body is a 409, and so is the same one while '
          + 'the first request is being worked on. Of one that died with its process the key is free again within about five seconds.',
      },
      IfMatch: {
        name: 'If-Match', in: 'header', required: false, schema: { type: 'string' },
        description: 'The ETag of what you read: if it was changed since, the answer is 412 and nothing happens.',
      },
    },
    responses: { Problem: { description: 'It did not work; the body says why.', content: { [PROBLEM_TYPE]: { schema: { $ref: `${SCHEMAS}Problem` } } } } },
    securitySchemes: {
      apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'sk_live_…', description: 'An API key with the scope of the operation.' },
      session: {
        type: 'apiKey', in: 'cookie', name: 'signalbox_session',
        description: 'A browser session; changes also need X-Requested-With: XMLHttpRequest.',
      },
    },
  };
}

const PROBLEM: Schema = {
  type: 'object',
  description: 'RFC 9457',
  properties: {
    type: { type: 'string', pattern: '^urn:signalbox:problem:[a-z0-9-]+$' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    instance: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } }, required: ['path', 'message'] },
    },
  },
  required: ['type', 'title', 'status'],
};

export interface OperationTraits {
  readonly method: string;
  readonly hasBody: boolean;
  readonly hasPath: boolean;
  readonly isPublic: boolean;
}

/** The problems that an operation can answer with, by its nature. */
export function problemStatuses({ method, hasBody, hasPath, isPublic }: OperationTraits): number[] {
  const changes = ['put', 'patch', 'delete'].includes(method);
  return [
    400, ...(isPublic ? [] : [401, 403]), ...(hasPath || !isPublic ? [404] : []), ...(method === 'get' ? [] : [409]), ...(changes ? [412] : []),
    ...(hasBody ? [413, 415] : []), 500, 503,
  ];
}
