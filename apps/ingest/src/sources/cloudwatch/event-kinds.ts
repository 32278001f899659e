import type { Words } from '../meaning.js';

/** How one `detail-type` of EventBridge is read; paths are into the whole event. */
export interface AwsEventKind {
  /** What the dedup key says after `cloudwatch-`, and what a person calls it. */
  readonly key: string;
  readonly label: string;
  /** What stays the same from the event that opens to the one that closes. */
  readonly identity: readonly string[];
  /** Where the state stands, and what its words mean beside the usual ones; a kind without states always opens (or does what `always` says). */
  readonly state?: string;
  readonly states?: Words;
  readonly always?: 'resolve' | 'ignored';
  readonly title?: readonly string[];
  /** Where the severity stands; else it is the state's word. */
  readonly severity?: string;
  readonly severityWord?: string;
  readonly links?: readonly string[];
}

/** How things that run say red and green, across AWS. What says neither changes nothing. */
export const USUAL_STATES: Words = {
  failed: 'trigger', failure: 'trigger', fault: 'trigger', error: 'trigger', timeout: 'trigger',
  timed_out: 'trigger', timedout: 'trigger', aborted: 'trigger', expired: 'trigger', partial: 'trigger',
  succeeded: 'resolve', success: 'resolve', completed: 'resolve',
  started: 'ignored', start: 'ignored', starting: 'ignored', running: 'ignored', in_progress: 'ignored',
  created: 'ignored', pending: 'ignored', queued: 'ignored', waiting: 'ignored',
  submitted: 'ignored', runnable: 'ignored', ready: 'ignored', resumed: 'ignored', superseded: 'ignored',
  skipped: 'ignored', stop: 'ignored', stopping: 'ignored', stopped: 'ignored',
  cancelled: 'ignored', canceled: 'ignored', aborting: 'ignored',
};

/** docs.aws.amazon.com, CloudFormation, "Stack status codes". */
export const STACK_STATES: Words = {
  create_complete: 'resolve', update_complete: 'resolve', import_complete: 'resolve', delete_complete: 'resolve',
  create_failed: 'trigger', rollback_complete: 'trigger', rollback_failed: 'trigger', delete_failed: 'trigger', update_failed: 'trigger',
  update_rollback_complete: 'trigger', update_rollback_failed: 'trigger', import_rollback_complete: 'trigger', import_rollback_failed: 'trigger',
  create_in_progress: 'ignored', delete_in_progress: 'ignored', update_in_progress: 'ignored',
  update_complete_cleanup_in_progress: 'ignored', review_in_progress: 'ignored',
  rollback_in_progress: 'ignored', update_rollback_in_progress: 'ignored',
  update_rollback_complete_cleanup_in_progress: 'ignored', import_in_progress: 'ignored',
  import_rollback_in_progress: 'ignored',
};

const codePipeline = (...part: string[]) => ({
  key: 'codepipeline', label: 'CodePipeline', identity: ['detail.pipeline', ...part], state: 'detail.state',
});
const codeDeploy = (...part: string[]) => ({
  key: 'codedeploy', label: 'CodeDeploy', identity: ['detail.application', 'detail.deploymentGroup', ...part], state: 'detail.state',
});
const GROUP = ['detail.AutoScalingGroupName'];
const FINDING: Words = { active: 'trigger', closed: 'resolve', suppressed: 'resolve', archived: 'resolve', resolved: 'resolve' };
const LIFECYCLE_HOOK = { key: 'autoscaling', label: 'Auto Scaling', identity: GROUP, always: 'ignored' } as const;
const INSIGHT = {
  key: 'devops-guru', label: 'DevOps Guru', identity: ['detail.insightId'],
  title: ['detail.insightName', 'detail.insightDescription'], severity: 'detail.insightSeverity',
  links: ['detail.insightUrl'],
} as const;
const BACKUP = { label: 'AWS Backup', identity: ['detail.resourceArn'], state: 'detail.state' } as const;

