import type { EventKind, TestAlert } from '../contract.js';

const ALARM = 'cloudwatch-<region>-<alarm>';
const PLACE = '<account>-<region>';

export const KINDS: readonly EventKind[] = [
  { when: 'alarm (metric, composite, anomaly) in state ALARM', action: 'trigger', key: ALARM, severity: 'critical', fixture: 'pair-alarm.firing' },
  { when: 'alarm in state OK', action: 'resolve', key: ALARM, severity: 'info', fixture: 'pair-alarm.resolved' },
  {
    when: 'alarm in state INSUFFICIENT_DATA (or as insufficientData is set)',
    action: 'trigger', key: ALARM, severity: 'warning', fixture: 'alarm-insufficient-data',
  },
  { when: 'SubscriptionConfirmation', action: 'ignored', fixture: 'ignored-subscription' },
  { when: 'UnsubscribeConfirmation', action: 'ignored', fixture: 'ignored-unsubscribe' },
  { when: 'AWS Health event, open or upcoming', action: 'trigger', key: `cloudwatch-health-${PLACE}-<event arn>`, fixture: 'pair-health.firing' },
  { when: 'AWS Health event, closed', action: 'resolve', key: `cloudwatch-health-${PLACE}-<event arn>`, fixture: 'pair-health.resolved' },
  { when: 'GuardDuty Finding', action: 'trigger', key: `cloudwatch-guardduty-${PLACE}-<finding>`, fixture: 'guardduty' },
  {
    when: 'Security Hub findings (also Inspector, Macie, Access Analyzer), active',
    action: 'trigger', key: `cloudwatch-securityhub-${PLACE}-<finding>`, fixture: 'pair-securityhub.firing',
  },
  {
    when: 'Security Hub findings, archived, resolved, suppressed or passed',
    action: 'resolve', key: `cloudwatch-securityhub-${PLACE}-<finding>`, fixture: 'pair-securityhub.resolved',
  },
  {
    when: 'CodePipeline, CodeBuild, CodeDeploy, Step Functions, Glue, Batch, AWS Backup: failed',
    action: 'trigger', key: `cloudwatch-codepipeline-${PLACE}-<pipeline>`,
    severity: 'error', fixture: 'pair-codepipeline.firing',
  },
  {
    when: 'the same: succeeded',
    action: 'resolve', key: `cloudwatch-codepipeline-${PLACE}-<pipeline>`, severity: 'info', fixture: 'pair-codepipeline.resolved',
  },
  { when: 'the same: started, running, stopped by somebody', action: 'ignored', fixture: 'ignored-codepipeline-started' },
  { when: 'Config rule NON_COMPLIANT', action: 'trigger', key: `cloudwatch-config-${PLACE}-<rule>/<resource>`, fixture: 'pair-config-rule.firing' },
  { when: 'Config rule COMPLIANT', action: 'resolve', key: `cloudwatch-config-${PLACE}-<rule>/<resource>`, fixture: 'pair-config-rule.resolved' },
  { when: 'RDS event (also DMS, Redshift)', action: 'trigger', key: 'cloudwatch-db-instance-<instance>-<category>', fixture: 'pair-rds.firing' },
  { when: 'RDS event of a recovery', action: 'resolve', key: 'cloudwatch-db-instance-<instance>-<category>', fixture: 'pair-rds.resolved' },
  {
    when: 'Auto Scaling: launch or termination failed',
    action: 'trigger', key: `cloudwatch-autoscaling-launch-${PLACE}-<group>`, severity: 'error', fixture: 'pair-autoscaling.firing',
  },
  {
    when: 'Auto Scaling: launch or termination succeeded',
    action: 'resolve', key: `cloudwatch-autoscaling-launch-${PLACE}-<group>`, fixture: 'pair-autoscaling.resolved',
  },
  { when: "Auto Scaling's test notification", action: 'ignored', fixture: 'ignored-autoscaling-test' },
  {
    when: 'CloudFormation stack failed or rolled back',
    action: 'trigger', key: `cloudwatch-cloudformation-${PLACE}-<stack>`, fixture: 'pair-cloudformation.firing',
  },
  { when: 'CloudFormation stack complete', action: 'resolve', key: `cloudwatch-cloudformation-${PLACE}-<stack>`, fixture: 'pair-cloudformation.resolved' },
  { when: 'budget notification', action: 'trigger', key: 'cloudwatch-budget-<account>-<budget>-<threshold>', severity: 'warning', fixture: 'budget' },
  { when: 'any other text published to a topic', action: 'trigger', key: 'cloudwatch-sns-<digest of topic, subject and text>', fixture: 'text' },
  { when: 'any other event of EventBridge', action: 'trigger', key: `cloudwatch-<detail type>-${PLACE}-<resource or event>`, fixture: 'event-unknown' },
  { when: "SES deliveries, S3's messages, lifecycle hooks, schedules, changes of an alarm's settings", action: 'ignored', fixture: 'ignored-ses-delivery' },
];

function message(state: 'ALARM' | 'OK') {
  const alarm = {
    AlarmName: 'Signalbox test', AlarmDescription: 'A test alert from Signalbox',
    AWSAccountId: '000000000000', NewStateValue: state, OldStateValue: state === 'OK' ? 'ALARM' : 'OK',
    NewStateReason: 'A test', StateChangeTime: '2026-01-01T00:00:00.000+0000', Region: 'eu-west-1',
    AlarmArn: 'arn:aws:cloudwatch:eu-west-1:000000000000:alarm:Signalbox test',
  };
  return {
    Type: 'Notification', MessageId: `signalbox-test-${state.toLowerCase()}`,
    TopicArn: 'arn:aws:sns:eu-west-1:000000000000:signalbox', Subject: `${state}: "Signalbox test"`,
    Message: JSON.stringify(alarm), Timestamp: '2026-01-01T00:00:00.000Z',
  };
}

const HEADERS = { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' };

export const TEST_ALERT: TestAlert = { firing: { headers: HEADERS, body: message('ALARM') }, resolved: { headers: HEADERS, body: message('OK') } };
