import { Value } from '@sinclair/typebox/value';
import { parseEventsApi } from '../sources/events/events-api.js';
import { parsePagerDuty, parsePagerDutyChange } from '../sources/events/pagerduty.js';
import { parsePostedAlerts } from '../sources/prometheus/posted-alerts.js';
import { routeOf, type Endpoints } from './front.js';
import { readMessage } from './message-reading.js';
import { gatewaySchemas } from './openapi-schemas.js';
import { gatewayDocument } from './openapi.js';

const example = (name: keyof typeof gatewaySchemas): Record<string, unknown> => gatewaySchemas[name].examples[0] as Record<string, unknown>;

/** Whether the gateway's own parser takes the body. */
const takes: Record<string, (body: unknown) => boolean> = {
  EventsApiEvent: (body) => parseEventsApi(body, { keyIfMissing: 'k' }).ok,
  PagerDutyEvent: (body) => parsePagerDuty(body, { keyIfMissing: 'k' }).ok,
  PagerDutyChange: (body) => parsePagerDutyChange(body, {}).ok,
  PostedAlert: (body) => parsePostedAlerts([body], new Date()).kind === 'events',
  NewMessage: (body) => readMessage(body).ok,
};

describe("the document of the gateway's paths", () => {
  it('tells of the methods that each path serves, and of no path that nobody serves', () => {
    for (const [path, item] of Object.entries(gatewayDocument().paths)) {
      const route = routeOf({} as Endpoints, path.replace('{type}', 'github').replace('{token}', 'x.y'));
      expect(route?.methods.map((method) => method.toLowerCase())).toEqual(expect.arrayContaining(Object.keys(item)));
    }
  });

  describe.each(Object.keys(takes) as (keyof typeof gatewaySchemas)[])('%s', (name) => {
    it('has an example that the schema and the parser take', () => {
      expect([Value.Check(gatewaySchemas[name], example(name)), takes[name]!(example(name))]).toEqual([true, true]);
    });

    it('asks for what the parser asks for, field by field', () => {
      const variants = Object.keys(example(name)).flatMap((field) => {
        const { [field]: _left, ...without } = example(name);
        return [without, { ...example(name), [field]: { deep: [] } }];
      });
      // A trigger's payload and an example's key depend on other fields: those the schema leaves to its descriptions.
      const stricter = variants.filter((body) => Value.Check(gatewaySchemas[name], body) === false && takes[name]!(body));
      expect(stricter).toEqual([]);
    });
  });
});
