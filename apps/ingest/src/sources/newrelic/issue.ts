import type { EventAction, Severity } from '@signalbox/contracts';
import { LEFT_EMPTY, bareFields, wrappedIn, type BareFields } from '../bare-fields.js';
import type { SeverityOverrides, SourceEvent } from '../contract.js';
import { digest, event } from '../event.js';
import { fields, firstText, list, plainWord, said, type Fields } from '../reading.js';
import { likeliest, severityOf } from '../severity.js';
import { SEVERITIES, stateNamed } from './words.js';

/** Objects that users' templates group New Relic's variables in. */
const CONTAINERS = ['alert', 'issue', 'incident', 'payload', 'data', 'description', 'details', 'customdetails', 'condition', 'policy'] as const;
const STATES = ['currentstate', 'state', 'issuestate', 'status', 'eventstate', 'incidentstate', 'alertstate', 'eventaction', 'action', 'eventtype'] as const;
/** The names that New Relic and its documentation use. */
const NEW_RELICS_STATES = ['currentstate', 'state', 'issuestate'] as const;
const ADDRESSES = ['issueurl', 'issuepageurl', 'incidenturl', 'alerturl', 'issuelink', 'url', 'link'] as const;
const TITLES = ['title', 'issuetitle', 'summary', 'incidenttitle', 'name', 'message', 'text', 'subject', 'alert'] as const;
const DETAILS = ['details', 'eventdetails', 'longdescription', 'conditiondescription', 'description'] as const;
const CONDITIONS = ['conditionname', 'alertconditionnames', 'conditionnames', 'alertconditionname', 'condition'] as const;
const POLICIES = ['policyname', 'alertpolicynames', 'policynames', 'alertpolicyname', 'policy'] as const;
const ENTITIES = [
  'impactedentities', 'entitiesnames', 'entityname', 'entities', 'targetname',
  'targetsname', 'entity', 'host', 'hostname', 'applicationname', 'application',
] as const;

/** An issue of today's workflows, an incident of the alerts before them, or what a user's template made of either; undefined when nothing names it. */
export function issueEvent(body: Fields, severities: SeverityOverrides | undefined): SourceEvent | undefined {
  const known = bareFields([body, ...wrappedIn(body, CONTAINERS)], LEFT_EMPTY);
  const [condition, policy] = [known.text(...CONDITIONS), known.text(...POLICIES)];
  const targets = list(body.targets).map(fields);
  const entity = known.text(...ENTITIES) ?? firstText(...targets.map(({ name }) => name));
  const summary = summaryOf(known, condition);
  const state = known.text(...STATES);
  const identity = identityOf(known, [policy, condition, entity], summary);
  // A bare `status` is what the bodies of other tools hold too, a group of Alertmanager's among them.
  if (identity === undefined && summary === undefined && known.text(...NEW_RELICS_STATES) === undefined) return undefined;
  const url = known.text(...ADDRESSES);
  const chart = known.text('violationcharturl', 'charturl');
  return event({
    action: actionOf(known),
    dedupKey: `newrelic-${identity ?? 'unnamed'}`,
    summary: summary ?? policy ?? `New Relic issue ${identity ?? ''} ${state ?? ''}`,
    source: entity ?? known.text('service', 'accountname', 'source') ?? 'New Relic',
    severity: worst(known, severities),
    occurredAt: known.text('timestamp', 'updatedat', 'createdat', 'activatedat', 'issueupdatedat', 'issuecreatedat', 'time'),
    component: entity,
    group: policy,
    class: condition,
    details: said({
      state, trigger: known.text('trigger', 'triggerevent'), policies: known.value(...POLICIES), conditions: known.value(...CONDITIONS),
      entities: known.value('impactedentities', 'entitiesnames'),
      targets: targets.length > 0 ? targets.map(({ name, type, link, labels }) => said({ name, type, link, labels })) : undefined,
      description: known.text(...DETAILS), incidents: known.text('totalincidents'), account: known.text('accountname', 'accountid', 'nraccountid'),
      owner: known.text('owner'), workflow: known.text('workflowname'), sources: known.value('sources'),
      metadata: known.value('metadata'), tags: known.value('tags'),
    }),
    links: [
      { href: url, text: 'New Relic' },
      { href: known.text('incidentacknowledgeurl', 'issueackurl', 'acknowledgeurl'), text: 'Acknowledge' },
      { href: known.text('runbookurl', 'runbook'), text: 'Runbook' },
      { href: known.text('policyurl'), text: 'Policy' },
      { href: firstText(...targets.map(({ link }) => link)), text: 'Entity' },
      { href: chart, text: 'Chart' },
    ],
    images: [{ src: chart, href: url, alt: condition }],
    client: 'New Relic',
    clientUrl: url,
  });
}

