import { bareFields } from '../bare-fields.js';
import { FORM_TYPE, JSON_TYPES, ignored, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { parseEventsApi } from '../events/events-api.js';
import { isFields, jsonIn, text } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { readProblem } from './problem.js';
import { SEVERITIES } from './words.js';

/** A macro that Zabbix could not fill in: it stays as it is (`{EVENT.RECOVERY.ID}`, `{$ZABBIX.URL}`), or becomes `*UNKNOWN*` or `*UNRESOLVED*`. */
const UNFILLED = /^\s*(?:\{[$?#{]{0,2}[A-Z][^"]*\}|\*[A-Z]+\*)\s*$/;

/** Zabbix' webhook media types: ours (media_signalbox.yaml), the official ones, and scripts of users. */
export const zabbix: Source<unknown, 'zabbix'> = {
  type: 'zabbix',
  displayName: 'Zabbix',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse,
};

function parse({ body: received, requestId, severities }: SourceInput): SourceResult {
  const body = Array.isArray(received) && received.length === 1 ? received[0] as unknown : received;
  if (!isFields(body)) return problem('body', "must be a JSON object with the parameters of Zabbix' media type");
  // What the official PagerDuty media type sends, when only its address was changed.
  if (text(body.event_action) !== undefined && (isFields(body.payload) || text(body.dedup_key) !== undefined)) {
    const key = text(body.dedup_key);
    const result = parseEventsApi({ ...body, ...(key !== undefined && { dedup_key: `zabbix-${key}` }) }, { keyIfMissing: requestId, severities });
    if (result.ok) return { kind: 'events', events: [result.event] };
  }
  const inside = ['params', 'payload', 'data', 'message', 'alert_message'].map((name) => jsonIn(body[name]) ?? body[name]);
  const objects = [...inside, body];
  const sent = bareFields(objects, UNFILLED);
  if (isTest(objects, sent)) return ignored("the Test button of Zabbix' media type: its macros are not filled in");
  return readProblem(sent, severities);
}

/** Every notification has an {EVENT.ID}: where the macro itself stands, nothing happened. */
function isTest(objects: readonly unknown[], sent: ReturnType<typeof bareFields>): boolean {
  return sent.text('eventid', 'triggerid', 'id') === undefined && [...bareFields(objects).values()].includes('{EVENT.ID}');
}
