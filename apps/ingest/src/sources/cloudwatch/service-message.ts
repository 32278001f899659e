import { digest } from '../event.js';
import { meaning, type Words } from '../meaning.js';
import { fields, firstText, isFields, list, said, text, word, type Fields } from '../reading.js';
import { alert, consoleLink, encoded, ignored, parseArn, plainValues, type Reading } from './reading.js';
import type { Delivered } from './envelope.js';

/** What services write to a topic by themselves as JSON, each in its own form. Undefined: of none of them. */
export function serviceMessage(message: Fields, delivered: Delivered): Reading | undefined {
  if (message['Event Message'] !== undefined || message['Event ID'] !== undefined) return databaseNotice(message);
  if (text(message.AutoScalingGroupName) !== undefined) return autoScaling(message);
  if (isFields(message.approval) && text(message.approval.pipelineName) !== undefined) return approval(message, message.approval);
  if (text(message.InsightId) !== undefined && text(message.MessageType) !== undefined) return insight(message);
  if (text(message.anomalyId) !== undefined) return costAnomaly(message);
  if (text(message.notificationType) !== undefined || (text(message.eventType) !== undefined && isFields(message.mail))) return mail(message);
  if (isS3(message)) return ignored('a message of S3 about its objects, which is no alert');
  if (text(fields(message.content).title) !== undefined || text(fields(message.content).description) !== undefined) {
    return custom(message, fields(message.content), delivered);
  }
  return undefined;
}

interface DatabaseEvent {
  readonly id: unknown;
  readonly message: unknown;
  readonly categories: readonly unknown[];
  readonly thing: unknown;
  readonly thingArn: unknown;
  readonly kind: unknown;
  readonly at: unknown;
  readonly link: unknown;
}

/**
 * docs.aws.amazon.com, RDS, "Amazon RDS event categories and event messages", and DMS, "Working with events and notifications": SNS' message has no category
 * but a number. Of those that say that a thing is well again the category here is `recovery`, whatever the service calls it.
 */
const NUMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RDS: {
    failure: '0022 0031 0035 0036 0045 0058 0069 0079 0080 0081 0165 0188',
    failover: '0013 0015 0034 0049 0050 0051 0065 0070 0071 0072 0073', 'low storage': '0007 0089 0222 0224 0227',
    availability: '0004 0087 0150 0221', recovering: '0020', recovery: '0006 0021 0088 0151',
    backup: '0001 0002 0090 0091', creation: '0005 0040 0042', deletion: '0003 0041',
    'configuration change': '0009 0011 0012 0014 0016 0017 0018 0024 0025 0028 0029 0030 0032 0037',
    restoration: '0008 0019 0043', maintenance: '0026 0027 0047',
  },
  DMS: { failure: '0078', availability: '0079', recovery: '0069' },
};

function categoryOf(id: string): string | undefined {
  const [, service = '', number = ''] = /(RDS|DMS)-EVENT-(\d{4})/.exec(id) ?? [];
  return number === '' ? undefined : Object.entries(NUMBERS[service]!).find(([, numbers]) => numbers.includes(number))?.[0];
}

/**
 * An event of RDS, and of those that write like it (DMS, Redshift, DocumentDB, Neptune):
 * every one opens, but for a recovery, which closes what made the thing unavailable.
 */
export function databaseEvent({ id, message, categories, thing, thingArn, kind, at, link }: DatabaseEvent): Reading {
  const name = firstText(thing, parseArn(thingArn)?.resource.split(':').at(-1));
  const told = firstText(message, id) ?? 'an event without a message';
  const category = categoryOf(text(id) ?? '') ?? firstText(...categories)?.trim().toLowerCase();
  const lane = category?.startsWith('recover') === true ? 'availability' : category ?? 'event';
  return alert({
    action: category === 'recovery' ? 'resolve' : 'trigger',
    dedupKey: `cloudwatch-${(text(kind) ?? 'database').trim().toLowerCase().replaceAll('_', '-')}-${name ?? digest(told)}-${lane}`,
    summary: name === undefined ? told : `${name}: ${told}`,
    source: name ?? 'aws', severityWord: category, occurredAt: at, component: kind, group: parseArn(thingArn)?.region, class: category,
    details: said({ message: told, category, event: /[A-Z]+-EVENT-\d+/.exec(text(id) ?? '')?.[0] ?? id, arn: thingArn }),
    links: [{ href: link, text: name }, { href: id, text: 'What this event means' }],
  });
}