function actionOf(known: BareFields): EventAction {
  for (const name of STATES) {
    const action = stateNamed(plainWord(known.text(name)));
    if (action !== undefined) return action === 'trigger' && isAcknowledged(known) ? 'acknowledge' : action;
  }
  if (known.text(...STATES.filter((name) => name !== 'eventtype')) !== undefined) return 'trigger';
  if (known.text('closedat', 'issueclosedat', 'issueclosedatutc') !== undefined) return 'resolve';
  return known.text('acknowledgedat', 'issueacknowledgedat') === undefined ? 'trigger' : 'acknowledge';
}

/**
 * A workflow has no state for it: an issue that a person acknowledged is still ACTIVATED, and says so by its trigger, USER_ACTION; a template
 * without the trigger may name the owner, which is who acknowledged it (docs.newrelic.com, "Workflow variables").
 */
function isAcknowledged(known: BareFields): boolean {
  if (plainWord(known.text('state', 'issuestate')) !== 'activated') return false;
  const trigger = plainWord(known.text('trigger', 'triggerevent'));
  return trigger === undefined ? known.text('owner') !== undefined : trigger === 'user action' || trigger === 'acknowledged';
}

/** The issue's id, the same from first to last, also in its address; without one, what the alert is about: policy, condition and entity. */
function identityOf(known: BareFields, about: readonly (string | undefined)[], summary: string | undefined): string | undefined {
  const ids = ['issueid', 'id', 'incidentid', 'nrincidentid', 'violationid', 'incidentkey', 'dedupkey', 'alias'].map((name) => known.text(name));
  // -1 is what templates of New Relic's own migration guide put where an issue has no legacy incident.
  const id = ids.find((found) => found !== undefined && found !== '-1');
  const given = id ?? /\/(?:issues|incidents)\/([\w-]+)/.exec(known.text(...ADDRESSES) ?? '')?.[1];
  if (given !== undefined) return given;
  const named = about.map((part) => part ?? '');
  if (named[0] !== '' || named[1] !== '') return digest(...named);
  return summary === undefined ? undefined : digest(summary);
}

function summaryOf(known: BareFields, condition: string | undefined): string | undefined {
  const title = known.text(...TITLES);
  if (title !== undefined) return title;
  const details = known.text(...DETAILS);
  if (details === undefined || condition === undefined) return details ?? condition;
  return details.includes(condition) ? details : `${condition}: ${details}`;
}

const WORST_FIRST: readonly Severity[] = ['critical', 'error', 'warning', 'info'];

/** Of a priority for each of several incidents the worst one. */
function worst(known: BareFields, severities: SeverityOverrides | undefined): Severity {
  const names = ['severity', 'priority', 'issuepriority', 'incidentpriority', 'level'] as const;
  const several = names.map((name) => known.texts(name)).find((words) => words.length > 1);
  const words = several ?? [likeliest(names.map((name) => known.text(name)), SEVERITIES, severities)];
  const found = words.map((word) => severityOf(word, SEVERITIES, severities));
  return WORST_FIRST.find((severity) => found.includes(severity)) ?? 'error';
}
