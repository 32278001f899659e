import { FORM_TYPE, JSON_TYPES, ignored, problem, type Source, type SourceResult } from '../contract.js';
import { isFields, text, word, type Fields } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { issueEvent } from './issue.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { SEVERITIES } from './words.js';

/** New Relic: the issues of its workflows, the incidents of the alerts before them (until 2023), and the forms of its first webhook. */
export const newrelic: Source<unknown, 'newrelic'> = {
  type: 'newrelic',
  displayName: 'New Relic',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse({ body, severities }) {
    if (!isFields(body)) return problem('body', "must be a JSON object, as the payload template of New Relic's webhook makes it");
    if (isFields(parsed(body.deployment)) && text(body.state ?? body.current_state) === undefined) return ignored('a deployment, which is not an alert');
    if (word(body.current_state) === 'test' && word(body.event_type) === 'notification') {
      return ignored("the test of New Relic's notification channel: it arrived, and opens nothing");
    }
    const read = firstWebhook(body);
    const made = read === undefined ? undefined : issueEvent(read, severities);
    return made === undefined ? UNNAMED : { kind: 'events', events: [made] };
  },
};

const UNNAMED: SourceResult = problem('id', [
  'is missing, and so are title, state, condition and policy:',
  'put "id": {{ json issueId }}, "title": {{ json annotations.title.[0] }} and "state": {{ json state }} into the payload template',
].join(' '));

/** `[application] alert opened`: the last word of its short description is the only place where the first webhook says what happened. */
const HAPPENED = /\balert (opened|acknowledged|closed|ended)$/;

/** New Relic's first webhook, a form whose field `alert` holds JSON, as an incident; any other body as it is. Undefined when the JSON is broken. */
function firstWebhook(body: Fields): Fields | undefined {
  if (typeof body.alert !== 'string' || !body.alert.trim().startsWith('{')) return body;
  const alert = parsed(body.alert);
  if (!isFields(alert)) return undefined;
  const happened = HAPPENED.exec(text(alert.short_description)?.trim().toLowerCase() ?? '');
  return { title: alert.message, ...alert, current_state: happened?.[1] ?? 'open' };
}

function parsed(json: unknown): unknown {
  try {
    return typeof json === 'string' ? JSON.parse(json) as unknown : undefined;
  } catch {
    return undefined;
  }
}
