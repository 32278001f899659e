import type { EventAction } from '@signalbox/contracts';
import { LEFT_EMPTY, bareFields, type BareFields } from '../bare-fields.js';
import type { SeverityOverrides, SourceResult } from '../contract.js';
import { ignored, problem } from '../contract.js';
import { digest, event } from '../event.js';
import { firstMeaning } from '../meaning.js';
import { fields, isFields, list, said, text, word, type Fields } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';

/** `TRIGGERED` and `OK` are Honeycomb's; the others are what the documentation's example templates make of them for other tools. */
const STATUSES: Readonly<Record<string, EventAction>> = {
  triggered: 'trigger', firing: 'trigger', trigger: 'trigger', alert: 'trigger', open: 'trigger', new: 'trigger',
  ok: 'resolve', resolved: 'resolve', resolve: 'resolve', closed: 'resolve', close: 'resolve',
};

/** Honeycomb's alerts have no severity: these are the words of users' variables. */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'fatal', to: 'critical' },
  { from: 'p1', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'high', to: 'error' },
  { from: 'p2', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'warn', to: 'warning' },
  { from: 'medium', to: 'warning' },
  { from: 'p3', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: 'low', to: 'info' },
  { from: 'p4', to: 'info' },
  { from: 'p5', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/** `TRIGGER TEST: ` stands before the summary of what the Test button of a recipient or a trigger sends. */
const SUMMARY = /^(?::bee: )?(TRIGGER TEST: )?(?:(Triggered|Resolved): )?(.*)$/is;

/**
 * A trigger's or a burn alert's notification, in Honeycomb's own form or a template's. Its fields are named one by one: `shared_secret` (and what a
 * template makes of `.Recipient.Secret`) is a credential, and must not get into an event.
 */
export function alertEvent(body: Fields, severities: SeverityOverrides | undefined): SourceResult {
  const own = bareFields([discordEmbed(body)], LEFT_EMPTY);
  const summary = own.text('summary', 'alertsummary', 'message', 'title', 'text');
  const [, test, state, rest = ''] = SUMMARY.exec(summary?.trim() ?? '') ?? [];
  const isTest = word(own.value('istest', 'alertistest', 'test')) === 'true' || (test !== undefined && own.value('istest', 'alertistest') === undefined);
  if (isTest) return ignored("Honeycomb's test: it arrived, and opens nothing");
  const name = own.text('name', 'triggername', 'sloname', 'burnalertname', 'alert') ?? text(rest)?.trim();
  const id = idOf(own);
  if (id === undefined && name === undefined) return problem('name', 'is missing, and so are id and summary: nothing says which trigger or SLO this is');
  const place = placeOf(own);
  const action = firstMeaning(STATUSES, [own.text('status'), own.text('alertstatus', 'state', 'eventaction', 'action'), state]) ?? 'trigger';
  const description = own.text('description', 'alertdescription', 'details');
  return {
    kind: 'events',
    events: [event({
      action,
      dedupKey: `honeycomb-${id ?? (place.source === undefined ? name! : digest(name!, place.source))}`,
      summary: summaryOf(name ?? `Trigger ${id}`, own, description),
      source: place.source ?? 'Honeycomb',
      severity: severityOf(own.text('severity', 'varsseverity', 'variablesseverity', 'metadataseverity', 'priority', 'varspriority'), SEVERITIES, severities),
      occurredAt: own.value('alerttimestamp', 'timestamp', 'triggeredat'),
      group: place.environment, class: own.text('alerttype') ?? (own.text('slourl', 'sloid', 'sloname') === undefined ? undefined : 'burn_alert'),
      details: said({
        trigger: name, description, about: own.text('triggerdescription', 'slodescription'), status: own.text('status', 'alertstatus'),
        operator: own.text('operator', 'thresholdop'), threshold: own.text('threshold', 'thresholdvalue'),
        environment: place.environment, dataset: place.dataset,
        alertType: own.text('alerttype'), slo: own.text('sloname', 'sloid'), budgetRemaining: own.text('budgetremaining', 'slobudgetremaining'),
        exhaustionMinutes: own.text('exhaustionminutes'), groupsTriggered: action === 'resolve' ? undefined : groupsOf(own),
      }, LEFT_EMPTY),
      links: [
        { href: own.text('resulturl', 'resultlinksurl', 'sourceurl'), text: 'Result' },
        { href: own.text('triggerurl', 'linksurl', 'url'), text: 'Trigger' },
        { href: own.text('slourl'), text: 'SLO' },
        { href: own.text('sliurl'), text: 'SLI' },
      ],
      client: 'Honeycomb', clientUrl: own.text('triggerurl', 'slourl', 'linksurl', 'resulturl'),
    })],
  };
}

/** The documentation's template for Discord: everything stands in the first embed, the status among its fields. */
function discordEmbed(body: Fields): Fields {
  const embed = fields(list(body.embeds)[0]);
  const status = [...list(embed.fields)].map(fields).find((one) => word(one.name) === 'status');
  return { title: embed.title, url: embed.url, description: embed.description, status: status?.value, ...body };
}

/** The trigger or burn alert: its id, or that in its address; else the alert instance, which lasts from triggered to OK. */
function idOf(own: BareFields): string | undefined {
  const id = own.text('id', 'triggerid', 'burnalertid') ?? /\/triggers\/([\w-]+)/.exec(own.text('triggerurl', 'linksurl', 'url') ?? '')?.[1];
  return (id ?? own.text('alertinstanceid', 'instanceid', 'deduplicationkey', 'dedupkey', 'alias', 'alertid', 'xs4externalid', 'sloid'))?.trim();
}

interface Place { readonly environment?: string; readonly dataset?: string; readonly source?: string }

/** Environment and dataset, by name or from `ui.honeycomb.io/<team>/environments/<environment>/datasets/<dataset>/…`. */
function placeOf(own: BareFields): Place {
  const path = own.text('triggerurl', 'slourl', 'linksurl', 'resulturl', 'resultlinksurl', 'url') ?? '';
  const environment = own.text('environment', 'environmentname') ?? /\/environments\/([^/?#]+)/.exec(path)?.[1];
  const dataset = own.text('dataset', 'datasetname') ?? text(list(own.value('datasets'))[0]) ?? /\/datasets\/([^/?#]+)/.exec(path)?.[1];
  const source = dataset ?? environment;
  return { ...(environment !== undefined && { environment }), ...(dataset !== undefined && { dataset }), ...(source !== undefined && { source }) };
}

function summaryOf(name: string, own: BareFields, description: string | undefined): string {
  const says = own.text('alertdescription') ?? description ?? own.text('triggerdescription');
  return says === undefined || says.trim() === name.trim() ? name : `${name}: ${says}`;
}

const GROUPS_SHOWN = 20;

/** `{Group: {key: value}, Result}` as Honeycomb sends them; a template's own form as it is. */
function groupsOf(own: BareFields): unknown[] {
  const groups = list(own.value('resultgroupstriggered', 'resultgroups', 'groupstriggered'));
  return groups.slice(0, GROUPS_SHOWN).map((group) => (isFields(group) && isFields(group.Group)
    ? { ...said(group.Group, LEFT_EMPTY), result: group.Result }
    : group));
}
