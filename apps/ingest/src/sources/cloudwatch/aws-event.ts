import { meaning } from '../meaning.js';
import { fields, firstText, list, objects, said, text, word, type Fields } from '../reading.js';
import { EVENT_KINDS, USUAL_STATES, type AwsEventKind } from './event-kinds.js';
import { databaseEvent } from './service-message.js';
import { alert, at, ignored, plainValues, shortName, type AlertDraft, type Reading } from './reading.js';

/** An event of EventBridge, and of CodeStar's notification rules, which write `detailType`. */
export function isAwsEvent(message: unknown): message is Fields {
  return detailType(fields(message)) !== undefined && typeof fields(message).detail === 'object';
}

export function detailType(event: Fields): string | undefined {
  return word(event['detail-type'] ?? event.detailType);
}

/** What an event of AWS is, by its `detail-type`; one that is in no table opens an alert of its own. */
export function awsEvent(event: Fields): Reading {
  const type = detailType(event) ?? '';
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (reader !== undefined) return reader(event);
  return Object.hasOwn(EVENT_KINDS, type) ? byTable(event, EVENT_KINDS[type]!) : unknownKind(event, type);
}

function byTable(event: Fields, kind: AwsEventKind): Reading {
  const state = kind.state === undefined ? undefined : word(at(event, kind.state));
  const means = kind.always ?? (kind.state === undefined ? 'trigger' : meaning(state, { ...USUAL_STATES, ...kind.states }));
  if (means === 'ignored') {
    const why = state === undefined ? 'sends this for information' : `says '${state.slice(0, 64)}', which neither opens nor closes anything`;
    return ignored(`${kind.label} ${why}`);
  }
  const identity = kind.identity.map((path) => text(at(event, path))).filter((part) => part !== undefined);
  const names = identity.map(shortName);
  const title = firstText(...(kind.title ?? []).map((path) => at(event, path)));
  return alert({
    ...common(event, kind.key, identity),
    action: means,
    summary: title === undefined ? [`${kind.label}:`, names.join(' / '), state?.toUpperCase()].filter(Boolean).join(' ') : `${kind.label}: ${title}`,
    severityWord: kind.severity !== undefined ? scored(at(event, kind.severity)) : means === 'resolve' ? 'ok' : kind.severityWord ?? state,
    source: thingOf(event) ?? (kind.title === undefined ? names[0] : undefined) ?? kind.label, component: kind.label,
    links: (kind.links ?? []).map((path) => ({ href: at(event, path), text: kind.label })),
  });
}

function unknownKind(event: Fields, type: string): Reading {
  const detail = fields(event.detail);
  const state = firstText(detail.state, detail.status);
  const known = Object.hasOwn(USUAL_STATES, word(state) ?? '') ? USUAL_STATES[word(state)!] : undefined;
  // Only what names a thing can close: an event of its own has no other half.
  const thing = text(list(event.resources)[0]);
  if (known === 'ignored') return ignored(`'${type.slice(0, 64)}' says '${state}', which neither opens nor closes anything`);
  const told = firstText(detail.title, detail.message, detail.description, detail.eventName);
  const label = (text(event['detail-type']) ?? text(event.detailType) ?? 'AWS').trim();
  return alert({
    ...common(event, type.replace(/[^a-z0-9]+/g, '-'), [thing ?? text(event.id) ?? label]),
    action: thing === undefined ? 'trigger' : known ?? 'trigger',
    summary: [label, told ?? (thing === undefined ? undefined : shortName(thing)), state?.toUpperCase()].filter(Boolean).join(': '),
    severityWord: scored(firstText(detail.severity, fields(detail.severity).label, fields(detail.severity).description)) ?? word(state),
    source: thing === undefined ? firstText(event.source) ?? 'aws' : shortName(thing), component: event.source,
  });
}

