import type { FieldError } from '../sources/contract.js';

export interface MessageDraft {
  readonly id?: string;
  readonly topic: string;
  readonly payload: unknown;
  readonly timestamp?: string;
  readonly headers?: Record<string, string>;
}

export type ReadMessage = { readonly ok: true; readonly message: MessageDraft } | { readonly ok: false; readonly errors: readonly FieldError[] };

const FIELDS = new Set(['topic', 'payload', 'id', 'timestamp', 'headers']);
const MOST_HEADERS = 64;
const DEEPEST = 64;

/** `{topic, payload, id?, timestamp?, headers?}` with all its faults at once. */
export function readMessage(body: unknown): ReadMessage {
  if (!isRecord(body)) return { ok: false, errors: [{ path: '', message: 'must be an object {topic, payload, id?, timestamp?, headers?}' }] };
  const errors: FieldError[] = [];
  for (const name of Object.keys(body)) if (!FIELDS.has(name)) errors.push({ path: name, message: 'is not a known field' });
  const topic = checkTopic(body.topic, errors);
  if (body.payload === undefined) errors.push({ path: 'payload', message: 'is required (any JSON)' });
  else if (isTooDeep(body.payload)) errors.push({ path: 'payload', message: `is nested deeper than ${DEEPEST} levels` });
  const id = checkId(body.id, errors);
  const timestamp = checkTime('timestamp', body.timestamp, errors);
  const headers = checkHeaders(body.headers, errors);
  if (errors.length > 0) return { ok: false, errors };
  return {
    ok: true,
    message: {
      topic: topic!, payload: body.payload, ...(id === undefined ? {} : { id }),
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(headers === undefined ? {} : { headers }),
    },
  };
}

/**
 * A CloudEvent 1.0 as a message: the topic is `subject` when it has one, else `type`; id and time are the event's; the attributes are headers
 * `ce-<name>`. A sender's id is unique within its source only, so the message's id holds both.
 */
export function readCloudEvent(body: unknown): ReadMessage {
  if (!isRecord(body)) return { ok: false, errors: [{ path: '', message: 'must be a CloudEvent' }] };
  const errors: FieldError[] = [];
  const required = (name: string): string => {
    const value = body[name];
    if (typeof value === 'string' && value !== '') return value;
    errors.push({ path: name, message: 'is required (CloudEvents 1.0)' });
    return '';
  };
  if (required('specversion') !== '1.0' && errors.length === 0) errors.push({ path: 'specversion', message: "must be '1.0'" });
  const id = required('id');
  const source = required('source');
  const type = required('type');
  const subject = typeof body.subject === 'string' && body.subject !== '' ? body.subject : undefined;
  const topic = checkTopic(subject ?? type, errors);
  const timestamp = checkTime('time', body.time, errors);
  const payload = body.data ?? (typeof body.data_base64 === 'string' ? { base64: body.data_base64 } : null);
  if (isTooDeep(payload)) errors.push({ path: 'data', message: `is nested deeper than ${DEEPEST} levels` });
  if (`${source}/${id}`.length > 255) errors.push({ path: 'id', message: 'is too long: source and id may be 254 characters together' });
  if (errors.length > 0) return { ok: false, errors };
  const headers = attributesOf(body);
  return { ok: true, message: { id: `${source}/${id}`, topic: topic!, payload, headers, ...(timestamp === undefined ? {} : { timestamp }) } };
}

/** The attributes of a CloudEvent as headers: all of it that is no data and no object. */
function attributesOf(body: Record<string, unknown>): Record<string, string> {
  const attributes = Object.entries(body)
    .filter(([name, value]) => name !== 'data' && name !== 'data_base64' && ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => [`ce-${name}`, String(value).slice(0, 1024)]);
  return Object.fromEntries(attributes.slice(0, MOST_HEADERS)) as Record<string, string>;
}

function checkTopic(topic: unknown, errors: FieldError[]): string | undefined {
  const message = topicFault(topic);
  if (message === undefined) return topic as string;
  errors.push({ path: 'topic', message });
  return undefined;
}

/** Why a value is no topic; undefined when it is one. */
export function topicFault(topic: unknown): string | undefined {
  if (typeof topic !== 'string' || topic === '') return 'is required: a text like devices/7/temperature';
  if (topic.length > 1024) return 'must be at most 1024 characters long';
  if (/[+#\u0000-\u001f\u007f]|\p{Surrogate}/u.test(topic)) return 'must not hold the wildcards + and #, or control characters';
  return undefined;
}

function checkId(id: unknown, errors: FieldError[]): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id === 'string' && id !== '' && id.length <= 255 && !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(id)) return id;
  errors.push({ path: 'id', message: 'must be a text of 1 to 255 characters without control characters' });
  return undefined;
}

function checkTime(path: string, value: unknown, errors: FieldError[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? new Date(value) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime()) && time.getUTCFullYear() > 0) return time.toISOString();
  errors.push({ path, message: 'must be a time in RFC 3339, like 2026-11-21T09:30:00Z' });
  return undefined;
}

function checkHeaders(headers: unknown, errors: FieldError[]): Record<string, string> | undefined {
  if (headers === undefined || headers === null) return undefined;
  if (!isRecord(headers) || Object.keys(headers).length > MOST_HEADERS) {
    errors.push({ path: 'headers', message: `must be an object of at most ${MOST_HEADERS} texts` });
    return undefined;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[A-Za-z0-9_.-]{1,128}$/.test(name)) {
      errors.push({ path: `headers.${name.slice(0, 40)}`, message: 'must have a name of letters, digits, dots, dashes and underscores' });
    } else if (typeof value !== 'string' || value.length > 1024) {
      errors.push({ path: `headers.${name}`, message: 'must be a text of at most 1024 characters' });
    }
  }
  return headers as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is nested deeper than 64 levels. Level by level, so that depth costs no stack. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}
