import type { EventKind, TestAlert } from '../contract.js';

const ALERT = 'azure-<alert id>';
const METRIC = 'azure-<rule>-<digest of rule, resource and dimensions>';

export const KINDS: readonly EventKind[] = [
  { when: 'common alert schema, monitorCondition Fired (or none)', action: 'trigger', key: ALERT, fixture: 'pair-metric.firing' },
  { when: 'common alert schema, monitorCondition Resolved', action: 'resolve', key: ALERT, fixture: 'pair-metric.resolved' },
  {
    when: 'ServiceHealth: an outage, a maintenance, an advisory',
    action: 'trigger', key: 'azure-servicehealth-<tracking id>', fixture: 'pair-service-health.firing',
  },
  { when: 'ServiceHealth with status or stage Resolved', action: 'resolve', key: 'azure-servicehealth-<tracking id>', fixture: 'pair-service-health.resolved' },
  { when: 'Resource Health: degraded, unavailable', action: 'trigger', key: 'azure-resourcehealth-<resource>', fixture: 'pair-resource-health.firing' },
  { when: 'Resource Health: available again', action: 'resolve', key: 'azure-resourcehealth-<resource>', fixture: 'pair-resource-health.resolved' },
  { when: 'AzureMonitorMetricAlert and classic metric alert, status Activated', action: 'trigger', key: METRIC, fixture: 'pair-metric-v2.firing' },
  { when: 'AzureMonitorMetricAlert Deactivated, classic metric alert Resolved', action: 'resolve', key: METRIC, fixture: 'pair-metric-v2.resolved' },
  { when: 'activity log alert without the common schema', action: 'trigger', key: 'azure-activity-<operation id>', fixture: 'activity-log-classic' },
  { when: 'log alert without the common schema', action: 'trigger', key: 'azure-log-<rule>-<digest of workspace and dimensions>', fixture: 'log-classic' },
  { when: 'budget without the common schema', action: 'trigger', key: 'azure-budget-<digest of scope>-<name>-<threshold>-<start>', fixture: 'budget-classic' },
  { when: "autoscale's notification", action: 'trigger', key: METRIC, severity: 'info', fixture: 'autoscale' },
  { when: 'alert of Defender for Cloud', action: 'trigger', key: 'azure-defender-<alert id>', fixture: 'pair-defender.firing' },
  { when: 'alert of Defender for Cloud, Resolved or Dismissed', action: 'resolve', key: 'azure-defender-<alert id>', fixture: 'pair-defender.resolved' },
  { when: 'any other event of Event Grid', action: 'trigger', key: 'azure-eventgrid-<event type>-<subject>', fixture: 'event-grid' },
  { when: "Event Grid's validation of a subscription", action: 'ignored', fixture: 'ignored-event-grid-validation' },
];

function common(monitorCondition: 'Fired' | 'Resolved') {
  return {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: '/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.AlertsManagement/alerts/00000000-0000-0000-0000-000000000001',
        alertRule: 'Signalbox test', severity: 'Sev4', signalType: 'Metric', monitorCondition,
        monitoringService: 'Platform', alertTargetIDs: [], configurationItems: ['signalbox'],
        firedDateTime: '2026-01-01T00:00:00.0000000Z', description: 'A test alert from Signalbox', essentialsVersion: '1.0', alertContextVersion: '1.0',
      },
      alertContext: {},
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: common('Fired') }, resolved: { body: common('Resolved') } };
