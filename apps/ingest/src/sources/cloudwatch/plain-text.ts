import { digest } from '../event.js';
import { meaning, type Words } from '../meaning.js';
import { firstText, said, text, word } from '../reading.js';
import { STACK_STATES, USUAL_STATES } from './event-kinds.js';
import type { Delivered } from './envelope.js';
import { alert, consoleLink, encoded, ignored, parseArn, shortName, type Reading } from './reading.js';

/** What is no JSON: the texts of those services whose form is fixed, else a text that somebody has published. */
export function plainText(words: string, delivered: Delivered): Reading {
  const start = words.slice(0, READ);
  return cloudFormation(start) ?? environment(start) ?? backup(start, delivered) ?? budget(start, delivered) ?? setUp(start) ?? published(words, delivered);
}

/** So much of a text is searched. */
const READ = 8192;

/** Two texts that differ are two alerts: nothing else tells what they are about. */
function published(words: string, { subject, topicArn, timestamp, attributes }: Delivered): Reading {
  const topic = parseArn(topicArn);
  return alert({
    action: 'trigger', dedupKey: `cloudwatch-sns-${digest(topicArn ?? '', subject ?? '', words)}`, summary: subject ?? words,
    source: topic?.resource ?? 'sns', severityWord: undefined, occurredAt: timestamp, component: 'SNS', group: topic?.region,
    details: said({ message: words, topic: topicArn, attributes }),
  });
}

/** docs.aws.amazon.com, CloudFormation, NotificationARNs: lines of `Name='value'`. */
function cloudFormation(words: string): Reading | undefined {
  const values = Object.fromEntries([...words.matchAll(/^(\w+)='([^\n]*)'$/gm)].map(([, name, value]) => [name!, value!]));
  const stack = text(values.StackId);
  if (stack === undefined || text(values.ResourceStatus) === undefined) return undefined;
  if (values.PhysicalResourceId !== stack && values.ResourceType !== 'AWS::CloudFormation::Stack') {
    return ignored("one resource of a stack: the stack's own message tells how it ended");
  }
  const state = word(values.ResourceStatus)!;
  const means = meaning(state, STACK_STATES);
  if (means === 'ignored') return ignored(`the stack is '${state.slice(0, 64)}', which is not its end`);
  const arn = parseArn(stack);
  const name = text(values.StackName) ?? shortName(stack);
  return alert({
    action: means, dedupKey: ['cloudwatch-cloudformation', arn?.account, arn?.region, stack].filter(Boolean).join('-'),
    summary: `CloudFormation: ${name} ${values.ResourceStatus}`,
    source: name, severityWord: means === 'resolve' ? 'ok' : state, occurredAt: values.Timestamp,
    component: 'CloudFormation', group: arn?.region, class: 'stack',
    details: said({ stack, status: values.ResourceStatus, reason: values.ResourceStatusReason }),
    links: [{ href: consoleLink(arn?.region, `cloudformation/home?region={region}#/stacks/stackinfo?stackId=${encoded(stack)}`, arn?.partition), text: name }],
  });
}

/** docs.aws.amazon.com, Elastic Beanstalk, "Health colors and statuses". */
const HEALTH: Words = {
  ok: 'resolve', info: 'resolve',
  warning: 'trigger', degraded: 'trigger', severe: 'trigger', 'no data': 'trigger',
  unknown: 'ignored', pending: 'ignored', suspended: 'ignored',
};

