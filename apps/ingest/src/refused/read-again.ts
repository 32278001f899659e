import type { ChangeEvent, Event, ReplayRequest } from '@signalbox/contracts';
import { bodyOf } from '../gateway/body.js';
import { Refusal } from '../gateway/answers.js';
import { scopeOf } from '../gateway/event-endpoints.js';
import { readParsed } from '../gateway/reading-request.js';
import { acceptedChange, acceptedEvents } from '../gateway/request.js';
import { problem, type Source, type SourceResult } from '../sources/contract.js';
import { events as eventsApi } from '../sources/events/index.js';
import { fieldErrors, parsePagerDuty, parsePagerDutyChange } from '../sources/events/pagerduty.js';
import { parsePostedAlerts } from '../sources/prometheus/posted-alerts.js';
import { sourceOf } from '../sources/registry.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { detailOf, keptRequest, type KeptRequest } from './letter.js';

/** What a refused request means now. Of a body that is understood in part, the events that are go out, and the letter stays dead. */
export interface ReadAgain {
  readonly events: readonly Event[];
  readonly change?: ChangeEvent;
  readonly outcome: 'delivered' | 'failed';
  readonly reason?: string;
  readonly detail?: string;
}

interface Reading {
  readonly kept: KeptRequest;
  readonly integration: LiveIntegration;
  readonly body: unknown;
  readonly raw: Buffer;
  readonly requestId: string;
}

/** The key was taken out of the letter, and nobody asks for it any more. */
const KEY_OF_NOBODY = '*'.repeat(32);

/**
 * Reads a refused request again, by the source and the integration as they are now: the bytes as they came, or what an operator has made of them
 * (JSON, or text in the place of the bytes). The events are accepted at the time at which the gateway got the request: a replay tells what was then,
 * and must not reopen what was resolved since. Their ids come from the letter's trace: read again, they are the same events.
 * Throws TypeError when the letter is none of the gateway's.
 */
export function readAgain(request: ReplayRequest, integration: LiveIntegration | undefined): ReadAgain {
  if (integration === undefined || integration.tenantId !== request.tenantId) {
    return failed('integration_deleted', 'The integration has been deleted: nothing can read this any more.');
  }
  if (!integration.enabled) return failed('integration_disabled', 'The integration is disabled: enable it and replay again.');
  const kept = keptRequest(request);
  try {
    const reading = { kept, integration, requestId: request.traceId, ...bodyIn(request, kept) };
    if (kept.path === '/v2/change/enqueue') return changeAgain(reading);
    const result = understand(reading);
    if (result.kind === 'ignored') return { events: [], outcome: 'delivered', detail: result.reason };
    if (result.kind === 'problem') return failed('not_understood', detailOf(result.errors));
    const events = acceptedEvents(result.events, scopeOf(integration), request.traceId, kept.receivedAt);
    const { rejected = [] } = result;
    return rejected.length === 0
      ? { events, outcome: 'delivered' }
      : { ...failed('partly_not_understood', detailOf(rejected.flatMap(({ errors }) => errors))), events };
  } catch (error) {
    if (error instanceof Refusal) return failed('malformed_body', error.detail);
    throw error;
  }
}

/** An edited payload comes without the original bytes. */
function bodyIn({ raw, payload }: ReplayRequest, kept: KeptRequest): { body: unknown; raw: Buffer } {
  if (raw === undefined && typeof payload !== 'string') return { body: payload, raw: Buffer.from(JSON.stringify(payload)) };
  const bytes = raw === undefined ? Buffer.from(payload as string) : Buffer.from(raw, 'base64');
  return { body: bodyOf(kept, bytes, readerOf(kept)?.contentTypes ?? []), raw: bytes };
}

/** The path says who reads it, as it did when the request came. */
function understand(reading: Reading): SourceResult {
  const { kept, integration, body, raw, requestId } = reading;
  if (kept.path === '/v2/enqueue') return asPagerDuty(reading);
  if (kept.path === '/api/v2/alerts') return parsePostedAlerts(body, kept.receivedAt, integration.severities ?? undefined);
  const source = readerOf(kept);
  if (source === undefined) return problem('body', `came by ${kept.path}, which no source reads`);
  return readParsed(source, integration, { ...kept, rawBody: raw }, body, requestId);
}

function readerOf({ path }: KeptRequest): Source | undefined {
  const [, , , type = ''] = path.split('/');
  return path === '/api/events' ? eventsApi : sourceOf(type.toLowerCase());
}

function asPagerDuty({ body, requestId }: Reading): SourceResult {
  const parsed = parsePagerDuty(body, { keyIfMissing: requestId, routingKey: KEY_OF_NOBODY });
  return parsed.ok ? { kind: 'events', events: [parsed.event] } : { kind: 'problem', errors: fieldErrors(parsed.refusal) };
}

function changeAgain({ kept, integration, body, requestId }: Reading): ReadAgain {
  const parsed = parsePagerDutyChange(body, { routingKey: KEY_OF_NOBODY });
  if (!parsed.ok) return failed('not_understood', detailOf(fieldErrors(parsed.refusal)));
  return { events: [], change: acceptedChange(parsed.change, integration, requestId, kept.receivedAt), outcome: 'delivered' };
}

function failed(reason: string, detail: string): ReadAgain {
  return { events: [], outcome: 'failed', reason, detail };
}