function databaseNotice(message: Fields): Reading {
  return databaseEvent({
    id: text(message['Event ID'])?.trim(), message: message['Event Message'], categories: list(message['Event Categories'] ?? message.EventCategories),
    thing: message['Source ID'] ?? message.SourceId, thingArn: message['Source ARN'], kind: message['Event Source'],
    at: text(message['Event Time'])?.trim(), link: message['Identifier Link'],
  });
}

/** docs.aws.amazon.com, EC2 Auto Scaling, "Amazon SNS notification options". A success closes the failure before it. */
const SCALING: Words = {
  'autoscaling:ec2_instance_launch': 'resolve', 'autoscaling:ec2_instance_terminate': 'resolve',
  'autoscaling:test_notification': 'ignored',
};

function autoScaling(message: Fields): Reading {
  const event = word(message.Event) ?? '';
  const means = text(message.LifecycleTransition) !== undefined ? 'ignored' : meaning(event, SCALING);
  if (means === 'ignored') {
    return ignored(
      event === 'autoscaling:test_notification'
        ? "Auto Scaling's test notification: the topic is set up"
        : 'a lifecycle hook of Auto Scaling, which is no alert',
    );
  }
  const group = text(message.AutoScalingGroupName)!;
  const arn = parseArn(message.AutoScalingGroupARN);
  const activity = event.replace(/^autoscaling:ec2_instance_/, '').replace(/_error$/, '');
  return alert({
    action: means, dedupKey: ['cloudwatch-autoscaling', activity, text(message.AccountId) ?? arn?.account, arn?.region, group].filter(Boolean).join('-'),
    summary: `${group}: ${firstText(message.StatusMessage, message.Description, message.Cause) ?? event}`,
    source: group, severityWord: means === 'resolve' ? 'ok' : 'failed',
    occurredAt: firstText(message.EndTime, message.Time, message.StartTime), component: 'Auto Scaling',
    group: arn?.region, class: text(message.Event),
    details: said({
      description: message.Description, cause: message.Cause, status: message.StatusCode, message: message.StatusMessage, instance: message.EC2InstanceId,
      zone: fields(message.Details)['Availability Zone'],
    }),
    links: [{ href: consoleLink(arn?.region, `ec2/home?region={region}#AutoScalingGroupDetails:id=${encoded(group)}`, arn?.partition), text: group }],
  });
}

/** docs.aws.amazon.com, CodePipeline, "JSON data format for manual approval notifications": somebody has to say yes. */
function approval(message: Fields, asked: Fields): Reading {
  const name = [asked.pipelineName, asked.stageName, asked.actionName].map((part) => text(part)).filter((part) => part !== undefined).join(' / ');
  return alert({
    action: 'trigger', dedupKey: `cloudwatch-codepipeline-approval-${name}-${text(asked.token) ?? ''}`,
    summary: `Approval needed: ${name}`, source: text(asked.pipelineName)!, severityWord: 'low',
    component: 'CodePipeline', group: message.region, class: 'approval',
    details: said({ pipeline: asked.pipelineName, stage: asked.stageName, action: asked.actionName, expires: asked.expires, message: asked.customData }),
    links: [
      { href: asked.approvalReviewLink, text: 'Review' },
      { href: asked.externalEntityLink, text: 'What is asked for' },
      { href: message.consoleLink, text: 'Pipeline' },
    ],
  });
}

/** docs.aws.amazon.com, DevOps Guru, "Amazon SNS notification format". */
const INSIGHTS: Words = {
  new_insight: 'trigger', severity_upgraded: 'trigger', new_association: 'trigger',
  closed_insight: 'resolve',
  new_recommendation: 'ignored',
};

function insight(message: Fields): Reading {
  const means = meaning(word(message.MessageType), INSIGHTS);
  if (means === 'ignored') return ignored('a recommendation to an insight that is known');
  return alert({
    action: means, dedupKey: `cloudwatch-devops-guru-${[text(message.AccountId), text(message.Region), text(message.InsightId)].filter(Boolean).join('-')}`,
    summary: `DevOps Guru: ${firstText(message.InsightName, message.Name, message.InsightDescription, message.Description) ?? 'insight'}`,
    source: firstText(list(message.ResourceNames)[0]) ?? 'DevOps Guru', severityWord: firstText(message.InsightSeverity, message.Severity),
    occurredAt: firstText(message.StartTimeISO, message.EndTimeISO, message.StartTime),
    component: 'DevOps Guru', group: message.Region, class: text(message.InsightType),
    details: said(plainValues(message)), links: [{ href: message.InsightUrl, text: 'Insight' }],
  });
}

