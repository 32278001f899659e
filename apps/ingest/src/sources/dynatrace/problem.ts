import type { EventAction } from '@signalbox/contracts';
import { LEFT_EMPTY, bareFields, type BareFields } from '../bare-fields.js';
import type { FieldError, SeverityOverrides, SourceEvent } from '../contract.js';
import { digest, event } from '../event.js';
import { firstMeaning } from '../meaning.js';
import { fields, firstText, isFields, jsonFields, jsonList, list, said, text, withoutTags, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { SEVERITIES } from './severities.js';

/**
 * `{State}` of problem notifications, `status` of the Problems API (v1 and v2), `event.status` and `event.status_transition` of problem records.
 * MERGED is no row: it says that events were merged into a problem, which stays open until Dynatrace says RESOLVED.
 */
const STATES: Readonly<Record<string, EventAction>> = { resolved: 'resolve', closed: 'resolve', recovered: 'resolve', timed_out: 'resolve' };

/** The system's own id of a problem, which some templates hold under the name of its display number. */
const SYSTEM_ID = /^-?\d+_\d+V2$/;

/** A problem in any of Dynatrace's shapes: a notification of any template, the Problems API's v1 or v2, a record of a workflow's trigger. */
export function problemEvent(body: Fields, path: string, severities: SeverityOverrides | undefined): SourceEvent | FieldError[] {
  const own = bareFields([body], LEFT_EMPTY);
  const detail = problemDetails(body, own);
  const ids = idsOf(own, detail);
  const title = titleOf(own, detail);
  const state = word(
    own.text('state', 'problemstate', 'problemstatus', 'status', 'eventstatus', 'eventeventstatus', 'eventstatustransition')
      ?? detail.text('status')
      ?? toldBy(own.text('problemdetailstext')),
  );
  if (ids.length === 0 && title === undefined) {
    return [{ path: `${path}ProblemID`, message: 'is missing, and so are PID and the title: nothing says which problem this is' }];
  }
  const entities = entitiesOf(own, detail);
  const where = entities.length > 0 ? entities.map(({ name }) => name).join(', ') : placeOf(own, detail);
  const name = title ?? `Problem ${ids[0]}`;
  const action = firstMeaning(STATES, [state]) ?? 'trigger';
  const category = own.text('problemseverity', 'severitylevel', 'severity', 'eventcategory', 'eventeventcategory', 'category', 'risklevel')
    ?? detail.text('severitylevel')
    ?? own.text('eventseverity');
  const url = own.text('problemurl', 'problemlink', 'securityproblemurl', 'attackurl', 'url', 'link');
  return event({
    action,
    dedupKey: `dynatrace-${ids.find((id) => SYSTEM_ID.test(id)) ?? ids[0] ?? digest(title!, where ?? '')}`,
    summary: where === undefined || name.includes(where) ? name : `${name}: ${where}`,
    source: entities[0]?.name ?? where ?? 'Dynatrace',
    severity: severityOf(category, SEVERITIES, severities),
    occurredAt: occurredAt(action, own, detail),
    component: entities[0]?.name, group: zonesOf(detail)[0], class: category,
    details: said({
      problem: own.text('displayid', 'eventdisplayid')
        ?? detail.text('displayid', 'displayname')
        ?? own.text('problemid', 'securityproblemid', 'attackdisplayid'),
      state, severity: category,
      impact: own.text('problemimpact', 'impactlevel') ?? detail.text('impactlevel'),
      entities, tags: tagsOf(own, detail), managementZones: zonesOf(detail),
      rootCause: detail.text('rootcauseentityname', 'rootcauseentityid')
        ?? own.text('rootcause', 'rootcauseentity', 'rootcauseentityname', 'rootcauseentityid', 'eventrootcauseentityid'),
      type: own.text('type'), entryPoint: own.text('entrypoint'), description: descriptionOf(own),
    }, LEFT_EMPTY),
    links: [{ href: url?.trim(), text: 'Problem' }],
    client: 'Dynatrace', clientUrl: url,
  });
}

/** {ProblemDetailsText} begins with the state, also where {State} was sent empty: `RESOLVED Problem P-12 in environment …`. */
function toldBy(details: string | undefined): string | undefined {
  return /^\s*(\w+) Problem\b/.exec(details ?? '')?.[1];
}

/** {ProblemDetailsJSONv2} or {ProblemDetailsJSON} inside a template, as an object or a text; a body that is one of them is its own. */
function problemDetails(body: Fields, own: BareFields): BareFields {
  for (const name of ['problemdetailsjsonv2', 'problemdetailsjson', 'problemdetails', 'result']) {
    const found = jsonFields(own.value(name));
    if (found !== undefined && Object.keys(found).length > 1) return bareFields([found], LEFT_EMPTY);
  }
  return bareFields([body], LEFT_EMPTY);
}

function idsOf(own: BareFields, detail: BareFields): string[] {
  const ids = [
    own.text('pid'), own.text('problemid', 'securityproblemid', 'attackdisplayid', 'attackid'), detail.text('problemid'),
    own.text('eventid', 'eventeventid'), own.text('displayid', 'eventdisplayid'), own.text('problemdetailsjsonid'), own.text('id', 'resultid'),
  ];
  return ids.flatMap((id) => (id === undefined ? [] : [id.trim()]));
}

function titleOf(own: BareFields, detail: BareFields): string | undefined {
  return own.text('problemtitle', 'title', 'eventname', 'eventeventname', 'problemname', 'name')
    ?? detail.text('title') ?? eventTypeOf(detail)
    ?? withoutTags(own.text(
      'problemdetailstext', 'problemdetails', 'problemdetailsmarkdown', 'problemdetailshtml',
      'vulnerabilityname', 'description', 'summary', 'message', 'text',
    ));
}

/** The Problems API v1 has no title: the event that it ranks first says what is wrong, as `SERVICE_RESPONSE_TIME_DEGRADED`. */
function eventTypeOf(detail: BareFields): string | undefined {
  const type = text(fields(list(detail.value('rankedevents', 'rankedimpacts'))[0]).eventType)?.toLowerCase().replace(/_/g, ' ');
  return type === undefined ? undefined : type.charAt(0).toUpperCase() + type.slice(1);
}

interface Entity { readonly name: string; readonly type?: string; readonly id?: string }

/** Whom it hits: {ImpactedEntities}, the API's affected and impacted entities or ranked events, a record's entities (there often only ids). */
function entitiesOf(own: BareFields, detail: BareFields): Entity[] {
  const lists = [
    own.value('impactedentities'), detail.value('impactedentities'), detail.value('affectedentities'), detail.value('rankedevents', 'rankedimpacts'),
    own.value('smartscapeaffectedentities', 'eventsmartscapeaffectedentities'),
    own.value('affectedentitynames'), own.value('affectedentityids', 'eventaffectedentityids'),
  ];
  const found = lists.map((entries) => jsonList(entries).flatMap(entity)).find((entries) => entries.length > 0) ?? [];
  return [...new Map(found.map((one) => [one.id ?? one.name, one])).values()];
}

function entity(entry: unknown): Entity[] {
  if (!isFields(entry)) return text(entry) === undefined ? [] : [{ name: text(entry)!.trim() }];
  const nested = fields(entry.entityId);
  const id = firstText(entry.entity, nested.id, entry.entityId, entry.id);
  const name = firstText(entry.name, entry.entityName, id);
  if (name === undefined) return [];
  const type = firstText(entry.type, nested.type);
  return [{ name: name.trim(), ...(type !== undefined && { type }), ...(id !== undefined && { id }) }];
}

function placeOf(own: BareFields, detail: BareFields): string | undefined {
  const impacted = own.text(
    'impactedentitynames', 'namesofimpactedentities', 'impactedentity',
    'hostname', 'host', 'entityname', 'affectedentity', 'processgroupid',
  );
  return impacted?.trim() ?? detail.text('rootcauseentityname');
}

function zonesOf(detail: BareFields): string[] {
  return list(detail.value('managementzones')).flatMap((zone) => text(fields(zone).name) ?? []);
}

/** A text between commas, or the API's list of `{context, key, value, stringRepresentation}`. */
function tagsOf(own: BareFields, detail: BareFields): unknown {
  const tags = own.value('tags', 'problemtags', 'entitytags', 'evententitytags') ?? detail.value('entitytags');
  return Array.isArray(tags)
    ? tags.map((tag) => (isFields(tag) ? firstText(tag.stringRepresentation, tag.key) : tag)).filter((tag) => tag !== undefined)
    : tags;
}

function descriptionOf(own: BareFields): string | undefined {
  return own.text('problemdetailstext', 'problemdetailsmarkdown', 'eventdescription', 'eventeventdescription', 'description')
    ?? withoutTags(own.text('problemdetailshtml'));
}

function occurredAt(action: EventAction, own: BareFields, detail: BareFields): unknown {
  const start = own.value('problemstarttime', 'starttime', 'eventstart', 'eventeventstart', 'timestamp') ?? detail.value('starttime');
  const end = own.value('problemendtime', 'endtime', 'eventend', 'eventeventend') ?? detail.value('endtime');
  // An open problem ends at -1.
  return action === 'resolve' && Number(text(end)) !== -1 ? end ?? start : start;
}
