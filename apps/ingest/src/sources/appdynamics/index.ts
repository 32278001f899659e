import { FORM_TYPE, JSON_TYPES, problem, type Source } from '../contract.js';
import { readEach, type Part } from '../parts.js';
import { isFields } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { SEVERITIES } from './event-types.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { violation } from './violation.js';

/** AppDynamics' HTTP request templates, whatever names their author chose; one event a request, or a list of them. */
export const appdynamics: Source<unknown, 'appdynamics'> = {
  type: 'appdynamics',
  displayName: 'AppDynamics',
  methods: ['POST', 'PUT'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse({ body, severities }) {
    const found = eventsIn(body);
    if (found === undefined) return problem('body', 'must be a JSON object, as the HTTP request template makes it');
    return readEach(found, ({ path, fields }) => violation(fields, path, severities), 'the list holds no events');
  },
};

const LISTS = ['events', 'eventList', 'event_list', 'fullEventList'];

/** One event, a list, or a template that iterates over `fullEventList`: there the envelope says what the events leave out. */
function eventsIn(body: unknown): Part[] | undefined {
  if (Array.isArray(body)) return [...body].map((fields, index) => ({ path: `[${index}].`, fields }));
  if (!isFields(body)) return undefined;
  const name = LISTS.find((one) => Object.hasOwn(body, one) && Array.isArray(body[one]));
  if (name === undefined) return [{ path: '', fields: body }];
  const { [name]: list, ...envelope } = body;
  return [...list as unknown[]].map((fields, index) => ({ path: `${name}[${index}].`, fields: isFields(fields) ? { ...envelope, ...fields } : fields }));
}