/** docs.aws.amazon.com, Cost Management, "Detecting unusual spend": the message to a topic. */
function costAnomaly(message: Fields): Reading {
  const impact = fields(message.impact);
  const amount = text(impact.totalImpact);
  const cause = fields(list(message.rootCauses)[0]);
  const where = firstText(message.dimensionalValue, cause.service, message.monitorName) ?? 'unusual spend';
  return alert({
    action: 'trigger', dedupKey: `cloudwatch-cost-anomaly-${text(message.anomalyId)}`,
    summary: `Cost anomaly${amount === undefined ? '' : ` of $${amount}`}: ${where}`,
    source: firstText(cause.service, message.dimensionalValue, message.accountName, message.accountId) ?? 'aws',
    severityWord: 'warning', occurredAt: message.anomalyStartDate, component: 'Cost Management',
    details: said({
      account: message.accountId, start: message.anomalyStartDate, end: message.anomalyEndDate,
      ...plainValues(impact), cause: plainValues(cause),
    }),
    links: [{ href: message.anomalyDetailsLink, text: 'Anomaly' }],
  });
}

/** docs.aws.amazon.com, SES, "Amazon SNS notification contents" and "event publishing": what did not arrive is an alert. */
const MAIL: Words = {
  delivery: 'ignored', send: 'ignored', open: 'ignored', click: 'ignored', subscription: 'ignored',
  received: 'ignored', amazonsnssubscriptionsucceeded: 'ignored', deliverydelay: 'ignored',
};

function mail(message: Fields): Reading {
  const kind = firstText(message.notificationType, message.eventType)!;
  const sent = fields(message.mail);
  if (meaning(word(kind), MAIL) === 'ignored') return ignored(`'${kind.slice(0, 64)}' of SES, which is no alert`);
  const refusing = [...list(fields(message.bounce).bouncedRecipients), ...list(fields(message.complaint).complainedRecipients)];
  const recipients = refusing.map((one) => text(fields(one).emailAddress)).filter((one) => one !== undefined);
  return alert({
    action: 'trigger', dedupKey: `cloudwatch-ses-${kind.toLowerCase()}-${text(sent.messageId) ?? digest(kind, recipients.join())}`,
    summary: `SES ${kind.toLowerCase()}${recipients.length > 0 ? `: ${recipients.slice(0, 3).join(', ')}` : ''}`,
    source: text(sent.source) ?? 'ses', severityWord: 'warning', occurredAt: sent.timestamp, component: 'SES', class: kind,
    details: said({
      recipients: recipients.slice(0, 50), ...plainValues(fields(message.bounce)), ...plainValues(fields(message.complaint)),
      subject: fields(sent.commonHeaders).subject,
    }),
  });
}

/** docs.aws.amazon.com, S3, "Event message structure". */
function isS3(message: Fields): boolean {
  return word(message.Event) === 's3:testevent'
    || (list(message.Records).length > 0 && list(message.Records).every((record) => word(fields(record).eventSource) === 'aws:s3'));
}

/** docs.aws.amazon.com, Amazon Q in chat applications (Chatbot), "Custom notifications". */
function custom(message: Fields, content: Fields, { topicArn = '' }: Delivered): Reading {
  const title = firstText(content.title, content.description)!;
  const metadata = fields(message.metadata);
  const thread = firstText(metadata.threadId, message.id);
  return alert({
    action: 'trigger', dedupKey: `cloudwatch-custom-${thread ?? digest(topicArn, title, text(content.description) ?? '')}`, summary: title,
    source: firstText(...list(metadata.relatedResources), metadata.eventType, message.source) ?? 'aws', severityWord: undefined,
    group: parseArn(topicArn)?.region,
    details: said({ description: content.description, nextSteps: list(content.nextSteps), ...plainValues(fields(metadata.additionalContext)) }),
  });
}
