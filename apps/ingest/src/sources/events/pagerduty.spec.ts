import { parseEventsApi } from './events-api.js';
import { UNRECOGNIZED, parsePagerDuty, parsePagerDutyChange } from './pagerduty.js';

const key = 'R0UT1NGKEYthatISnoHEX-of-32-char';
const options = { keyIfMissing: 'made' };
const payload = { summary: 'Disk 97 % on srv-7', source: 'srv-7', severity: 'warning' };
const trigger = { routing_key: key, event_action: 'trigger', payload };

function errorsOf(body: unknown, more: { routingKey?: string } = {}): readonly string[] {
  const result = parsePagerDuty(body, { ...options, ...more });
  if (result.ok) throw new Error('was taken');
  expect(result.refusal).toMatchObject({ status: 'invalid event', message: 'Event object is invalid' });
  return result.refusal.errors;
}

test('takes a whole event', () => {
  const body = {
    ...trigger, dedup_key: 'srv-7/disk', client: 'Acme', client_url: 'https://acme.example',
    links: [{ href: 'https://acme.example/a', text: 'A' }], images: [{ src: 'https://acme.example/a.png', href: 'https://acme.example', alt: 'a' }],
    payload: { ...payload, timestamp: '2026-03-02T08:42:58.315+0000', component: 'disk', group: 'db', class: 'capacity', custom_details: { free: '3 %' } },
  };
  expect(parsePagerDuty(body, options)).toEqual({
    ok: true, routingKey: key, event: {
      action: 'trigger', dedupKey: 'srv-7/disk', ...payload, occurredAt: '2026-03-02T08:42:58.315Z', component: 'disk', group: 'db', class: 'capacity',
      details: { free: '3 %' }, links: body.links, images: body.images, client: 'Acme', clientUrl: 'https://acme.example',
    },
  });
});

test('a trigger without a key gets one, an acknowledgement and a resolution need theirs and nothing else', () => {
  expect(parsePagerDuty(trigger, options)).toMatchObject({ ok: true, event: { dedupKey: 'made' } });
  for (const event_action of ['acknowledge', 'resolve']) {
    expect(parsePagerDuty({ routing_key: key, event_action, dedup_key: 'k' }, options)).toMatchObject({
      ok: true,
      event: { action: event_action, dedupKey: 'k', summary: 'k' },
    });
    expect(errorsOf({ routing_key: key, event_action })).toEqual(["'dedup_key' is missing or blank"]);
  }
});

test('says what PagerDuty says', () => {
  expect(errorsOf({ ...trigger, payload: { ...payload, severity: 'high' } })).toEqual([
    "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
  ]);
  expect(errorsOf({ ...trigger, payload: { ...payload, severity: 'CRITICAL' } })).toHaveLength(1);
  expect(errorsOf({ ...trigger, payload: { ...payload, source: ' ' } })).toEqual(["'payload.source' is missing or blank"]);
  expect(errorsOf({ ...trigger, routing_key: 'short' })).toEqual(["Length of 'routing_key' is incorrect (should be 32 characters)"]);
  expect(errorsOf({ ...trigger, event_action: 'Trigger' })).toEqual([
    "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",
  ]);
  expect(errorsOf({ ...trigger, payload: { ...payload, custom_details: 'x', timestamp: 'noon' }, links: {} })).toEqual([
    "'payload.timestamp' is invalid (must be an ISO 8601 date and time)",
    "'payload.custom_details' is invalid (must be an object)", "'links' is invalid (must be an array)",
  ]);
});

test('says everything at once', () => {
  expect(errorsOf({ event_action: 'trigger' })).toEqual([
    "'routing_key' is missing or blank", "'payload.summary' is missing or blank",
    "'payload.source' is missing or blank", "'payload.severity' is missing or blank",
  ]);
  expect(errorsOf({})).toEqual(["'routing_key' is missing or blank", "'event_action' is missing or blank"]);
});

