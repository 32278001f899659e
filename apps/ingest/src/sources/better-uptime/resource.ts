import { bareFields, type BareFields } from '../bare-fields.js';
import { fields, isFields, jsonIn, text, word, type Fields } from '../reading.js';
import { meaningOf, type Kind } from './words.js';

/** One thing that a request tells of, out of its wrappings. */
export interface Resource {
  /** JSON:API's type, or what the event's name begins with; undefined in a flat body. */
  readonly type: string | undefined;
  readonly id: string | undefined;
  /** The word of the webhook itself: `started`, `incident.resolved`, `paused`. */
  readonly event: string | undefined;
  /** What it says of itself: its attributes before what stands around them. */
  readonly said: BareFields;
  readonly relationships: Fields;
}

/** A variable of a custom template that Better Stack did not fill in. */
const UNFILLED = /^\s*\$[A-Z][A-Z0-9_]*\s*$/;

/** The things that a body tells of: one of `data`, of the event's wrapper, of a status page, the body itself; or every one of a list. */
export function resourcesIn(body: Fields): readonly Resource[] {
  const wrapper = isFields(body.event) ? body.event : undefined;
  const outer = wrapper ?? body;
  const data = [outer.data, body.data, outer.incident, outer.component, outer.payload]
    .map((value) => jsonIn(value) ?? value)
    .find((value) => isFields(value) || Array.isArray(value));
  const event = wrapper === undefined
    ? text(body.event) ?? text(body.event_type) ?? text(body.action)
    : text(wrapper.type) ?? text(wrapper.event) ?? text(wrapper.name);
  if (Array.isArray(data)) return data.filter(isFields).map((item) => resource(item, {}, event));
  return [resource(isFields(data) ? data : outer, body, event)];
}

function resource(item: Fields, body: Fields, event: string | undefined): Resource {
  const said = bareFields([item.attributes, item, body], UNFILLED);
  const typed = word(item.type);
  const id = bareFields([item], UNFILLED).text('id') ?? said.text('incidentid');
  return { type: typed ?? typeByPlace(body) ?? kindBefore(event), id, event, said, relationships: fields(item.relationships) };
}

/** `incident` of `incident.started`. */
function kindBefore(event: string | undefined): string | undefined {
  return /^(incident|monitor|heartbeat)[._ :-]/i.exec(event ?? '')?.[1]?.toLowerCase();
}

/** A status page sends what it tells of under its own name, beside the page. */
function typeByPlace(body: Fields): string | undefined {
  if (!isFields(body.page)) return undefined;
  if (isFields(body.incident)) return 'page';
  return isFields(body.component) ? 'component' : 'maintenance';
}

const KINDS: readonly string[] = ['incident', 'monitor', 'heartbeat', 'page', 'component', 'error'];

/**
 * The kind of a resource. What is of another type, or of none, is an incident when it
 * says when or why it started; a flat body also by its words, or its name.
 */
export function kindOf({ type, event, said }: Resource): Kind | undefined {
  if (type !== undefined && KINDS.includes(type)) return type as Kind;
  if (said.text('startedat', 'incidentid', 'cause') !== undefined) return 'incident';
  if (type !== undefined || isOnCall(said)) return undefined;
  const isIncident = [event, ...STATUSES.map((name) => said.text(name))].some((found) => meaningOf('incident', found) !== undefined);
  return isIncident || said.text('name', 'incidentname', 'monitorname', 'title', 'summary') !== undefined ? 'incident' : undefined;
}

export const STATUSES = ['incidentstatus', 'status', 'state', 'componentupdatenewstatus', 'pagestatusindicator', 'event'];

/** An on-call contact changed: Better Stack sends who it is now. */
export function isOnCall(said: BareFields): boolean {
  return said.has('emails') || said.has('calendarid') || said.has('calendarname') || said.has('oncallcalendarid');
}
