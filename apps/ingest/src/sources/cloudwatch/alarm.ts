import { meaning, type Words } from '../meaning.js';
import { fields, firstText, isFields, list, objects, said, text, word, type Fields } from '../reading.js';
import type { CloudWatchConfig } from './config.js';
import type { Delivered } from './envelope.js';
import { REGION, alert, consoleLink, encoded, ignored, parseArn, type Reading } from './reading.js';

/** docs.aws.amazon.com, CloudWatch, "Using Amazon CloudWatch alarms": the states of an alarm. */
const STATES: Words = { alarm: 'trigger', ok: 'resolve' };

/** An alarm, whichever of its three forms it came in. */
interface Alarm {
  readonly name: string | undefined;
  /** An alarm on many time series reports each of them by itself. */
  readonly contributor?: string | undefined;
  readonly arn: unknown;
  readonly account: unknown;
  readonly region: unknown;
  readonly state: string | undefined;
  readonly previousState: unknown;
  readonly reason: unknown;
  readonly description: unknown;
  readonly changedAt: unknown;
  readonly metric: Fields;
  readonly dimensions: Fields;
  readonly more: Fields;
}

/** The message of an alarm action to SNS: "Amazon SNS notifications" of the CloudWatch guide; a composite alarm has AlarmRule in place of Trigger. */
export function isAlarmMessage(message: unknown): message is Fields {
  return isFields(message) && (text(message.AlarmName) !== undefined || (text(message.AlarmArn) !== undefined && text(message.NewStateValue) !== undefined));
}

export function alarmMessage(message: Fields, delivered: Delivered, config: CloudWatchConfig): Reading {
  const trigger = fields(message.Trigger);
  const metrics = objects(trigger.Metrics);
  const measured = fields(fields(metrics.find((one) => isFields(one.MetricStat))?.MetricStat).Metric);
  return read({
    name: text(message.AlarmName), arn: message.AlarmArn, account: message.AWSAccountId, region: message.Region,
    state: word(message.NewStateValue), previousState: message.OldStateValue, reason: message.NewStateReason, description: message.AlarmDescription,
    changedAt: message.StateChangeTime,
    metric: { namespace: trigger.Namespace ?? message.Namespace ?? measured.Namespace, name: trigger.MetricName ?? message.MetricName ?? measured.MetricName },
    dimensions: named(trigger.Dimensions ?? measured.Dimensions),
    more: {
      threshold: trigger.Threshold ?? message.Threshold, comparison: trigger.ComparisonOperator ?? message.ComparisonOperator,
      statistic: trigger.Statistic ?? trigger.ExtendedStatistic, periodSeconds: trigger.Period,
      expressions: metrics.map((one) => text(one.Expression)).filter((one) => one !== undefined),
      alarmRule: message.AlarmRule,
      triggeringChildren: list(message.TriggeringChildren).map((child) => text(fields(child).Arn)).filter((arn) => arn !== undefined),
    },
  }, delivered, config);
}

/** "CloudWatch Alarm State Change" of EventBridge, and (with `alarmData`) what an alarm hands to a Lambda function. */
export function alarmEvent(body: Fields, data: Fields, delivered: Delivered, config: CloudWatchConfig): Reading {
  const state = fields(data.state);
  const configuration = fields(data.configuration);
  const metrics = objects(configuration.metrics);
  const stat = fields(metrics.find((one) => isFields(one.metricStat))?.metricStat);
  const metric = fields(stat.metric);
  const contributor = fields(data.alarmContributor);
  return read({
    name: text(data.alarmName), contributor: text(contributor.contributorId),
    arn: firstText(body.alarmArn, list(body.resources)[0]), account: body.account ?? body.accountId, region: body.region,
    state: word(state.value), previousState: fields(data.previousState).value, reason: state.reason, description: configuration.description,
    changedAt: firstText(state.timestamp, body.time),
    metric: { namespace: metric.namespace, name: metric.name }, dimensions: { ...fields(metric.dimensions), ...fields(contributor.contributorAttributes) },
    more: {
      statistic: stat.stat, periodSeconds: stat.period, alarmRule: configuration.alarmRule,
      expressions: metrics.map((one) => text(one.expression)).filter((one) => one !== undefined),
    },
  }, delivered, config);
}