/** docs.aws.amazon.com, Elastic Beanstalk, "Environment notifications with Amazon SNS": lines of `Name: value`. */
function environment(words: string): Reading | undefined {
  const [, message = ''] = /^Message: (.+)$/m.exec(words) ?? [];
  const [, name] = /^Environment: (.+)$/m.exec(words) ?? [];
  const [, application] = /^Application: (.+)$/m.exec(words) ?? [];
  if (name === undefined || application === undefined || message === '') return undefined;
  const state = /^Environment health has transitioned from [A-Za-z ]+ to ([A-Za-z ]+)\./.exec(message)?.[1]?.toLowerCase();
  const means = state === undefined ? (/ERROR/.test(/^(?:Severity|Status): (.+)$/m.exec(words)?.[1] ?? '') ? 'trigger' : 'ignored') : meaning(state, HEALTH);
  if (means === 'ignored') return ignored(`'${message.slice(0, 128)}' says neither healthy nor ill`);
  return alert({
    action: means, dedupKey: `cloudwatch-elasticbeanstalk-${application.trim()}/${name.trim()}`, summary: `${name.trim()}: ${message}`,
    source: name, severityWord: state, occurredAt: undefined, component: 'Elastic Beanstalk', group: application, class: 'environment health',
    details: said({ message, application: application.trim(), environment: name.trim(), url: /^Environment URL: (.+)$/m.exec(words)?.[1] }),
    links: [{ href: /^Environment URL: (.+)$/m.exec(words)?.[1]?.trim(), text: name }],
  });
}

/** docs.aws.amazon.com, AWS Backup, "Notification options": a text, with the state in the message's attributes. */
function backup(words: string, { attributes, timestamp, topicArn }: Delivered): Reading | undefined {
  const kind = word(attributes.EventType);
  const state = word(attributes.State);
  if (kind === undefined || state === undefined || !kind.endsWith('_job')) return undefined;
  const means = meaning(state, USUAL_STATES);
  if (means === 'ignored') return ignored(`the ${kind.replace('_', ' ')} is '${state.slice(0, 64)}', which is not its end`);
  const resource = /Resource ARN ?: ?(arn:\S+?)[.,]?(?:\s|$)/.exec(words)?.[1];
  return alert({
    action: means, dedupKey: `cloudwatch-${kind.replace('_job', '').replace('backup', 'aws-backup')}-${resource ?? text(attributes.Id) ?? digest(words)}`,
    summary: words, source: resource === undefined ? 'AWS Backup' : shortName(resource), severityWord: means === 'resolve' ? 'ok' : state,
    occurredAt: firstText(attributes.StartTime, timestamp), component: 'AWS Backup',
    group: parseArn(topicArn)?.region, class: kind, details: said({ message: words, ...attributes }),
  });
}

/** docs.aws.amazon.com, Cost Management, "Creating an Amazon SNS topic for budget notifications": a letter to the customer. */
function budget(words: string, { subject, timestamp }: Delivered): Reading | undefined {
  if (!/^AWS Budget(?:s)?\b/i.test(subject ?? '') && !/^AWS Budget Notification\b/.test(words)) return undefined;
  const value = (name: string): string | undefined => new RegExp(`^${name}: (.+)$`, 'm').exec(words)?.[1]?.trim();
  const name = value('Budget Name');
  const account = /^AWS Account (\d{12})/m.exec(words)?.[1];
  const threshold = value('Alert Threshold');
  const identity = [account, name ?? digest(subject ?? words)].filter(Boolean).join('-');
  return alert({
    action: 'trigger', dedupKey: `cloudwatch-budget-${identity}-${[value('Alert Type'), threshold].filter(Boolean).join(' ')}`,
    summary: subject ?? (name === undefined ? 'AWS budget notification' : `AWS budget '${name}' has exceeded its threshold`),
    source: name ?? 'AWS Budgets', severityWord: 'warning', occurredAt: timestamp, component: 'AWS Budgets', group: account,
    details: said({
      message: words.slice(0, 4096), budget: name, type: value('Budget Type'), budgeted: value('Budgeted Amount'), alertType: value('Alert Type'), threshold,
      actual: value('ACTUAL Amount'), forecast: value('FORECASTED Amount'),
    }),
    links: [{ href: 'https://console.aws.amazon.com/billing/home#/budgets', text: 'Budgets' }],
  });
}

/** What AWS says once when it has tried out a topic. */
function setUp(words: string): Reading | undefined {
  return words.startsWith('Successfully validated SNS topic for Amazon SES event publishing') ? ignored("SES' test of the topic: it arrived") : undefined;
}
