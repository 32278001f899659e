import { digest } from '../event.js';
import { fields, firstText, isFields, list, objects, said, text, type Fields } from '../reading.js';
import { activityAlert, isEnded } from './activity.js';
import { actionOf, criterion, criterionDetails, named, portal, resourceGroup, resourceName, sameId, type AlertDraft } from './reading.js';
import { severityWord } from './severities.js';

/**
 * learn.microsoft.com, "Common alert schema": the essentials are the same for every monitoring service, the context differs. Exports of alerts (and the
 * first webhooks of smart detection) say the same under other names.
 */
export function commonAlert(data: Fields): AlertDraft | undefined {
  const essentials = fields(data.essentials);
  const context = fields(data.alertContext ?? data.context);
  const rule = resourceName(essentials.alertRule) ?? resourceName(essentials.alertRuleID);
  const targets = list(essentials.alertTargetIDs).map((id) => text(id)).filter((id) => id !== undefined);
  const target = targets[0] ?? text(essentials.targetResource);
  const alertId = text(essentials.alertId) ?? text(data.id);
  const budget = fields(context.AlertData);
  const activity = activityAlert(context, target);
  const identity = activity?.identity ?? keyOf(essentials, context, alertId, rule, target);
  if (identity === undefined) return undefined;
  const action = actionOf(essentials.monitorCondition, essentials.alertState);
  const ended = action === 'resolve' || isEnded(context);
  const service = activity?.kind === 'Service Health' ? activity.thing : undefined;
  return {
    action: ended ? 'resolve' : action,
    dedupKey: `azure-${identity}`,
    summary: summaryOf(rule ?? text(budget.BudgetName), essentials, context, activity?.told),
    source: firstText(
      service, budget.BudgetName, list(essentials.configurationItems)[0], resourceName(target), essentials.targetResourceName,
    ) ?? rule ?? 'azure',
    severityWord: severityWord(text(essentials.severity)) ?? (Object.keys(budget).length > 0 ? 'budget' : undefined),
    occurredAt: firstText(
      ...(ended ? [essentials.resolvedDateTime, essentials.lastModifiedDateTime, context.eventTimestamp] : []),
      essentials.firedDateTime,
      essentials.startDateTime,
    ),
    component: firstText(essentials.monitoringService, essentials.monitorService), group: resourceGroup(target) ?? essentials.targetResourceGroup, class: rule,
    details: said({
      rule, description: essentials.description, condition: essentials.monitorCondition,
      signal: essentials.signalType, severity: essentials.severity, targets: targets.slice(0, 20),
      ...activity?.details, ...contextDetails(context), properties: fields(data.customProperties ?? context.properties),
    }),
    links: linksOf(essentials, context, alertId, target),
  };
}

/**
 * What stays the same: the alert itself, which fires and resolves under one id. (Of an
 * outage of Azure's it is its tracking id, of a resource's health the resource.)
 */
function keyOf(essentials: Fields, context: Fields, alertId: string | undefined, rule: string | undefined, target: string | undefined): string | undefined {
  const own = /\/providers\/microsoft\.alertsmanagement\/alerts\/([^/]+)$/i.exec(alertId ?? '')?.[1];
  if (own !== undefined || alertId !== undefined) return sameId(own ?? alertId);
  const origin = sameId(firstText(essentials.originAlertId, essentials.sourceCreatedId));
  if (origin !== undefined) return origin;
  const name = rule ?? text(essentials.description);
  if (name === undefined) return undefined;
  const dimensions = list(fields(context.condition).allOf).map((one) => named(fields(one).dimensions));
  return `${name.toLowerCase()}-${digest(sameId(target) ?? '', JSON.stringify(dimensions))}`;
}

function summaryOf(rule: string | undefined, essentials: Fields, context: Fields, activity: string | undefined): string {
  const told = firstText(
    activity,
    fields(context.annotations).summary, fields(context.annotations).description, context.DetectionSummary,
    list(fields(context.condition).allOf).map((one) => criterion(fields(one))).filter((one) => one !== undefined).join(', '),
    text(context.ResultCount) === undefined ? undefined : `${text(context.ResultCount)} results`,
    essentials.description,
  );
  return [rule, told].filter((part) => part !== undefined).join(': ') || 'Azure Monitor alert';
}

function contextDetails(context: Fields): Fields {
  return {
    criteria: criterionDetails(objects(fields(context.condition).allOf)),
    query: context.SearchQuery, results: context.ResultCount, threshold: context.Threshold, operator: context.Operator, dimensions: named(context.Dimensions),
    expression: context.expression, value: context.expressionValue, labels: fields(context.labels), annotations: fields(context.annotations),
    detected: context.DetectedValue, normal: context.NormalValue, budget: fields(context.AlertData),
  };
}

const ALERT_PAGE = 'https://portal.azure.com/#view/Microsoft_Azure_Monitoring_Alerts/AlertDetails.ReactView/alertId~/';

function linksOf(essentials: Fields, context: Fields, alertId: string | undefined, target: string | undefined): unknown[] {
  const criteria = objects(fields(context.condition).allOf);
  const isAlert = alertId !== undefined && /\/providers\/microsoft\.alertsmanagement\/alerts\/[\w-]+$/i.test(alertId) && /^[\w\-./]+$/.test(alertId);
  const results = firstText(
    context.LinkToFilteredSearchResultsUI, context.LinkToSearchResults,
    criteria[0]?.linkToFilteredSearchResultsUI, criteria[0]?.linkToSearchResultsUI,
  );
  return [
    { href: essentials.investigationLink, text: 'Investigation' },
    { href: isAlert ? `${ALERT_PAGE}${encodeURIComponent(alertId)}` : undefined, text: 'Alert' },
    { href: results, text: 'Results' },
    { href: fields(context.annotations).runbook_url, text: 'Runbook' },
    { href: portal(target), text: resourceName(target) },
  ];
}

/** Whether a body has the essentials of an alert. */
export function isCommon(data: unknown): data is Fields {
  return isFields(data) && isFields(data.essentials) && Object.keys(data.essentials).length > 0;
}