function read(alarm: Alarm, delivered: Delivered, { insufficientData = 'trigger' }: CloudWatchConfig): Reading {
  const arn = parseArn(alarm.arn);
  const name = alarm.name ?? arn?.resource.replace(/^alarm:/, '');
  if (name === undefined) return { kind: 'fault', error: { path: 'AlarmName', message: 'is missing: it says which alarm this is' } };
  const noData = alarm.state === 'insufficient_data';
  const action = meaning(alarm.state, { ...STATES, insufficient_data: insufficientData === 'ignore' ? 'ignored' : insufficientData });
  if (action === 'ignored') return ignored(`the alarm '${name.slice(0, 255)}' has no data, which this integration is set to ignore`);
  const topic = parseArn(delivered.topicArn);
  const region = regionOf(alarm.region, arn?.region, topic?.region);
  // Alarms of several accounts that share a central topic must not close each other.
  const account = text(alarm.account) ?? arn?.account;
  const foreign = account !== undefined && topic !== undefined && topic.account !== account ? `${account}-` : '';
  const reason = firstText(alarm.description, alarm.reason);
  return alert({
    action,
    dedupKey: `cloudwatch-${region ?? 'unknown'}-${foreign}${name}${alarm.contributor === undefined ? '' : `/${alarm.contributor}`}`,
    summary: `${noData ? 'No data: ' : ''}${name}${reason === undefined ? '' : `: ${reason.split('\n', 1)[0]}`}`,
    source: thingOf(alarm.dimensions) ?? firstText(alarm.metric.namespace) ?? name,
    severityWord: alarm.state, occurredAt: firstText(alarm.changedAt, delivered.timestamp),
    component: alarm.metric.namespace, group: region, class: alarm.metric.name,
    details: said({
      alarm: name, state: alarm.state?.toUpperCase(), previousState: alarm.previousState, reason: alarm.reason, description: alarm.description, account, region,
      metric: [text(alarm.metric.namespace), text(alarm.metric.name)].filter((part) => part !== undefined).join(' '),
      dimensions: alarm.dimensions, ...alarm.more,
    }),
    links: [
      { href: consoleLink(region, `cloudwatch/home?region={region}#alarmsV2:alarm/${encoded(name)}`, arn?.partition), text: 'Alarm' },
      { href: /https?:\/\/[^\s"'<>)\]]+/.exec(text(alarm.description)?.slice(0, 4096) ?? '')?.[0], text: 'From the description' },
    ],
  });
}

/** The region by its code where anything tells it: SNS' message calls it `EU (Ireland)`, EventBridge `eu-west-1`, and both are of one alarm. */
function regionOf(shown: unknown, ofAlarm: string | undefined, ofTopic: string | undefined): string | undefined {
  const said = text(shown)?.trim();
  return [ofAlarm, said, ofTopic].find((one) => one !== undefined && REGION.test(one)) ?? said;
}

/** Dimensions are `[{name, value}]` in SNS' message. */
function named(dimensions: unknown): Fields {
  const pairs = objects(dimensions).map((one) => [firstText(one.name, one.Name), one.value ?? one.Value] as const);
  return Object.fromEntries(pairs.filter((pair): pair is readonly [string, unknown] => pair[0] !== undefined));
}

/** The dimensions that name the thing itself, the likeliest first. */
const THINGS = [
  'InstanceId', 'DBInstanceIdentifier', 'DBClusterIdentifier', 'FunctionName', 'ServiceName',
  'LoadBalancer', 'LoadBalancerName', 'TargetGroup', 'QueueName', 'TableName',
  'BucketName', 'TopicName', 'ApiName', 'StateMachineArn', 'CacheClusterId', 'AutoScalingGroupName', 'ClusterName', 'DomainName', 'host',
];

function thingOf(dimensions: Fields): string | undefined {
  return firstText(...THINGS.map((name) => (Object.hasOwn(dimensions, name) ? dimensions[name] : undefined)), ...Object.values(dimensions));
}
