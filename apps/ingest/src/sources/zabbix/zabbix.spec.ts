import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { SourceResult } from '../contract.js';
import { zabbix } from './index.js';

const parse = (body: unknown): SourceResult => zabbix.parse({ body, query: {}, headers: {}, rawBody: Buffer.alloc(0), config: {}, requestId: 'r' });
const one = (body: unknown) => {
  const result = parse(body);
  return result.kind === 'events' ? result.events[0]! : result;
};
const problem = { event_id: '7', event_name: 'CPU is busy', host_name: 'web-1', event_source: '0', event_update_status: '0' };

test.each([
  [{ event_value: '1' }, 'trigger'],
  [{ event_value: 0 }, 'resolve'], [{ event_value: '{EVENT.VALUE}', event_status: 'RESOLVED' }, 'resolve'],
  [{ status: 'OK' }, 'resolve'],
  [{ status: 'PROBLEM' }, 'trigger'],
  [{ event_value: '1', trigger_status: 'OK' }, 'trigger'], [{ status: 'UNRESOLVED' }, 'trigger'], [{ status: 'constructor' }, 'trigger'],
  [{ event_recovery_id: '{EVENT.RECOVERY.ID}' }, 'trigger'], [{ event_recovery_id: '9' }, 'resolve'], [{ event_recovery_id: '*UNKNOWN*' }, 'trigger'],
])('%j means %s', (state, action) => {
  expect(one({ ...problem, ...state })).toMatchObject({ action, dedupKey: 'zabbix-7' });
});

test.each([
  ['acknowledged', 'acknowledge'], ['Acknowledged and commented', 'acknowledge'],
  ['commented, acknowledged and closed', 'resolve'],
  ['changed severity from High to Disaster', 'trigger'],
  ['unacknowledged', undefined], ['unacknowledged and commented', undefined], ['commented', undefined], ['suppressed', undefined], ['disclosed', undefined],
])('an update that %s means %s', (event_update_action, action) => {
  expect(one({
    ...problem, event_value: '1', event_update_status: '1', event_update_action,
  })).toMatchObject(action === undefined ? { kind: 'ignored' } : { action });
});

test('discovery has other values: 0 is a device that is up, and closes nothing', () => {
  for (const event_value of ['0', '1', '2', '3']) {
    expect(one({ ...problem, event_source: '1', event_value })).toMatchObject({ action: 'trigger', severity: 'info' });
  }
});

test.each([
  [5, 'critical'], ['4', 'error'], ['Average', 'warning'], [0, 'info'],
  ['{EVENT.NSEVERITY}', 'error'], ['Catastrophe', 'error'],
])('severity %j is %s', (severity, expected) => {
  expect(one({ ...problem, event_value: '1', severity })).toMatchObject({ severity: expected });
});

describe('the media type that a user imports', () => {
  const yaml = readFileSync(join(__dirname, 'media_signalbox.yaml'), 'utf8');
  const parameters = Object.fromEntries([...yaml.matchAll(/- name: (\w+)\n {10}value: '(.*)'\n/g)].map(([, name, value]) => [name!, value!]));
  const script = /\n {6}script: \|\n((?: {8}.*\n|\n)+)/.exec(yaml)![1]!;

  /** Runs the script as Zabbix does: a function of the parameters, as JSON in `value`. */
  function run(filled: Record<string, string>, status = 202) {
    const sent: { headers: string[]; url?: string; body?: string } = { headers: [] };
    class HttpRequest {
      addHeader(header: string): void { sent.headers.push(header); }
      post(url: string, body: string): string { Object.assign(sent, { url, body }); return '{}'; }
      getStatus(): number { return status; }
    }
    const value = JSON.stringify({ ...parameters, ...filled });
    const answer: unknown = runInNewContext(`(function () {${script}})()`, { value, HttpRequest, Zabbix: { log: () => undefined } });
    return { answer, sent, body: JSON.parse(sent.body ?? 'null') as Record<string, unknown> };
  }

  const TARGET = { signalbox_url: 'https://ingest.example/api/integrations/zabbix?integrationId=1', signalbox_key: 'key-of-mine' };
  const FILLED = {
    ...TARGET, event_id: '7', event_name: 'CPU is busy', host_name: 'web-1', event_source: '0',
    event_nseverity: '4', trigger_id: '8', zabbix_url: 'https://zabbix.example',
  };

  test('opens and closes one incident, and its key stands in the header only', () => {
    const [opened, closed] = ['1', '0'].map((event_value) => run({ ...FILLED, event_value, event_update_status: '0' }));
    expect(one(opened!.body)).toMatchObject({ action: 'trigger', dedupKey: 'zabbix-7', severity: 'error', source: 'web-1', summary: 'web-1: CPU is busy' });
    expect(one(closed!.body)).toMatchObject({ action: 'resolve', dedupKey: 'zabbix-7' });
    expect(opened!.sent).toMatchObject({ url: TARGET.signalbox_url, headers: ['Content-Type: application/json', 'Authorization: Bearer key-of-mine'] });
    expect(opened!.sent.body).not.toContain('key-of-mine');
    expect(opened!.answer).toBe('OK');
  });

  test('its Test button, which fills in no macro, is answered kindly', () => {
    expect(parse(run(TARGET).body).kind).toBe('ignored');
  });

  test('says what is missing, and fails when it was not taken, so that Zabbix tries again', () => {
    expect(() => run(FILLED, 503)).toThrow('HTTP 503');
    expect(() => run({ ...FILLED, signalbox_url: '{$SIGNALBOX.URL}' })).toThrow('{$SIGNALBOX.URL}');
    expect(() => run({ ...FILLED, signalbox_key: ' ' })).toThrow('Send to');
  });
});
