import type { EventAction } from '@signalbox/contracts';
import { LEFT_EMPTY, bareFields, type BareFields } from '../bare-fields.js';
import type { FieldError, SeverityOverrides, SourceEvent } from '../contract.js';
import { digest, event } from '../event.js';
import { firstMeaning } from '../meaning.js';
import { fields, own as ownField, said, text, word, type Fields } from '../reading.js';
import { isInTable, severityOf } from '../severity.js';
import { identityOf, instanceOf, isDocumentOfElastAlert } from './identity.js';
import type { Found } from './shapes.js';
import { ACTIONS, SEVERITIES } from './words.js';

const ACTION_GROUPS = ['alertactiongroup', 'actiongroup', 'kibanaalertactiongroup', 'alertactiongroupname', 'actiongroupname', 'kibanaalertactiongroupname'];

/** One alert of Kibana, Watcher or ElastAlert, whatever template wrote it. */
export function alertEvent(
  { path, fields: body, listed }: Found & { readonly fields: Fields },
  severities: SeverityOverrides | undefined,
): SourceEvent | FieldError[] {
  const own = bareFields([body], LEFT_EMPTY);
  const rule = own.text(
    'rulename', 'kibanaalertrulename', 'contextrulename', 'signalrulename', 'alertname', 'metadataname',
    'ctxmetadataname', 'payloadmetadataname', 'watchname', 'monitorname', 'casetitle', 'fieldssummary',
    'contexttitle', 'title', 'alertsubject', 'subject', 'name', 'markdowntitle', 'alerttype',
  ) ?? watchOf(own);
  const reason = own.text(
    'contextreason', 'kibanaalertreason', 'reason', 'alertreason', 'contextmessage', 'contextstatusmessage', 'statemessage',
    'message', 'contextconditions', 'payloadsummary', 'summary', 'alerttext', 'description', 'contextruledescription',
    'casedescription', 'text', 'markdowntext', 'note',
  );
  const host = own.text(
    'contexthosthostname', 'contexthostname', 'contexthost', 'contextgroup', 'contextservicename', 'kibanaalertgroup',
    'hostname', 'hosthostname', 'host', 'payloadsource', 'servicename', 'service', 'contextmonitorname',
    'group', 'server', 'node', 'resource', 'agentname', 'source',
  ) ?? instanceOf(own);
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
    occurredAt: own.text(
      ...(action === 'resolve' ? ['kibanaalertend', 'contextrecoveredat'] : ['kibanaalertstart']),
      'contexttimestamp', 'contextdate', 'date', 'timestamp', 'executiontime', 'ctxexecutiontime',
      'triggertriggeredtime', 'payloadtriggertriggeredtime', 'payloadtimestamp', 'timeofevent',
    ),
    component: own.text('contextservicename', 'servicename', 'monitorname', 'contextmonitorname'), group: own.text('rulespaceid', 'spaceid', 'kibanaspaceids'),
    class: own.text('ruletype', 'kibanaalertruleruletypeid', 'kibanaalertrulecategory', 'ruletypeid'),
    details: detailsOf(body, own, rule, reason),
    links: [
      {
        href: own.text(
          'contextalertdetailsurl', 'alertdetailsurl', 'kibanaalerturl', 'contextresultslink', 'resultslink',
          'contextviewinappurl', 'viewinappurl', 'contextlink', 'alerturl', 'url', 'link', 'caseurl',
        ),
        text: 'Alert',
      },
      { href: own.text('ruleurl'), text: 'Rule' },
    ],
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
  const groups = ACTION_GROUPS.map((name) => own.text(name));
  const status = own.text('kibanaalertstatus');
  if (status !== undefined) return firstMeaning(ACTIONS, [status, ...groups]) ?? 'trigger';
  return firstMeaning(ACTIONS, [
    ...groups, ownField(body, 'event_action'), ownField(body, 'eventAction'), ownField(body, 'subAction'),
    ...[
      'status', 'state', 'alertstatus', 'alertstate', 'rulestatus', 'contextstatus', 'contextalertstate', 'casestatus',
      'watchstatus', 'ctxmetadatastatus', 'metadatastatus', 'payloadstatus', 'action', 'event', 'eventtype',
    ].map((name) => own.text(name)),
  ]) ?? 'trigger';
}

/** A severity by name, else an action group that tells one. */
function severityWord(own: BareFields, severities: SeverityOverrides | undefined): string | undefined {
  const word = own.text(
    'severity', 'alertseverity', 'kibanaalertseverity', 'contextruleseverity', 'ruleseverity', 'kibanaalertruleseverity',
    'signalruleseverity', 'metadataseverity', 'ctxmetadataseverity', 'payloadmetadataseverity',
    'payloadseverity', 'contextseverity', 'caseseverity', 'priority', 'alertpriority', 'metadatapriority', 'level', 'loglevel',
  );
  const known = Object.fromEntries(Object.entries(severities ?? {}).filter(([from]) => from.trim() !== '*'));
  return word ?? ACTION_GROUPS.flatMap((name) => own.text(name) ?? []).find((group) => isInTable(group, SEVERITIES.filter(({ from }) => from !== '*'), known));
}

function watchOf(own: BareFields): string | undefined {
  return own.text('watchid', 'ctxwatchid', 'payloadwatchid', 'watch');
}

const FIELDS_SHOWN = 40;
const TEXT_SHOWN = 2000;

function detailsOf(body: Fields, own: BareFields, rule: string | undefined, reason: string | undefined): Fields {
  const isDocument = own.text('kibanaalertuuid', 'kibanaalertruleuuid') !== undefined;
  return said({
    rule, ruleId: own.text('ruleid', 'kibanaalertruleuuid'), reason, actionGroup: own.text(...ACTION_GROUPS),
    status: own.text('kibanaalertstatus', 'kibanaalertworkflowstatus'),
    alertId: own.text('alertid', 'kibanaalertinstanceid', 'alertuuid', 'kibanaalertuuid'),
    watch: watchOf(own), value: own.value('contextvalue', 'kibanaalertevaluationvalue'),
    threshold: own.value('contextthreshold', 'kibanaalertevaluationthreshold'), tags: own.value('ruletags', 'kibanaalertruletags', 'tags'),
    riskScore: own.text('kibanaalertriskscore', 'contextruleriskscore', 'signalruleriskscore'),
    flapping: word(own.value('alertflapping', 'kibanaalertflapping')) === 'true' ? true : undefined,
    context: shown(fields(body.context)), metadata: shown(fields(body.metadata ?? fields(body.ctx).metadata)), ...(!isDocument && { fields: shown(body) }),
  }, LEFT_EMPTY);
}

/** The texts of an object, its author's own choice. */
function shown(object: Fields): Fields {
  const texts = Object.entries(said(object, LEFT_EMPTY)).flatMap(([name, value]) => (text(value) === undefined
    ? []
    : [[name, typeof value === 'string' ? value.slice(0, TEXT_SHOWN) : value] as const]));
  return Object.fromEntries(texts.slice(0, FIELDS_SHOWN));
}