/** By `detail-type` in lower case. Each service's own page "… events reference" of the EventBridge guide. */
export const EVENT_KINDS: Readonly<Record<string, AwsEventKind>> = {
  'codepipeline pipeline execution state change': codePipeline(),
  'codepipeline stage execution state change': codePipeline('detail.stage'),
  'codepipeline action execution state change': codePipeline('detail.stage', 'detail.action'),
  'codebuild build state change': {
    key: 'codebuild', label: 'CodeBuild', identity: ['detail.project-name'],
    state: 'detail.build-status', links: ['detail.additional-information.logs.deep-link'],
  },
  'codebuild build phase change': { key: 'codebuild', label: 'CodeBuild', identity: ['detail.project-name'], always: 'ignored' },
  'codedeploy deployment state-change notification': codeDeploy(),
  'codedeploy instance state-change notification': codeDeploy('detail.instanceId'),
  'cloudformation stack status change': {
    key: 'cloudformation', label: 'CloudFormation', identity: ['detail.stack-id'],
    state: 'detail.status-details.status', states: STACK_STATES,
  },
  'step functions execution status change': { key: 'stepfunctions', label: 'Step Functions', identity: ['detail.stateMachineArn'], state: 'detail.status' },
  'glue job state change': { key: 'glue', label: 'Glue job', identity: ['detail.jobName'], state: 'detail.state' },
  'glue crawler state change': { key: 'glue-crawler', label: 'Glue crawler', identity: ['detail.crawlerName'], state: 'detail.state' },
  'batch job state change': { key: 'batch', label: 'Batch job', identity: ['detail.jobName'], state: 'detail.status' },
  'dms replication task state change': {
    key: 'dms', label: 'DMS', identity: ['resources.0'], state: 'detail.eventType', title: ['detail.detailMessage'],
    states: {
      replication_task_started: 'resolve',
      replication_task_created: 'ignored', replication_task_deleted: 'ignored', replication_task_modified: 'ignored',
    },
  },
  'backup job state change': { ...BACKUP, key: 'backup' },
  'copy job state change': { ...BACKUP, key: 'backup-copy' },
  'restore job state change': { ...BACKUP, key: 'backup-restore', identity: ['detail.restoreJobId'], state: 'detail.status' },
  'ec2 instance state-change notification': {
    key: 'ec2', label: 'EC2 instance', identity: ['detail.instance-id'], state: 'detail.state',
    states: { running: 'resolve', stopped: 'trigger', terminated: 'trigger', 'shutting-down': 'ignored' },
  },
  'ec2 spot instance interruption warning': { key: 'ec2-spot', label: 'EC2 spot interruption', identity: ['detail.instance-id'], severityWord: 'warning' },
  'ec2 instance rebalance recommendation': {
    key: 'ec2-rebalance', label: 'EC2 rebalance recommendation', identity: ['detail.instance-id'], severityWord: 'low',
  },
  'ec2 instance launch unsuccessful': { key: 'autoscaling-launch', label: 'Auto Scaling launch failed', identity: GROUP, severityWord: 'failed' },
  'ec2 instance launch successful': { key: 'autoscaling-launch', label: 'Auto Scaling launch', identity: GROUP, always: 'resolve' },
  'ec2 instance terminate unsuccessful': { key: 'autoscaling-terminate', label: 'Auto Scaling termination failed', identity: GROUP, severityWord: 'failed' },
  'ec2 instance terminate successful': { key: 'autoscaling-terminate', label: 'Auto Scaling termination', identity: GROUP, always: 'resolve' },
  'ec2 instance-launch lifecycle action': LIFECYCLE_HOOK,
  'ec2 instance-terminate lifecycle action': LIFECYCLE_HOOK,
  'ecs deployment state change': {
    key: 'ecs-deployment', label: 'ECS deployment', identity: ['resources.0'], state: 'detail.eventName', title: ['detail.reason'],
    states: { service_deployment_completed: 'resolve', service_deployment_in_progress: 'ignored' },
  },
  'ecs service action': {
    key: 'ecs-service', label: 'ECS service', identity: ['resources.0'], state: 'detail.eventName',
    states: {
      service_steady_state: 'resolve', capacity_provider_steady_state: 'resolve', taskset_steady_state: 'resolve',
      service_desired_count_updated: 'ignored',
    },
  },
  'guardduty finding': { key: 'guardduty', label: 'GuardDuty', identity: ['detail.id'], title: ['detail.title', 'detail.type'], severity: 'detail.severity' },
  'guardduty malware protection object scan result': {
    key: 'guardduty-malware', label: 'GuardDuty malware scan', identity: ['detail.s3ObjectDetails.bucketName', 'detail.s3ObjectDetails.objectKey'],
    state: 'detail.scanResultDetails.scanResultStatus', states: { no_threats_found: 'ignored' },
  },
  'inspector2 finding': {
    key: 'inspector', label: 'Inspector', identity: ['detail.findingArn'], state: 'detail.status',
    states: FINDING, title: ['detail.title'], severity: 'detail.severity',
  },
  'macie finding': { key: 'macie', label: 'Macie', identity: ['detail.id'], title: ['detail.title', 'detail.type'], severity: 'detail.severity.description' },
  'access analyzer finding': { key: 'access-analyzer', label: 'Access Analyzer', identity: ['detail.id'], state: 'detail.status', states: FINDING },
  'config rules compliance change': {
    key: 'config', label: 'Config rule', identity: ['detail.configRuleName', 'detail.resourceId'], state: 'detail.newEvaluationResult.complianceType',
    states: { non_compliant: 'trigger', compliant: 'resolve', not_applicable: 'resolve', insufficient_data: 'ignored' },
  },
  'trusted advisor check item refresh notification': {
    key: 'trusted-advisor', label: 'Trusted Advisor', identity: ['detail.check-name', 'detail.resource_id'],
    state: 'detail.status', states: { ok: 'resolve', warn: 'trigger' },
  },
  'devops guru new insight open': INSIGHT, 'devops guru insight severity upgraded': INSIGHT,
  'devops guru insight closed': { ...INSIGHT, always: 'resolve' },
  'devops guru new recommendation created': { key: 'devops-guru', label: 'DevOps Guru', identity: ['detail.insightId'], always: 'ignored' },
  'anomaly detected': {
    key: 'cost-anomaly', label: 'Cost anomaly', identity: ['detail.anomalyId'], severityWord: 'warning',
    links: ['detail.anomalyDetailsLink'],
  },
  'synthetics canary testrun failure': { key: 'canary', label: 'Canary failed', identity: ['detail.canary-name'], severityWord: 'failed' },
  'synthetics canary testrun successful': { key: 'canary', label: 'Canary passed', identity: ['detail.canary-name'], always: 'resolve' },
  'medialive channel alert': {
    key: 'medialive', label: 'MediaLive', identity: ['detail.channel_arn', 'detail.alarm_id'],
    state: 'detail.alarm_state', states: { set: 'trigger', cleared: 'resolve' }, title: ['detail.message'],
  },
  'cloudwatch alarm configuration change': { key: 'alarm-configuration', label: 'CloudWatch', identity: ['detail.alarmName'], always: 'ignored' },
  'scheduled event': { key: 'schedule', label: "EventBridge's schedule", identity: ['resources.0'], always: 'ignored' },
};
