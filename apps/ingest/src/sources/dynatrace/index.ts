import { FORM_TYPE, JSON_TYPES, problem, type Source } from '../contract.js';
import { readEach, type Part } from '../parts.js';
import { isFields } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { problemEvent } from './problem.js';
import { SEVERITIES } from './severities.js';

/** Dynatrace's problem notifications ("Custom integration") with any template, and its workflows' HTTP requests. */
export const dynatrace: Source<unknown, 'dynatrace'> = {
  type: 'dynatrace',
  displayName: 'Dynatrace',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse({ body, severities }) {
    const found = problemsIn(body);
    if (found === undefined) return problem('body', "must be a JSON object, as the notification's custom payload makes it");
    return readEach(found, ({ path, fields }) => problemEvent(fields, path, severities), 'the list holds no problems');
  },
};

/** One problem, a list of them, or the Problems API's answer with a list; undefined when it is none of these. */
function problemsIn(body: unknown): Part[] | undefined {
  if (Array.isArray(body)) return [...body].map((fields, index) => ({ path: `[${index}].`, fields }));
  if (!isFields(body)) return undefined;
  if (Array.isArray(body.problems)) return [...body.problems as unknown[]].map((fields, index) => ({ path: `problems[${index}].`, fields }));
  return [{ path: '', fields: body }];
}
