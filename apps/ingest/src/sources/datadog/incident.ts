import type { BareFields } from '../bare-fields.js';
import type { SeverityOverrides, SourceEvent } from '../contract.js';
import { digest, event } from '../event.js';
import { plainWord, said } from '../reading.js';
import { likeliest, severityOf } from '../severity.js';
import { tagged } from './tags.js';
import { SEVERITIES, incidentStateNamed, severityForm } from './words.js';

const INCIDENT = ['incidentpublicid', 'incidentuuid', 'incidentid', 'incidentstatus', 'incidentstate', 'incidenttitle'] as const;
const MONITOR = ['alerttransition', 'transition', 'alertcyclekey', 'alertid', 'alerttype', 'alertquery'] as const;

/** Whether a body tells of Datadog's incident management (`$INCIDENT_…` is filled) and not of a monitor. */
export function isIncident(body: BareFields): boolean {
  return body.text(...INCIDENT) !== undefined && body.text(...MONITOR) === undefined;
}

/** An incident of Datadog's own: open while it is active or stable. */
export function incidentEvent(body: BareFields, severities: SeverityOverrides | undefined): SourceEvent {
  const identity = body.text('incidentpublicid', 'publicid', 'incidentid', 'incidentuuid');
  const title = body.text('incidenttitle', 'title', 'eventtitle', 'incidentmsg', 'incidentmessage') ?? `Datadog incident ${identity ?? ''}`.trim();
  const state = body.text('incidentstatus', 'incidentstate', 'status', 'state');
  const url = body.text('incidenturl', 'link', 'url');
  const severity = likeliest([body.text('incidentseverity'), body.text('severity')].map(severityForm), SEVERITIES, severities);
  return event({
    action: incidentStateNamed(plainWord(state)) ?? 'trigger',
    dedupKey: `datadog-incident-${identity ?? digest(title)}`,
    summary: title,
    source: tagged(body.texts('tags'), 'service', 'host') ?? 'Datadog',
    severity: severityOf(severity, SEVERITIES, severities),
    occurredAt: body.text('date', 'lastupdated', 'timestamp'),
    class: 'incident',
    details: said({
      message: body.text('incidentmsg', 'incidentmessage', 'body', 'eventmsg'), state, severity, incident: identity,
      fields: body.value('incidentfields'), customerImpact: body.value('incidentcustomerimpact'), commander: body.value('incidentcommander'),
      organisation: body.text('orgname'),
    }),
    links: [{ href: url, text: 'Incident' }],
    client: 'Datadog',
    clientUrl: url,
  });
}
