import { JSON_TYPES, ignored, problem, type SeverityOverrides, type Source, type SourceResult } from '../contract.js';
import { firstMeaning } from '../meaning.js';
import { firstText, fields, isFields, text, type Fields } from '../reading.js';
import { isTestAlert, type Group } from '../prometheus/alert.js';
import { groupDetails, readAlerts } from '../prometheus/index.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import { customEvent } from './custom.js';
import { isIncident, isOnCall, parseIncident, parseOnCall } from './irm.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { isLegacy, parseLegacy } from './legacy.js';
import { titleOf } from './title.js';
import { ALERT_STATES, SEVERITIES } from './words.js';

/** Grafana: its alerting (8 and later, and Alertmanager's webhook, which has the same form), the alerts of dashboards before that, OnCall and IRM. */
export const grafana: Source<unknown, 'grafana'> = {
  type: 'grafana',
  displayName: 'Grafana',
  methods: ['POST', 'PUT'],
  contentTypes: JSON_TYPES,
  severities: SEVERITIES,
  signature: [SIGNATURES.grafanaAlertingTimed, SIGNATURES.grafanaAlerting, SIGNATURES.grafana, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse({ body, severities }) {
    if (Array.isArray(body)) return parseGroup({ alerts: body }, body, severities);
    if (!isFields(body)) return problem('body', "must be a JSON object, as the webhook of Grafana's contact point sends it");
    if (Array.isArray(body.alerts)) return parseGroup(body, body.alerts, severities);
    if (isLegacy(body)) return parseLegacy(body, severities);
    if (isOnCall(body)) return parseOnCall(body, severities);
    if (isIncident(body)) return parseIncident(body, severities);
    return parseOne(body, severities);
  },
};

/** Every alert of a group; one of a user's template may lack labels, and what it does not say its group does. */
function parseGroup(body: Fields, alerts: readonly unknown[], severities: SeverityOverrides | undefined): SourceResult {
  if (alerts.length === 0) return ignored('the group holds no alerts');
  const custom = (alert: Fields) => customEvent({ ...body, alerts: undefined, ...alert }, severities);
  return readAlerts(alerts, groupOf(body, severities), (alert) => isResolved(alert, body), custom);
}

function parseOne(body: Fields, severities: SeverityOverrides | undefined): SourceResult {
  if (isTestAlert(body)) return ignored("a test alert of Grafana's contact point: it arrived, and opens nothing");
  if (Object.keys(fields(body.labels)).length > 0 && firstText(body.status, body.startsAt, body.fingerprint) !== undefined) {
    return readAlerts([body], groupOf({}, severities), (alert) => isResolved(alert, {}));
  }
  const made = customEvent(body, severities);
  if (made === undefined) {
    return problem('alerts', 'is missing: it holds the alerts, and nothing else in the body (a title, a fingerprint, a message) names one');
  }
  return { kind: 'events', events: [made] };
}

function groupOf(body: Fields, severities: SeverityOverrides | undefined): Group {
  const isAlertmanager = text(body.version) === '4' && body.orgId === undefined;
  return {
    namespace: 'grafana', client: isAlertmanager ? 'Alertmanager' : 'Grafana', externalUrl: body.externalURL, title: titleOf(text(body.title) ?? '').name,
    details: groupDetails(body), table: SEVERITIES, severities,
  };
}

function isResolved(alert: unknown, { status, state }: Fields): boolean {
  const own = fields(alert);
  return firstMeaning(ALERT_STATES, [firstText(own.status, own.state, status, state)]) === 'resolve';
}
