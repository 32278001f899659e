import { bareFields } from '../bare-fields.js';
import { FORM_TYPE, JSON_TYPES, MULTIPART_TYPE, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { isFields, jsonIn, text, type Fields } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { readBeat } from './beat.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { SEVERITIES } from './words.js';

/** Uptime Kuma's webhook: JSON, multipart/form-data with JSON in `data`, a GET with JSON in its query, or a template of the user's. */
export const uptimeKuma: Source<unknown, 'uptime-kuma'> = {
  type: 'uptime-kuma',
  displayName: 'Uptime Kuma',
  methods: ['POST', 'GET'],
  contentTypes: [...JSON_TYPES, MULTIPART_TYPE, FORM_TYPE, 'text/plain'],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse,
};

function parse({ body, severities }: SourceInput): SourceResult {
  if (!isFields(body)) return problem('body', "must be a JSON object, as Uptime Kuma's webhook sends it");
  const whole = jsonIn(body.data) ?? jsonIn(body.payload);
  return readBeat(bareFields(isFields(whole) ? [opened(whole)] : [opened(body)], UNFILLED), severities);
}

/** A variable that Uptime Kuma did not know, and what its template prints for an object or for nothing. */
const UNFILLED = /^\s*(?:\{\{[^}]*\}\}|\[object Object\]|undefined|null|N\/A)\s*$/;

/** The body with its JSON texts taken as what they hold; a template of plain text arrives as a form whose only name is that text. */
function opened(body: Fields): Fields {
  const entries = Object.entries(body);
  if (entries.length === 1 && entries[0]![1] === '' && text(entries[0]![0]) !== undefined) return { msg: entries[0]![0] };
  return Object.fromEntries(entries.map(([name, value]) => [OPENED[name] ?? name, jsonIn(value) ?? value]));
}

/** What the template's variables are called where they are printed whole. */
const OPENED: Readonly<Record<string, string>> = Object.assign(Object.create(null) as object, { monitorJSON: 'monitor', heartbeatJSON: 'heartbeat' });
