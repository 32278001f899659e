import { LEFT_EMPTY, bareFields, type BareFields } from '../bare-fields.js';
import { digest } from '../event.js';
import { own as ownField, word, type Fields } from '../reading.js';

/** Whether a body is a document that ElastAlert matched: it adds how many there were. Its ids and states are the document's, not the alert's. */
export function isDocumentOfElastAlert(own: BareFields): boolean {
  return own.text('nummatches', 'numhits') !== undefined;
}

/**
 * What stays the same from active to recovered: rule and alert id, in the form `<rule>:<alert>` that Kibana's own connectors use, so that any of them
 * closes what another opened. `ctx.id` of a watch and a document's `_id` are another every time.
 */
export function identityOf(body: Fields, own: BareFields, name: string | undefined, host: string | undefined): string | undefined {
  if (isDocumentOfElastAlert(own)) return own.text('alertuid')?.trim() ?? (name === undefined ? undefined : digest(name, own.text('querykey') ?? host ?? ''));
  const given = own.text('signalid', 'dedupkey', 'deduplicationkey', 'alias', 'messagekey', 'incidentkey');
  const { rule, alert } = ruleAndAlert(body, own);
  const uuid = own.text('alertuuid', 'kibanaalertuuid', 'uuid');
  const watch = own.text('watchid', 'ctxwatchid', 'payloadwatchid', 'watch');
  const parts: (string | undefined)[] = [
    given,
    // Every alert of a detection rule is an alert of its own.
    isDetection(own) ? uuid : undefined,
    rule !== undefined && alert !== undefined ? `${rule.trim()}:${alert.trim()}` : undefined,
    watch === undefined ? undefined : `watch-${watch}`,
    uuid,
    prefixed('case-', own.text('caseid')),
    rule, alert,
    own.text('alertuid', 'fingerprint'),
    own.text('executiontime', 'ctxexecutiontime') === undefined ? exactly(body, 'id') : undefined,
    own.text('signalrulename', 'kibanaalertrulename') === undefined ? undefined : exactly(body, '_id'),
  ];
  return parts.find((part) => part !== undefined)?.trim();
}

function isDetection(own: BareFields): boolean {
  return ['kibanaalertruleproducer', 'kibanaalertruleconsumer'].some((name) => word(own.text(name)) === 'siem')
    || word(own.text('ruletype', 'kibanaalertruleruletypeid'))?.startsWith('siem.') === true;
}

/** Before Kibana 8 the rule was called alert, and the alert an instance of it: `alertId` and `alertInstanceId`. */
function ruleAndAlert(body: Fields, own: BareFields): { rule: string | undefined; alert: string | undefined } {
  const rule = own.text('ruleid', 'kibanaalertruleuuid', 'kibanaalertruleid', 'contextruleid', 'signalruleid');
  const instance = own.text('alertinstanceid', 'kibanaalertinstanceid');
  if (rule === undefined && instance !== undefined) return { rule: own.text('alertid'), alert: instance };
  return { rule, alert: own.text('alertid') ?? instance ?? own.text('kibanaalertid') ?? (rule === undefined ? undefined : exactly(body, 'id')) };
}

const UNTELLING = new Set(['*', 'query matched', 'all documents', 'threshold met', 'test-alert']);
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What a rule with groups calls its alerts: the host, the service. Undefined where the id tells nothing to a person. */
export function instanceOf(own: BareFields): string | undefined {
  const id = own.text('alertid', 'alertinstanceid', 'kibanaalertinstanceid', 'kibanaalertid')
    ?? /^[^:]+:(.+)$/s.exec(own.text('signalid', 'dedupkey', 'alias') ?? '')?.[1];
  return id === undefined || UNTELLING.has(id.trim()) || UUID.test(id.trim()) ? undefined : id.trim();
}

/** A field by its own name: `_id` and `id` are not the same here. */
function exactly(body: Fields, name: '_id' | 'id'): string | undefined {
  return bareFields([{ id: ownField(body, name) }], LEFT_EMPTY).text('id');
}

function prefixed(prefix: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : prefix + value;
}
