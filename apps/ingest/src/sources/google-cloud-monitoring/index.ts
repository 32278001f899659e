import { JSON_TYPES, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { isFields, text, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { byUsualNames } from '../webhook/by-usual-names.js';
import { GoogleCloudConfig } from './config.js';
import { incident, isIncident } from './incident.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { otherMessage } from './other-messages.js';
import { messageId, unwrap } from './pubsub.js';
import { pushToken } from './push-token.js';
import { NAMESPACE, type Reading } from './reading.js';
import { SEVERITIES } from './severities.js';

const CLIENT = 'Google Cloud';

type Input = SourceInput<GoogleCloudConfig | undefined>;

/** Cloud Monitoring's webhook and Pub/Sub channels, and what else Google Cloud pushes. */
export const googleCloudMonitoring: Source<GoogleCloudConfig | undefined, 'google-cloud-monitoring'> = {
  type: 'google-cloud-monitoring',
  displayName: 'Google Cloud Monitoring',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, 'text/plain', 'application/octet-stream'],
  config: GoogleCloudConfig,
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  proof: pushToken,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  deliveryId: messageId,
  parse(input) {
    const message = unwrap(input.body);
    const { data } = message;
    const reading = isIncident(data) ? incident(data) : isFields(data) ? otherMessage(data, message) ?? bare(data) : undefined;
    return reading === undefined ? ownBody(data, input) : made(reading, input);
  },
};

function made(reading: Reading, { severities }: Input): SourceResult {
  switch (reading.kind) {
    case 'ignored': return reading;
    case 'fault': return { kind: 'problem', errors: [reading.error] };
    case 'alert': {
      const { severityWord, ...draft } = reading.draft;
      return { kind: 'events', events: [event({ ...draft, severity: severityOf(severityWord, SEVERITIES, severities), client: CLIENT })] };
    }
  }
}

/** An incident without its envelope, as people's own functions hand it on. */
function bare(data: Fields): Reading | undefined {
  return text(data.incident_id) !== undefined && (text(data.policy_name) !== undefined || text(data.state) !== undefined)
    ? incident({ incident: data })
    : undefined;
}

/** What people publish themselves, read by the usual names; a plain text is a title. */
function ownBody(data: unknown, input: Input): SourceResult {
  const said = text(data);
  const usual = byUsualNames(said === undefined ? data : { summary: said }, input, { namespace: NAMESPACE, source: 'google-cloud', client: CLIENT });
  if (usual !== undefined) return usual;
  if (!isFields(data)) return problem('body', "must be Cloud Monitoring's JSON object, or Pub/Sub's push of one");
  return problem('incident', "is missing: this is neither Cloud Monitoring's body nor another that Google Cloud sends");
}
