import type { SourceResult } from '../contract.js';
import { icinga } from '../icinga/index.js';
import { nagios } from './index.js';

const parse = (source: typeof nagios | typeof icinga, body: unknown): SourceResult =>
  source.parse({ body, headers: {}, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const actionOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.action : result.kind);
const keyOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.dedupKey : result.kind);

test.each([
  ['PROBLEM', 'trigger'],
  ['Recovery', 'resolve'],
  ['acknowledgement', 'acknowledge'], ['AcknowledgementSet', 'acknowledge'],
  ['acknowledgement-cleared', 'ignored'],
  ['UNACKNOWLEDGE', 'trigger'],
  ['FLAPPINGSTART', 'trigger'],
  ['FLAPPINGDISABLED', 'resolve'],
  ['DOWNTIME START', 'ignored'], ['DowntimeRemoved', 'ignored'],
  ['CUSTOM', 'trigger'], ['NORECOVERY', 'trigger'], ['constructor', 'trigger'],
])('a notification of type %s about something critical means %s', (type, expected) => {
  for (const source of [nagios, icinga]) {
    expect(actionOf(parse(source, { NOTIFICATIONTYPE: type, HOSTNAME: 'h', SERVICEDESC: 's', SERVICESTATE: 'CRITICAL' }))).toBe(expected);
  }
});

test('the type outranks the state, the state speaks where there is no type', () => {
  const of = (body: object) => actionOf(parse(nagios, { host: 'h', ...body }));
  expect(of({ notification_type: 'PROBLEM', state: 'UP' })).toBe('trigger');
  expect(of({ notification_type: 'RECOVERY', state: 'DOWN' })).toBe('resolve');
  expect([of({ state: 'UP' }), of({ state: 0 }), of({ state: 'PENDING' }), of({ state: 'NOT OK' }), of({ state: 1 }), of({})]).toEqual([
    'resolve', 'resolve', 'resolve', 'trigger', 'trigger', 'trigger',
  ]);
});

test("a host that is up does not close its service's problem", () => {
  const body = { HOSTNAME: 'h', HOSTSTATE: 'UP', SERVICEDESC: 's', SERVICESTATE: 'CRITICAL' };
  expect(parse(nagios, body)).toMatchObject({ events: [{ action: 'trigger', dedupKey: 'nagios-h/s', severity: 'critical' }] });
});

test('flapping that stops leaves the problem open', () => {
  const of = (type: string) => keyOf(parse(icinga, { notification_type: type, host_name: 'h', host_state: 'Down' }));
  expect([of('Problem'), of('FlappingStart'), of('FlappingEnd')]).toEqual(['icinga-h', 'icinga-h-flapping', 'icinga-h-flapping']);
});

test("Icinga's full name of a service is the service of the host", () => {
  const key = keyOf(parse(icinga, { host_name: 'h', service_name: 's', state: 'CRITICAL' }));
  expect(keyOf(parse(icinga, { service: 'h!s', state: 'CRITICAL' }))).toBe(key);
  expect(keyOf(parse(icinga, { host: { name: 'h' }, service: { __name: 'h!s' }, state: 'CRITICAL' }))).toBe(key);
});

test('a local time without a zone is no time', () => {
  const of = (more: object) => {
    const result = parse(nagios, { host: 'h', state: 'DOWN', ...more });
    return result.kind === 'events' ? result.events[0]!.occurredAt : undefined;
  };
  expect([
    of({ SHORTDATETIME: '2026-03-02 08:00:00' }), of({ LONGDATETIME: '2026-03-02 09:00:00 +0100' }),
    of({ NOTIFY_MICROTIME: '1772438400123456' }),
  ]).toEqual([undefined, '2026-03-02T08:00:00.000Z', '2026-03-02T08:00:00.123Z']);
});
