import type { EventAction } from '@signalbox/contracts';
import { problem, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { fields, firstText, isFields, list, text, word, type Fields } from '../reading.js';
import type { SeverityOfWords } from './incident.js';

const ACTIONS: readonly EventAction[] = ['trigger', 'acknowledge', 'resolve'];

/** Whether a body is of PagerDuty's Events API v1 (`generic/2010-04-15/create_event.json`). */
export function isEventsApiV1(body: Fields): boolean {
  return text(body.event_type) !== undefined && firstText(body.service_key, body.incident_key, body.description) !== undefined;
}

/** developer.pagerduty.com, "Events API v1". The key is as given, as in v2: a sender may change from one to the other. */
export function readEventsApiV1(body: Fields, keyIfMissing: string, severity: SeverityOfWords): SourceResult {
  const action = ACTIONS.find((known) => known === word(body.event_type));
  if (action === undefined) return problem('event_type', `must be one of: ${ACTIONS.join(', ')}`);
  const key = text(body.incident_key);
  if (key === undefined && action !== 'trigger') return problem('incident_key', 'is required to acknowledge or resolve: it says which incident is meant');
  const details = isFields(body.details) ? body.details : text(body.details) === undefined ? {} : { details: body.details };
  const contexts = list(body.contexts).map(fields);
  return {
    kind: 'events',
    events: [event({
      action, dedupKey: key ?? keyIfMissing,
      summary: text(body.description) ?? key ?? 'PagerDuty event',
      source: text(body.client) ?? 'PagerDuty',
      severity: severity(text(fields(body.details).severity)),
      details,
      links: contexts.filter((context) => word(context.type) === 'link').map(({ href, text: label }) => ({ href, text: label })),
      images: contexts.filter((context) => word(context.type) === 'image').map(({ src, href, alt }) => ({ src, href, alt })),
      client: body.client, clientUrl: body.client_url,
    })],
  };
}
