import { isApiKey } from '@signalbox/access';
import type { Message } from '@signalbox/contracts';
import type { Intake } from '../intake/intake.js';
import { readCloudEvent, readMessage, type ReadMessage } from './message-reading.js';
import { refuse, type GatewayAnswer } from './answers.js';
import { parseJson, readBody } from './body.js';
import { authorizationKey, type Credentials } from './credentials.js';
import { requestIdOf, type GatewayRequest } from './request.js';
import type { FieldError } from '../sources/contract.js';

const NDJSON = 'application/x-ndjson';
const CLOUD_EVENTS = 'application/cloudevents+json';
const CLOUD_EVENTS_BATCH = 'application/cloudevents-batch+json';
const MOST_MESSAGES = 5_000;

interface Item { readonly index: number; readonly read: ReadMessage }

/** POST /api/v1/messages: one message, an array, NDJSON, or CloudEvents (structured, batch or binary). */
export class MessageEndpoint {
  constructor(private readonly credentials: Credentials, private readonly intake: Intake) {}

  async accept(request: GatewayRequest): Promise<GatewayAnswer> {
    const key = authorizationKey(request.headers.authorization);
    if (key === undefined || key === '') return refuse(401, 'Authorization is missing: send `Bearer sk_live_…`, an API key with the scope messages:write.');
    if (!isApiKey(key)) {
      return refuse(401, 'This is no API key (an integration key sends events, not messages): send `Bearer sk_live_…`, one with the scope messages:write.');
    }
    const apiKey = await this.credentials.apiKey(key, 'messages:write', request.now.getTime());
    const raw = await readBody(request.raw);
    const requestId = requestIdOf(apiKey.tenantId, request.headers, undefined);
    const { items, single } = itemsOf(request, raw);
    const rejected = items.flatMap(({ index, read }) => (read.ok ? [] : [{ index, errors: read.errors }]));
    if (single && rejected.length > 0) refuse(400, 'The message cannot be taken; see errors.', rejected[0]!.errors);
    if (rejected.length > 0 && rejected.length === items.length) {
      refuse(400, 'None of the messages can be taken; see errors.', rejected.flatMap(({ index, errors }) => errors.map((e) => prefixed(index, e))));
    }
    const acceptedAt = request.now.toISOString();
    const messages = items.flatMap(({ index, read }): Message[] => (read.ok
      ? [{ timestamp: acceptedAt, ...read.message, id: read.message.id ?? `${requestId}.${index}`, traceId: requestId, acceptedAt }]
      : []));
    if (messages.length > 0) await this.intake.messages(apiKey.tenantId, messages, raw.length);
    const headers = { 'x-signalbox-trace': requestId };
    if (single) return { status: 202, headers, body: { status: 'success', id: messages[0]!.id } };
    return {
      status: 202, headers,
      body: { status: 'success', accepted: messages.length, ids: messages.map(({ id }) => id), ...(rejected.length > 0 ? { rejected } : {}) },
    };
  }
}

function prefixed(index: number, error: FieldError): FieldError {
  return { path: `[${index}]${error.path === '' ? '' : `.${error.path}`}`, message: error.message };
}

/** What the body holds, by its content type. */
function itemsOf(request: GatewayRequest, raw: Buffer): { items: Item[]; single: boolean } {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? 'application/json';
  if (request.headers['ce-specversion'] !== undefined) return { items: [{ index: 0, read: binaryCloudEvent(request, raw, type) }], single: true };
  switch (type) {
    case NDJSON: return { items: lines(raw), single: false };
    case CLOUD_EVENTS: return { items: [{ index: 0, read: readCloudEvent(parseJson(raw)) }], single: true };
    case CLOUD_EVENTS_BATCH: return { items: list(parseJson(raw), readCloudEvent), single: false };
    case 'application/json': {
      const body = parseJson(raw);
      return Array.isArray(body) ? { items: list(body, readMessage), single: false } : { items: [{ index: 0, read: readMessage(body) }], single: true };
    }
    default: return refuse(415, `Send application/json, ${NDJSON}, ${CLOUD_EVENTS} or ${CLOUD_EVENTS_BATCH}, not ${type}.`);
  }
}

function list(body: unknown, read: (value: unknown) => ReadMessage): Item[] {
  if (!Array.isArray(body)) return refuse(400, 'The body must be an array.', [{ path: 'body', message: 'must be an array' }]);
  if (body.length === 0) refuse(400, 'The array is empty.', [{ path: 'body', message: 'holds no message' }]);
  if (body.length > MOST_MESSAGES) {
    refuse(400, `At most ${MOST_MESSAGES} messages a request.`, [{ path: 'body', message: `holds more than ${MOST_MESSAGES} messages` }]);
  }
  return body.map((value: unknown, index) => ({ index, read: read(value) }));
}

/** One message a line; a broken line is rejected by its number, the others are taken. */
function lines(raw: Buffer): Item[] {
  const texts = raw.toString('utf8').split('\n').filter((line) => line.trim() !== '');
  return list(texts, (line) => {
    try {
      return readMessage(JSON.parse(line as string));
    } catch {
      return { ok: false, errors: [{ path: '', message: 'is not valid JSON' }] };
    }
  });
}

/** Binary mode: the attributes are headers (`ce-…`), the body is the data. */
function binaryCloudEvent(request: GatewayRequest, raw: Buffer, type: string): ReadMessage {
  const said = Object.entries(request.headers).filter((header): header is [string, string] => header[0].startsWith('ce-') && header[1] !== undefined);
  const attributes = Object.fromEntries(said.map(([name, value]) => [name.slice('ce-'.length), decodeURIComponentSafely(value)]));
  const isJson = type === 'application/json' || type.endsWith('+json');
  const data = isJson && raw.length > 0 ? parseJson(raw) : type.startsWith('text/') ? raw.toString('utf8') : undefined;
  return readCloudEvent({ ...attributes, datacontenttype: type, ...(data === undefined ? { data_base64: raw.toString('base64') } : { data }) });
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
