import type { Image, Link, SourceEvent } from '../contract.js';

/** An event as one would send it to `POST /api/events`. */
export interface EventsApiForm {
  readonly event_action: SourceEvent['action'];
  readonly dedup_key: string;
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: SourceEvent['severity'];
    readonly timestamp?: string;
    readonly component?: string;
    readonly group?: string;
    readonly class?: string;
    readonly custom_details: Readonly<Record<string, unknown>>;
  };
  readonly links: readonly Link[];
  readonly images?: readonly Image[];
  readonly client?: string;
  readonly client_url?: string;
}

/** What was read of any source's request, in the Events API's form. What an event does not have is left out. */
export function eventsApiForm({
  action, dedupKey, summary, source, severity, occurredAt, component,
  group, class: kind, details, links, images, client, clientUrl,
}: SourceEvent): EventsApiForm {
  return {
    event_action: action, dedup_key: dedupKey,
    payload: {
      summary, source, severity,
      ...(occurredAt !== undefined && { timestamp: occurredAt }),
      ...(component !== undefined && { component }),
      ...(group !== undefined && { group }),
      ...(kind !== undefined && { class: kind }),
      custom_details: details,
    },
    links,
    ...(images !== undefined && { images }),
    ...(client !== undefined && { client }),
    ...(clientUrl !== undefined && { client_url: clientUrl }),
  };
}