test('what is no object is unrecognized', () => {
  for (const body of [null, [], 'x', 5, undefined]) expect(parsePagerDuty(body, options)).toEqual({ ok: false, refusal: UNRECOGNIZED });
});

test('the key may come in the header', () => {
  const { routing_key: _, ...keyless } = trigger;
  expect(parsePagerDuty(keyless, { ...options, routingKey: key })).toMatchObject({ ok: true, routingKey: key });
  expect(errorsOf(keyless, { routingKey: 'short' })).toEqual(["Length of 'routing_key' is incorrect (should be 32 characters)"]);
});

test('counts characters, not bytes or halves: 1024 emoji are a summary, 1025 are too many', () => {
  const of = (count: number) => ({ ...trigger, payload: { ...payload, summary: '\u{1f600}'.repeat(count) } });
  expect(parsePagerDuty(of(1024), options).ok).toBe(true);
  expect(errorsOf(of(1025))).toEqual(["'payload.summary' is too long (must be at most 1024 characters)"]);
  expect(errorsOf({ ...trigger, dedup_key: 'k'.repeat(256) })).toEqual(["'dedup_key' is too long (must be at most 255 characters)"]);
});

test('links and images that cannot be shown cost nothing but themselves, as Alertmanager sends empty ones', () => {
  const result = parsePagerDuty({ ...trigger, links: [{ href: '', text: '' }, null], images: [{ src: '', alt: '', href: '' }] }, options);
  expect(result).toMatchObject({ ok: true, event: { links: [] } });
});

test('a change needs a key and a summary, and becomes no alert', () => {
  const body = {
    routing_key: key,
    payload: { summary: 'Deployed 2.4', source: 'deploy', timestamp: '2026-03-02T08:00:00Z', custom_details: { build: 12 } },
    links: [{ href: 'https://acme.example/d' }],
  };
  expect(parsePagerDutyChange(body, {})).toEqual({
    ok: true, routingKey: key,
    change: { summary: 'Deployed 2.4', source: 'deploy', occurredAt: '2026-03-02T08:00:00.000Z', details: { build: 12 }, links: body.links },
  });
  expect(parsePagerDutyChange({ routing_key: key, payload: { summary: 'x' } }, {})).toEqual({
    ok: true, routingKey: key,
    change: { summary: 'x', details: {}, links: [] },
  });
  expect(parsePagerDutyChange({ routing_key: key }, {})).toMatchObject({
    ok: false, routingKey: key,
    refusal: { errors: ["'payload.summary' is missing or blank"] },
  });
  expect(parsePagerDutyChange({}, {})).toMatchObject({
    ok: false,
    refusal: { errors: ["'routing_key' is missing or blank", "'payload.summary' is missing or blank"] },
  });
});

test('the Events API is gentler: severity may be missing or an alias, long texts are cut', () => {
  const gentle = (body: unknown, severities?: Record<string, string>) => parseEventsApi(body, { ...options, severities });
  const { severity: _, ...unsaid } = payload;
  expect(gentle({ event_action: 'trigger', payload: unsaid })).toMatchObject({ ok: true, event: { severity: 'error', dedupKey: 'made' } });
  expect(gentle({ event_action: ' TRIGGER ', payload: { ...payload, severity: 'Medium', summary: 'x'.repeat(3000) } })).toMatchObject({
    ok: true, event: { severity: 'warning' },
  });
  expect(gentle({ event_action: 'trigger', payload: { ...payload, severity: 'sev1' } })).toEqual({
    ok: false,
    errors: [{ path: 'payload.severity', message: 'must be one of: critical, warning, error, info' }],
  });
  expect(gentle({ event_action: 'trigger', payload: { ...payload, severity: 'sev1' } }, { SEV1: 'critical' })).toMatchObject({
    ok: true, event: { severity: 'critical' },
  });
  expect(gentle({ event_action: 'untrigger', dedup_key: 'k' })).toMatchObject({ ok: false, errors: [{ path: 'event_action' }] });
});
