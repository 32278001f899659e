import type { EventAction } from '@signalbox/contracts';
import type { BareFields } from '../bare-fields.js';
import { ignored, problem, type SeverityOverrides, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { fields, said as saying, text } from '../reading.js';
import { severityOf } from '../severity.js';
import { STATUSES, isOnCall, kindOf, type Resource } from './resource.js';
import { SEVERITIES, isConfigEvent, meaningOf, type Kind } from './words.js';

export function readResource(resource: Resource, severities?: SeverityOverrides): SourceResult {
  const kind = kindOf(resource);
  if (kind === undefined) return notAnAlert(resource);
  if (kind !== 'incident' && isConfigEvent(resource.event)) {
    return ignored(`the settings of a ${kind} changed ('${resource.event!.slice(0, 64)}'), not its state`);
  }
  const action = actionOf(resource, kind);
  if (action === 'ignored') return ignored(`the ${kind} is neither down nor up`);
  const identity = identityOf(resource, kind);
  if (identity === undefined) return problem('data.id', `is missing, and so is a name: nothing says which ${kind} this is about`);
  return { kind: 'events', events: [resourceEvent(resource, kind, identity, action, severities)] };
}

function notAnAlert({ type, said }: Resource): SourceResult {
  if (isOnCall(said)) return ignored('the on-call contact changed, which is not an alert');
  return type === undefined
    ? problem('data', 'must hold an incident: data.attributes, or a name and a status')
    : ignored(`Better Stack's '${type.slice(0, 64)}' is not an alert`);
}

/** The webhook's own word first, then the status, then the times; a monitor without any of them says nothing of up or down. */
function actionOf({ event: name, said }: Resource, kind: Kind): EventAction | 'ignored' {
  const words = [name, ...STATUSES.map((status) => said.text(status))];
  const known = words.map((found) => meaningOf(kind, found)).find((meaning) => meaning !== undefined);
  if (known !== undefined) return known;
  if (kind === 'monitor' || kind === 'heartbeat') return words.some((found) => found !== undefined) ? 'trigger' : 'ignored';
  if (said.text('resolvedat') !== undefined) return 'resolve';
  return said.text('acknowledgedat') === undefined ? 'trigger' : 'acknowledge';
}

/** The id of what is told of; a flat body without one is known by its monitor, or by its name. */
function identityOf({ id, said }: Resource, kind: Kind): string | undefined {
  return id ?? said.text(kind === 'incident' ? 'monitorid' : `${kind}id`) ?? nameOf(said);
}

function nameOf(said: BareFields): string | undefined {
  return said.text(
    'name', 'pronounceablename', 'monitorname', 'heartbeatname', 'incidentname',
    'componentname', 'title', 'monitor', 'summary', 'url', 'monitorurl',
  );
}

function resourceEvent(resource: Resource, kind: Kind, identity: string, action: EventAction, severities?: SeverityOverrides) {
  const { said } = resource;
  const name = nameOf(said) ?? said.text('message') ?? `${kind} ${identity}`;
  const address = said.text('url', 'monitorurl');
  return event({
    action,
    dedupKey: `better-uptime-${kind}-${identity}`,
    summary: summaryOf(said, kind, name, action),
    source: address ?? name,
    severity: severityOf(severityWord(said) ?? kind, SEVERITIES, severities),
    occurredAt: said.text(...TIMES[action]),
    component: name,
    group: said.text('teamname'),
    class: kind,
    details: detailsOf(resource, address),
    links: linksOf(resource, kind, address),
    images: [{ src: said.text('screenshoturl'), alt: name }],
    client: 'Better Stack',
    clientUrl: 'https://uptime.betterstack.com',
  });
}

/** When it happened; a start is no end, and a monitor's creation is neither. */
const TIMES: Readonly<Record<EventAction, readonly string[]>> = {
  trigger: ['startedat', 'dt', 'lastcheckedat', 'componentupdatecreatedat', 'lastseenat'],
  acknowledge: ['acknowledgedat', 'dt'],
  resolve: ['resolvedat', 'dt', 'lastcheckedat', 'componentupdatecreatedat'],
};

function summaryOf(said: BareFields, kind: Kind, name: string, action: EventAction): string {
  if (action === 'resolve') return `${name}: ${kind === 'incident' || kind === 'error' ? 'resolved' : 'up again'}`;
  const cause = said.text('cause', 'reason', 'description', ...(kind === 'page' ? ['pagestatusdescription'] : []));
  if (cause !== undefined) return `${name}: ${cause}`;
  return `${name}: ${kind === 'incident' ? 'incident started' : kind === 'heartbeat' ? 'heartbeat missed' : said.text(...STATUSES) ?? 'down'}`;
}

/** What the template or the team says; a phone that breaks through silence is for what is critical. */
function severityWord(said: BareFields): string | undefined {
  return said.text('severity', 'severityname', 'urgency', 'priority') ?? (said.text('criticalalert') === 'true' ? 'critical' : undefined);
}

function detailsOf({ id, said, relationships }: Resource, address: string | undefined) {
  const pick = (...names: readonly string[]) => said.text(...names);
  return saying({
    id, name: nameOf(said), url: address, cause: pick('cause', 'reason'), description: pick('description', 'summary', 'message'), status: pick(...STATUSES),
    httpMethod: pick('httpmethod'), startedAt: pick('startedat'), acknowledgedAt: pick('acknowledgedat'), acknowledgedBy: pick('acknowledgedby'),
    resolvedAt: pick('resolvedat'), resolvedBy: pick('resolvedby'), team: pick('teamname'), regions: said.value('regions'),
    policy: pick('policyname', 'escalationpolicyname', 'policyid', 'escalationpolicyid'),
    response: pick('responsecontent')?.slice(0, 2000), monitorId: text(fields(fields(relationships.monitor).data).id) ?? pick('monitorid'),
    heartbeatId: text(fields(fields(relationships.heartbeat).data).id) ?? pick('heartbeatid'),
  });
}

function linksOf({ id, said }: Resource, kind: Kind, address: string | undefined) {
  const isNumber = kind === 'incident' && id !== undefined && /^\d+$/.test(id);
  return [
    {
      href: isNumber ? `https://uptime.betterstack.com/team/${said.text('teamid')?.replace(/\D/g, '') || '0'}/incidents/${id}` : undefined,
      text: 'Better Stack',
    },
    { href: said.text('incidenturl', 'shortlink', 'errorurl'), text: 'Better Stack' },
    { href: said.text('originurl'), text: 'Origin' },
    { href: said.text('responseurl'), text: 'Response' },
    { href: address, text: 'Monitored address' },
  ];
}