/** What a finding is about is named in it; its own id says nothing to a person. */
function thingOf(event: Fields): string | undefined {
  const resource = fields(fields(event.detail).resource);
  return firstText(
    fields(resource.instanceDetails).instanceId,
    fields(list(resource.s3BucketDetails)[0]).name,
    fields(resource.accessKeyDetails).userName,
    fields(resource.eksClusterDetails).name,
    fields(list(fields(event.detail).resources)[0]).id,
  );
}

/** GuardDuty, "Severity levels of findings": a number from 1 to 10; other services' words as they are. */
function scored(value: unknown): string | undefined {
  const found = word(value);
  const score = found === undefined ? Number.NaN : Number(found);
  if (Number.isNaN(score)) return found;
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
}

type Common = Pick<AlertDraft, 'dedupKey' | 'occurredAt' | 'group' | 'class' | 'details'>;

function common(event: Fields, key: string, identity: readonly string[]): Common {
  const type = firstText(event['detail-type'], event.detailType);
  const place = [text(event.account) ?? text(fields(event.detail).accountId), text(event.region)].filter((part) => part !== undefined);
  return {
    dedupKey: ['cloudwatch', key, ...place, identity.length > 0 ? identity.join('/') : text(event.id) ?? type].join('-'),
    occurredAt: event.time, group: event.region, class: type,
    details: said({
      event: type, account: place[0], region: event.region,
      resources: list(event.resources).filter((one) => typeof one === 'string').slice(0, 20),
      ...plainValues(fields(event.detail)),
    }),
  };
}

/** docs.aws.amazon.com, Health, "EventBridge events": one event of Health is told many times, by the same eventArn, until it is closed. */
function health(event: Fields): Reading {
  const detail = fields(event.detail);
  const status = word(detail.statusCode);
  const described = fields(list(detail.eventDescription)[0]).latestDescription;
  const affected = list(detail.affectedEntities).map((one) => text(fields(one).entityValue)).filter((one) => one !== undefined);
  const service = text(detail.service) ?? 'AWS';
  const code = text(detail.eventTypeCode) ?? 'event';
  return alert({
    ...common(event, 'health', [text(detail.eventArn) ?? `${code}/${affected.join(',')}`]),
    action: status === 'closed' ? 'resolve' : 'trigger',
    summary: `AWS Health: ${service} ${plainCode(code, service)}${affected.length > 0 ? ` (${affected.slice(0, 3).join(', ')})` : ''}`,
    severityWord: status === 'closed' ? 'ok' : word(detail.eventTypeCategory),
    source: affected[0] ?? service, component: service,
    details: said({
      service, eventType: code, category: detail.eventTypeCategory, status: detail.statusCode, account: detail.affectedAccount ?? event.account,
      region: detail.eventRegion ?? event.region, startTime: detail.startTime, endTime: detail.endTime, affected: affected.slice(0, 50), description: described,
    }),
    links: [{ href: 'https://health.aws.amazon.com/health/home', text: 'AWS Health' }],
  });
}

/** `AWS_EC2_OPERATIONAL_ISSUE` of EC2 is an operational issue. */
function plainCode(code: string, service: string): string {
  const prefix = `AWS_${service.toUpperCase()}_`;
  return (code.startsWith(prefix) ? code.slice(prefix.length) : code).replaceAll('_', ' ').toLowerCase();
}

