import { digest } from '../event.js';
import { fields, firstText, isFields, list, objects, said, text, type Fields } from '../reading.js';
import { actionOf, criterion, criterionDetails, named, portal, resourceGroup, resourceName, sameId, type AlertDraft } from './reading.js';
import { severityWord } from './severities.js';

/**
 * Metric alerts without the common schema, the newer (`AzureMonitorMetricAlert`) and the classic ones, Application Insights' availability tests, and
 * autoscale's notifications: `{status, context, properties}`. learn.microsoft.com, "Webhooks for near-real-time metric alerts", "Call a webhook with a
 * classic metric alert", "Use autoscale actions to send webhook notifications".
 */
export function metricAlert(data: Fields): AlertDraft | undefined {
  const context = fields(data.context);
  const condition = fields(context.condition);
  const criteria = list(condition.allOf).length > 0 ? objects(condition.allOf) : [condition];
  const resource = firstText(context.resourceId);
  const rule = firstText(context.name, resourceName(context.id));
  if (rule === undefined && resource === undefined) return undefined;
  const operation = text(data.operation);
  const isScaled = operation !== undefined && context.newCapacity !== undefined;
  const dimensions = criteria.map((one) => named(one.dimensions));
  const watched = sameId(resource) ?? sameId(context.resourceName) ?? '';
  const about = digest(sameId(context.id) ?? '', watched, JSON.stringify(dimensions).toLowerCase(), operation ?? '');
  const told = isScaled ? firstText(context.details) : criteria.map(criterion).filter((one) => one !== undefined).join(', ');
  return {
    action: actionOf(data.status),
    // One rule watches many resources and dimensions, each of which fires and resolves by itself.
    dedupKey: `azure-${(rule ?? resourceName(resource))!.toLowerCase()}-${about}`,
    summary: [rule, firstText(told, context.description)].filter((part) => part !== undefined).join(': '),
    source: firstText(context.resourceName, resourceName(resource)) ?? rule!,
    severityWord: isScaled ? 'scaled' : severityWord(firstText(context.severity)), occurredAt: context.timestamp,
    component: firstText(context.resourceType), group: firstText(context.resourceGroupName) ?? resourceGroup(resource), class: rule,
    details: said({
      rule, description: context.description, status: data.status, resource, operation,
      oldCapacity: context.oldCapacity, newCapacity: context.newCapacity, reason: context.details,
      window: condition.windowSize, criteria: criterionDetails(criteria),
      properties: fields(data.properties ?? context.properties),
    }),
    links: [{ href: context.portalLink, text: 'Portal' }, { href: portal(resource), text: resourceName(resource) }],
  };
}

export function isMetric(data: unknown): data is Fields {
  return isFields(data) && isFields(data.context) && (text(data.status) !== undefined || text(data.context.name) !== undefined);
}

/** Log alerts without the common schema: they only ever fire. learn.microsoft.com, "Sample payloads for log search alerts using webhook actions". */
export function logAlert(data: Fields): AlertDraft {
  const rule = firstText(data.AlertRuleName, data.WorkspaceName, data.SearchQuery) ?? 'Log alert';
  const resource = firstText(
    data.ResourceId,
    data.WorkspaceId,
    data.ApplicationId,
    fields(list(fields(data.SearchResult ?? data.SearchResults).dataSources)[0]).resourceId,
  );
  const dimensions = named(data.Dimensions ?? data.dimensions);
  const results = text(data.ResultCount);
  return {
    action: actionOf(data.MonitorCondition ?? data.monitorCondition),
    dedupKey: `azure-log-${rule.toLowerCase()}-${digest(sameId(data.SubscriptionId) ?? '', sameId(resource) ?? '', JSON.stringify(dimensions))}`,
    summary: `${rule}: ${firstText(results === undefined ? undefined : `${results} results`, data.Description) ?? 'the query found something'}`,
    source: firstText(list(data.AffectedConfigurationItems)[0], resourceName(resource)) ?? 'azure',
    severityWord: severityWord(firstText(data.Severity, data.SeverityDescription)),
    occurredAt: firstText(data.SearchIntervalEndtimeUtc, data.SearchIntervalEndTimeUtc),
    component: firstText(data.AlertType) ?? 'Log alert', group: resourceGroup(resource), class: rule,
    details: said({
      rule, description: data.Description, query: data.SearchQuery, results,
      operator: data.AlertThresholdOperator, threshold: data.AlertThresholdValue, dimensions, resource,
      subscription: data.SubscriptionId,
    }),
    links: [
      { href: firstText(data.LinkToFilteredSearchResultsUI, data.LinkToSearchResults), text: 'Results' },
      { href: portal(resource), text: resourceName(resource) },
    ],
  };
}

