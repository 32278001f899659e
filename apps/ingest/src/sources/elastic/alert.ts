import type { EventAction } from '@signalbox/contracts';
import { LEFT_EMPTY, bareFields, type BareFields } from '../bare-fields.js';
import type { FieldError, SeverityOverrides, SourceEvent } from '../contract.js';
import { digest, event } from '../event.js';
import { firstMeaning } from '../meaning.js';
import { fields, own as ownField, said, text, word, type Fields } from '../reading.js';
import { isInTable, severityOf } from '../severity.js';
import { identityOf, instanceOf, isDocumentOfElastAlert } from './identity.js';
import { NAMES } from './names.js';
import type { Found } from './shapes.js';
import { ACTIONS, SEVERITIES } from './words.js';

/** One alert of Kibana, Watcher or ElastAlert, whatever template wrote it. */
export function alertEvent(
  { path, fields: body, listed }: Found & { readonly fields: Fields },
  severities: SeverityOverrides | undefined,
): SourceEvent | FieldError[] {
  const own = bareFields([body], LEFT_EMPTY);
  const rule = own.text(...NAMES.rule) ?? watchOf(own);
  const reason = own.text(...NAMES.reason);
  const host = own.text(...NAMES.host) ?? instanceOf(own);
  const identity = identityOf(body, own, rule, host);
  if (identity === undefined && rule === undefined && reason === undefined) {
    return [{
      path: `${path}rule.id`,
      message: 'is missing, and so are the rule name, the alert id and a message: nothing says which alert this is (see the template in the README)',
    }];
  }
  const title = rule ?? reason ?? `Alert ${identity}`;
  const action = actionOf(body, own, listed);
  return event({
    action,
    dedupKey: `elastic-${identity ?? digest(title, host ?? '')}`,
    summary: summaryOf(title, reason ?? instanceOf(own)),
    source: host ?? 'Elastic',
    severity: severityOf(severityWord(own, severities), SEVERITIES, severities),
    occurredAt: own.text(...(action === 'resolve' ? NAMES.end : NAMES.start), ...NAMES.time),
    component: own.text('contextservicename', 'servicename', 'monitorname', 'contextmonitorname'),
    group: own.text('rulespaceid', 'spaceid', 'kibanaspaceids'),
    class: own.text('ruletype', 'kibanaalertruleruletypeid', 'kibanaalertrulecategory', 'ruletypeid'),
    details: detailsOf(body, own, rule, reason),
    links: [{ href: own.text(...NAMES.link), text: 'Alert' }, { href: own.text('ruleurl'), text: 'Rule' }],
    client: 'Elastic', clientUrl: own.text('kibanabaseurl', 'kibanaurl'),
  });
}

function summaryOf(title: string, more: string | undefined): string {
  if (more === undefined || more === title) return title;
  return more.includes(title) ? more : `${title}: ${more}`;
}

function actionOf(body: Fields, own: BareFields, listed: Found['listed']): EventAction {
  if (listed !== undefined) return listed === 'recovered' ? 'resolve' : 'trigger';
  if (own.text('messagekey') !== undefined && own.text('severity') === '0') return 'resolve';
  if (isDocumentOfElastAlert(own)) {
    return firstMeaning(ACTIONS, [ownField(body, 'event_action'), own.text('alertstatus'), ownField(body, 'state')]) ?? 'trigger';
  }
  // An alert document holds fields of the documents it was made from: only its own say whether it is over.
  const workflow = firstMeaning(ACTIONS, [own.text('kibanaalertworkflowstatus', 'signalstatus')]);
  if (workflow === 'resolve' || workflow === 'acknowledge') return workflow;
  const groups = NAMES.actionGroup.map((name) => own.text(name));
  const status = own.text('kibanaalertstatus');
  if (status !== undefined) return firstMeaning(ACTIONS, [status, ...groups]) ?? 'trigger';
  return firstMeaning(ACTIONS, [
    ...groups, ownField(body, 'event_action'), ownField(body, 'eventAction'), ownField(body, 'subAction'),
    ...NAMES.status.map((name) => own.text(name)),
  ]) ?? 'trigger';
}

/** A severity by name, else an action group that tells one. */
function severityWord(own: BareFields, severities: SeverityOverrides | undefined): string | undefined {
  const word = own.text(...NAMES.severity);
  if (word !== undefined) return word;
  const table = SEVERITIES.filter(({ from }) => from !== '*');
  const overrides = Object.fromEntries(Object.entries(severities ?? {}).filter(([from]) => from.trim() !== '*'));
  return NAMES.actionGroup.flatMap((name) => own.text(name) ?? []).find((group) => isInTable(group, table, overrides));
}

function watchOf(own: BareFields): string | undefined {
  return own.text('watchid', 'ctxwatchid', 'payloadwatchid', 'watch');
}

const FIELDS_SHOWN = 40;
const TEXT_SHOWN = 2000;

function detailsOf(body: Fields, own: BareFields, rule: string | undefined, reason: string | undefined): Fields {
  const isDocument = own.text('kibanaalertuuid', 'kibanaalertruleuuid') !== undefined;
  return said({
    rule, ruleId: own.text('ruleid', 'kibanaalertruleuuid'), reason, actionGroup: own.text(...NAMES.actionGroup),
    status: own.text('kibanaalertstatus', 'kibanaalertworkflowstatus'),
    alertId: own.text('alertid', 'kibanaalertinstanceid', 'alertuuid', 'kibanaalertuuid'),
    watch: watchOf(own), value: own.value('contextvalue', 'kibanaalertevaluationvalue'),
    threshold: own.value('contextthreshold', 'kibanaalertevaluationthreshold'), tags: own.value('ruletags', 'kibanaalertruletags', 'tags'),
    riskScore: own.text('kibanaalertriskscore', 'contextruleriskscore', 'signalruleriskscore'),
    flapping: word(own.value('alertflapping', 'kibanaalertflapping')) === 'true' ? true : undefined,
    context: shown(fields(body.context)), metadata: shown(fields(body.metadata ?? fields(body.ctx).metadata)),
    ...(!isDocument && { fields: shown(body) }),
  }, LEFT_EMPTY);
}

/** The texts of an object, its author's own choice. */
function shown(object: Fields): Fields {
  const texts = Object.entries(said(object, LEFT_EMPTY)).filter(([, value]) => text(value) !== undefined).slice(0, FIELDS_SHOWN);
  return Object.fromEntries(texts.map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, TEXT_SHOWN) : value]));
}