/** docs.aws.amazon.com, Security Hub, "Security Hub event formats": many findings in one event, in ASFF or (V2) in OCSF. */
function securityHub(event: Fields): Reading {
  const findings = objects(fields(event.detail).findings);
  if (findings.length === 0) return unknownKind(event, detailType(event) ?? '');
  return { kind: 'alerts', drafts: findings.map((finding): AlertDraft => {
    const resource = firstText(fields(list(finding.Resources)[0]).Id, fields(list(finding.resources)[0]).uid);
    const info = fields(finding.finding_info);
    const closed = word(finding.RecordState) === 'archived'
      || ['resolved', 'suppressed'].includes(word(fields(finding.Workflow).Status) ?? '')
      || word(fields(finding.Compliance).Status) === 'passed';
    return {
      ...common(event, 'securityhub', [firstText(finding.Id, info.uid) ?? `${text(finding.Title)}/${resource}`]),
      action: closed ? 'resolve' : 'trigger',
      summary: `Security Hub: ${firstText(finding.Title, info.title, finding.Description) ?? 'finding'}`,
      severityWord: firstText(fields(finding.Severity).Label, finding.severity), occurredAt: firstText(finding.UpdatedAt, event.time),
      source: resource === undefined ? 'aws' : shortName(resource), component: firstText(finding.ProductName) ?? 'Security Hub',
      details: said({
        description: finding.Description, account: finding.AwsAccountId, region: finding.Region, resource, workflow: fields(finding.Workflow).Status,
        compliance: fields(finding.Compliance).Status, record: finding.RecordState,
      }),
      links: [{ href: finding.SourceUrl, text: 'Source' }, { href: fields(fields(finding.Remediation).Recommendation).Url, text: 'Remediation' }],
    };
  }) };
}

/**
 * docs.aws.amazon.com, ECS, "Task state change events" and "Stopped task error codes": a
 * task that ends by itself is a fault, one that a person or a scaling ends is none.
 */
const STOPPED_ON_PURPOSE = ['userinitiated', 'spotinterruption', 'terminationnotice'];
const SCALED = /^scaling activity initiated by/i;

function ecsTask(event: Fields): Reading {
  const detail = fields(event.detail);
  const failed = objects(detail.containers).find((one) => Number(text(one.exitCode) ?? 0) !== 0);
  if (word(detail.lastStatus) !== 'stopped') return ignored(`the task is '${text(detail.lastStatus)?.slice(0, 64)}'`);
  const code = word(detail.stopCode);
  const isScaled = code === 'serviceschedulerinitiated' && SCALED.test(text(detail.stoppedReason) ?? '');
  if (isScaled || STOPPED_ON_PURPOSE.includes(code ?? '')) return ignored(`the task was stopped on purpose (${text(detail.stopCode)})`);
  if (code === 'essentialcontainerexited' && failed === undefined) return ignored('the task ended without a fault');
  const group = text(detail.group) ?? text(detail.taskArn) ?? 'task';
  return alert({
    ...common(event, 'ecs-task', [text(detail.clusterArn) ?? '', group]),
    action: 'trigger', summary: `ECS task of ${group} stopped: ${firstText(detail.stoppedReason, failed?.reason) ?? 'no reason given'}`,
    severityWord: 'failed', source: group, component: 'ECS',
    details: said({
      cluster: detail.clusterArn, task: detail.taskArn, definition: detail.taskDefinitionArn, stopCode: detail.stopCode, stoppedReason: detail.stoppedReason,
      container: failed?.name, exitCode: failed?.exitCode, region: event.region,
    }),
  });
}

function database(event: Fields): Reading {
  const detail = fields(event.detail);
  return databaseEvent({
    id: detail.EventID, message: detail.Message, categories: list(detail.EventCategories),
    thing: detail.SourceIdentifier, thingArn: detail.SourceArn, kind: detail.SourceType,
    at: firstText(detail.Date, event.time), link: undefined,
  });
}

const READERS: Readonly<Record<string, (event: Fields) => Reading>> = {
  'aws health event': health, 'aws health abuse event': health,
  'security hub findings - imported': securityHub, 'security hub findings - custom action': securityHub, 'findings imported v2': securityHub,
  'ecs task state change': ecsTask,
  'rds db instance event': database, 'rds db cluster event': database, 'rds db snapshot event': database, 'rds db cluster snapshot event': database,
  'rds db parameter group event': database, 'rds db security group event': database,
  'rds db proxy event': database, 'rds custom engine version event': database,
};
