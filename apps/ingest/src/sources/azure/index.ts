import { JSON_TYPES, ignored, together, type Rejected, type Source, type SourceEvent, type SourceInput, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { fields, isFields, jsonIn, own, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { byUsualNames } from '../webhook/by-usual-names.js';
import { activityLogAlert, gridEvent, isActivityLog } from './activity.js';
import { budgetAlert, defenderAlert, isBudget, isDefender, isLog, isMetric, logAlert, metricAlert } from './classic.js';
import { commonAlert, isCommon } from './common.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import type { AlertDraft } from './reading.js';
import { SEVERITIES } from './severities.js';

/** Azure Monitor's action groups, in the common alert schema and in every older one, and what Logic Apps and Event Grid hand on. */
export const azure: Source<unknown, 'azure'> = {
  type: 'azure',
  displayName: 'Azure Monitor',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, 'text/plain'],
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse(input) {
    const items = Array.isArray(input.body) ? input.body : [input.body];
    const events: SourceEvent[] = [];
    const rejected: Rejected[] = [];
    let otherwise: SourceResult = ignored('the list is empty');
    for (const [index, item] of items.entries()) {
      const result = read(item, input);
      if (result.kind === 'events') {
        events.push(...result.events);
        rejected.push(...(result.rejected ?? []).map(({ errors }) => ({ index, errors })));
      } else if (result.kind === 'ignored') otherwise = result;
      else rejected.push({ index, errors: result.errors });
    }
    return together(events, rejected, otherwise);
  },
};

/** Each shape with what tells it from the others, the surest first. */
const READERS: readonly (readonly [fits: (data: unknown) => data is Fields, read: (data: Fields) => AlertDraft | undefined])[] = [
  [isCommon, commonAlert], [isActivityLog, activityLogAlert], [isMetric, metricAlert], [isLog, logAlert], [isBudget, budgetAlert], [isDefender, defenderAlert],
];

function read(item: unknown, input: SourceInput): SourceResult {
  for (const data of within(item, 0)) {
    const draft = READERS.find(([fits]) => fits(data))?.[1](data as Fields);
    if (draft !== undefined) return made(draft, input);
  }
  const body = fields(jsonIn(item) ?? item);
  if (word(body.eventType) === 'microsoft.eventgrid.subscriptionvalidationevent') {
    return ignored("Event Grid's validation of the subscription: open its validationUrl to finish the set-up");
  }
  const draft = gridEvent(body);
  return draft === undefined ? ownBody(body, input) : made(draft, input);
}

/** Where wrappers put what they wrap: `data` (Azure itself, also twice), a Logic App's or a runbook's request, Event Grid. */
const INSIDE = ['data', 'body', 'Body', 'RequestBody', 'requestBody', 'properties', 'payload', 'alert', 'content', 'value'];
const DEPTH = 4;

function* within(value: unknown, depth: number): Generator<unknown> {
  const found = jsonIn(value) ?? value;
  if (!isFields(found)) return;
  yield found;
  if (depth === DEPTH) return;
  for (const name of INSIDE) {
    const inner = own(found, name);
    // An exported alert has its id beside its properties.
    yield* within(name === 'properties' && isFields(inner) ? { id: found.id, ...inner } : inner, depth + 1);
  }
}

const CLIENT = 'Azure Monitor';
const ALERTS_PAGE = 'https://portal.azure.com/#view/Microsoft_Azure_Monitoring/AzureMonitoringBrowseBlade/~/alertsV2';

function made({ severityWord, ...draft }: AlertDraft, { severities }: SourceInput): SourceResult {
  return { kind: 'events', events: [event({ ...draft, severity: severityOf(severityWord, SEVERITIES, severities), client: CLIENT, clientUrl: ALERTS_PAGE })] };
}

const SEV_WORDS = Object.fromEntries(SEVERITIES.filter(({ from }) => from.startsWith('sev')).map(({ from, to }) => [from, to]));

/** What a Logic App makes up by itself, read by the usual names. */
function ownBody(body: Fields, input: SourceInput): SourceResult {
  const usual = byUsualNames(body, input, { namespace: 'azure', source: 'azure', client: CLIENT, severities: SEV_WORDS });
  if (usual !== undefined) return usual;
  return {
    kind: 'problem',
    errors: [{
      path: 'data.essentials',
      message: "is missing, and the body is none of Azure's older forms either: switch the common alert schema on in the action group",
    }],
  };
}