export function isLog(data: unknown): data is Fields {
  return isFields(data) && (text(data.AlertRuleName) !== undefined || (text(data.SearchQuery) !== undefined && data.ResultCount !== undefined));
}

/** `AIP Budget Notification`: learn.microsoft.com, "Manage costs with budgets". */
export function budgetAlert(data: Fields): AlertDraft {
  const name = text(data.BudgetName)!;
  const unit = text(data.Unit) ?? '';
  const amount = (value: unknown): string | undefined => (text(value) === undefined ? undefined : `${text(value)} ${unit}`.trim());
  const threshold = amount(data.NotificationThresholdAmount);
  const spent = amount(data.SpendingAmount ?? data.SpentAmount) ?? 'spending';
  const scope = digest(sameId(data.SubscriptionId) ?? sameId(data.BillingAccountId) ?? '', sameId(data.ResourceGroup) ?? '');
  return {
    action: 'trigger',
    dedupKey: `azure-budget-${scope}-${name}-${text(data.NotificationThresholdAmount) ?? ''}-${text(data.BudgetStartDate) ?? ''}`,
    summary: `Budget ${name}: ${spent} exceeds the threshold${threshold === undefined ? '' : ` of ${threshold}`}`,
    source: name, severityWord: 'budget', occurredAt: undefined, component: 'Cost Management', group: data.ResourceGroup, class: 'budget',
    details: said({
      budget: data.Budget, spent: data.SpendingAmount ?? data.SpentAmount, unit, threshold: data.NotificationThresholdAmount,
      subscription: data.SubscriptionName ?? data.SubscriptionId, type: data.BudgetType, start: data.BudgetStartDate, creator: data.BudgetCreator,
    }),
    links: [{ href: 'https://portal.azure.com/#view/Microsoft_Azure_CostManagement/Menu/~/budgets', text: 'Budgets' }],
  };
}

export function isBudget(data: unknown): data is Fields {
  return isFields(data) && text(data.BudgetName) !== undefined;
}

/** An alert of Defender for Cloud as its workflow automation hands it on. learn.microsoft.com, "Security alerts schemas". */
export function defenderAlert(data: Fields): AlertDraft {
  const status = text(data.Status);
  const title = text(data.AlertDisplayName)!;
  const entity = firstText(data.CompromisedEntity, resourceName(data.AzureResourceId));
  return {
    action: status !== undefined && ['resolved', 'dismissed'].includes(status.trim().toLowerCase()) ? 'resolve' : 'trigger',
    dedupKey: `azure-defender-${firstText(data.SystemAlertId, data.VendorOriginalId) ?? digest(title, entity ?? '')}`,
    summary: `Defender: ${title}${entity === undefined ? '' : ` (${entity})`}`, source: entity ?? 'azure',
    severityWord: severityWord(firstText(data.Severity, data.AlertSeverity)),
    occurredAt: firstText(data.TimeGenerated, data.StartTimeUtc), component: firstText(data.ProductName) ?? 'Defender for Cloud', class: data.AlertType,
    details: said({ description: data.Description, status, intent: data.Intent, type: data.AlertType, remediation: list(data.RemediationSteps) }),
    links: [{ href: data.AlertUri, text: 'Alert' }, { href: portal(data.AzureResourceId), text: resourceName(data.AzureResourceId) }],
  };
}

export function isDefender(data: unknown): data is Fields {
  return isFields(data) && text(data.AlertDisplayName) !== undefined;
}
