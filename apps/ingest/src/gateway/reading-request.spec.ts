import { github } from '../sources/github/index.js';
import { webhook } from '../sources/webhook/index.js';
import { MalformedBody } from './body.js';
import { readRequest, type ReceivedRequest } from './reading-request.js';

const rules = { id: '01890000-0000-7000-8000-000000000001', config: {}, severities: null };
const request = (text: string, change: Partial<ReceivedRequest> = {}): ReceivedRequest => ({
  method: 'POST', query: undefined, headers: {}, rawBody: Buffer.from(text), ...change,
});

describe('readRequest', () => {
  it('reads JSON, a form and the query of a GET alike', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const readings = [
      readRequest(webhook, rules, request('{"title":"Disk full","id":"d1"}')),
      readRequest(webhook, rules, request('title=Disk+full&id=d1', { headers: form })),
      readRequest(webhook, rules, request('', { method: 'GET', query: new URLSearchParams('title=Disk full&id=d1') })),
    ];
    for (const { result } of readings) {
      expect(result).toMatchObject({ kind: 'events', events: [{ action: 'trigger', dedupKey: 'webhook-d1', summary: 'Disk full' }] });
    }
  });

  it('a repeat of a delivery has its id; a body that cannot be parsed has none', () => {
    const headers = { 'x-github-delivery': 'd-1', 'x-github-event': 'ping' };
    const ids = [1, 2].map((n) => readRequest(github, rules, request(`{"zen":${n}}`, { headers })).requestId);
    expect(ids[0]).toBe(ids[1]);
    expect(() => readRequest(github, rules, request('{"zen":', { headers }))).toThrow(MalformedBody);
  });

  it("goes by the integration's mapping and severities", () => {
    const body = request('{"alert":{"name":"A"},"level":"p1"}');
    const mapped = { ...rules, config: { summaryField: 'alert.name', severityField: 'level' }, severities: { p1: 'critical' } };
    expect(readRequest(webhook, mapped, body).result).toMatchObject({ events: [{ summary: 'A', severity: 'critical' }] });
  });
});
