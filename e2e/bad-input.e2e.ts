import { eventually } from '@signalbox/testing';
import { connect, type Socket } from 'node:net';
import { Client } from 'pg';
import { brokenBodies, wrongFields, type Case } from './support/corpus.js';
import { send, type Answer, type Problem } from './support/http.js';
import { pids, system } from './support/system.js';
import { EXAMPLE_EVENT, World, type Integration } from './support/world.js';

/** Whatever is sent: never a 5xx, never a hang, the field named; and what was accepted all the same is taken in. */

interface Endpoint { readonly name: string; readonly url: string; readonly headers: Record<string, string>; readonly valid: object }

const NAMES = ['events', 'enqueue', 'integrations/events', 'integrations/prometheus', 'integrations/github', 'integrations/webhook', 'messages'] as const;
const accepted = new Set<string>();
let endpoints: Record<(typeof NAMES)[number], Endpoint>;
let world: World;
let slow: { socket: Socket; said: string; endedAt?: number; startedAt: number };
let memoryBefore: number;
let pidBefore: number;

beforeAll(async () => {
  world = await World.make('bad input');
  endpoints = await makeEndpoints();
  memoryBefore = await residentBytes();
  pidBefore = (await pids()).ingest;
  slow = startSlowBody();
});
afterAll(() => slow.socket.destroy());

async function makeEndpoints(): Promise<typeof endpoints> {
  const { ingest } = system.urls;
  const mapping = {
    summaryField: 'alert.title', severityField: 'level', dedupKeyField: 'alert.id',
    actionField: 'state', triggerValues: ['on'], resolveValues: ['off'],
  };
  const types = ['events', 'events', 'events', 'prometheus', 'github', 'webhook'];
  const [events, enqueue, native, prometheus, github, webhook] = await Promise.all(
    types.map((type) => world.integration(type, type === 'webhook' ? { mapping } : {})));
  const bearer = (integration: Integration | undefined) => ({ authorization: `Bearer ${integration!.key}` });
  const event = {
    ...EXAMPLE_EVENT, client: 'e2e', client_url: 'https://example.com',
    links: [{ href: 'https://example.com/a', text: 'a' }], images: [{ src: 'https://example.com/a.png' }],
    payload: { ...EXAMPLE_EVENT.payload, timestamp: '2026-11-21T09:30:00Z', component: 'cpu', group: 'web', class: 'load', custom_details: { cpu: 95 } },
  };
  const alert = {
    status: 'firing', labels: { alertname: 'HighCPU', severity: 'critical' }, annotations: { summary: 'High CPU' },
    startsAt: '2026-11-21T09:30:00Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: 'https://example.com', fingerprint: 'ab12',
  };
  const run = {
    id: 42, name: 'CI', head_branch: 'main', run_number: 7, event: 'push', status: 'completed',
    conclusion: 'failure', workflow_id: 9, html_url: 'https://github.example/run',
    updated_at: '2026-11-21T09:30:00Z', actor: { login: 'ada' }, head_sha: 'a1b2',
  };
  return {
    events: { name: 'events', url: `${ingest}/api/events`, headers: { authorization: `Token token=${events!.key}` }, valid: event },
    enqueue: { name: 'enqueue', url: `${ingest}/v2/enqueue`, headers: { 'x-routing-key': enqueue!.key }, valid: event },
    'integrations/events': { name: 'events', url: `${ingest}/api/integrations/events?integrationId=${native!.id}`, headers: bearer(native), valid: event },
    'integrations/prometheus': {
      name: 'prometheus', url: `${ingest}/api/integrations/prometheus?integrationId=${prometheus!.id}`, headers: bearer(prometheus),
      valid: {
        version: '4', groupKey: '{}:{}', status: 'firing', receiver: 'x', groupLabels: {},
        commonLabels: {}, commonAnnotations: {}, externalURL: 'https://example.com', alerts: [alert],
      },
    },
    'integrations/github': {
      name: 'github', url: `${ingest}/api/integrations/github?integrationId=${github!.id}`, headers: { ...bearer(github), 'x-github-event': 'workflow_run' },
      valid: {
        action: 'completed', workflow_run: run, sender: { login: 'ada' },
        repository: { id: 1, full_name: 'acme/shop', html_url: 'https://github.example/acme/shop' },
      },
    },
    'integrations/webhook': {
      name: 'webhook',
      url: `${ingest}/api/integrations/webhook?integrationId=${webhook!.id}`,
      headers: bearer(webhook),
      valid: { alert: { title: 'Disk full', id: 'disk/1' }, level: 'critical', state: 'on' },
    },
    messages: {
      name: 'messages', url: `${ingest}/api/v1/messages`, headers: { authorization: `Bearer ${world.apiKey}` },
      valid: { topic: 'a/b', payload: { value: 1 }, id: 'one', timestamp: '2026-11-21T09:30:00Z', headers: { a: 'b' } },
    },
  };
}

/** Sends one case; remembers the trace of what was accepted. */
async function post(endpoint: Endpoint, { body, headers = {} }: Case): Promise<Answer> {
  const answer = await send('POST', endpoint.url, { body, headers: { ...endpoint.headers, ...headers }, timeoutMs: 10_000 });
  const trace = answer.headers.get('x-signalbox-trace');
  if (answer.status === 202 && trace !== null && endpoint.name !== 'messages' && (answer.json().accepted ?? 1) !== 0) accepted.add(trace);
  return answer;
}

/** Eight at a time; gives the complaint of each case that was answered wrongly. */
async function complaints<C extends Case>(cases: readonly C[], check: (one: C) => Promise<string | undefined>): Promise<string[]> {
  const waiting = [...cases];
  const found: string[] = [];
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const complaint = await check(one).catch((error: unknown) => String(error));
      if (complaint !== undefined) found.push(`${one.name}: ${complaint}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return found;
}

describe.each(NAMES)('%s', (name) => {
  it('takes what is right', async () => {
    const endpoint = endpoints[name];
    expect((await post(endpoint, { name: 'valid', body: JSON.stringify(endpoint.valid) })).status).toBe(202);
  });

  it('refuses what is broken, naming the body', async () => {
    const endpoint = endpoints[name];
    expect(await complaints(brokenBodies(endpoint.valid), async (one) => {
      const answer = await post(endpoint, one);
      if (answer.status >= 500 || (one.status !== undefined && !one.status.includes(answer.status))) {
        return `answered ${answer.status} ${answer.text.slice(0, 300)}`;
      }
      if (answer.status === 400 && (answer.json<Problem>().errors ?? []).length === 0) return `names nothing: ${answer.text.slice(0, 300)}`;
      return undefined;
    })).toEqual([]);
  });

  it('takes or refuses every wrong type in every field, and names the field', async () => {
    const endpoint = endpoints[name];
    expect(await complaints(wrongFields(endpoint.valid), async (one) => {
      const answer = await post(endpoint, one);
      if (![202, 400, 413].includes(answer.status)) return `answered ${answer.status} ${answer.text.slice(0, 300)}`;
      return answer.status === 400 && !namesField(answer, one.path) ? `names another field: ${answer.text.slice(0, 300)}` : undefined;
    })).toEqual([]);
  });
});

/** Whether the errors speak of the field, of something in it, or of what it is part of. PagerDuty's errors are sentences with the field in quotes. */
function namesField(answer: Answer, path: string): boolean {
  const words = path.split('.').filter((word) => !/^\d+$/.test(word));
  const errors = (answer.json<{ errors?: (string | { path: string; message: string })[] }>().errors ?? []).map((error) =>
    (typeof error === 'string' ? error : `${error.path} ${error.message}`));
  return errors.some((error) => words.some((word) => error.includes(word)));
}

describe('what is not in the body', () => {
  it.each([
    ['no credential', {}, 401], ['a key of nobody', { authorization: `Bearer ${'0'.repeat(32)}` }, 401],
    ['an API key of nobody', { authorization: `Bearer sk_live_${'A'.repeat(40)}` }, 401],
    ['a key of 10,000 characters', { authorization: `Bearer ${'x'.repeat(10_000)}` }, 401], ['basic auth of garbage', { authorization: 'Basic %%%' }, 401],
  ])('%s is %s', async (_name, headers, status) => {
    for (const path of ['/api/events', '/api/v1/messages', '/api/integrations/webhook']) {
      const answer = await send('POST', `${system.urls.ingest}${path}`, { body: EXAMPLE_EVENT, headers: headers as Record<string, string> });
      expect([path, answer.status]).toEqual([path, status]);
    }
  });

  it('an unknown source is 404, another method 405, and both say so as a problem', async () => {
    const { headers } = endpoints.events;
    const unknown = await send('POST', `${system.urls.ingest}/api/integrations/nonsense`, { body: {}, headers });
    const method = await send('DELETE', endpoints.events.url, { headers });
    expect([unknown.status, method.status]).toEqual([404, 405]);
    for (const answer of [unknown, method]) expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});

/** Half a body, and then nothing for ever. */
function startSlowBody(): typeof slow {
  const { hostname, port } = new URL(system.urls.ingest);
  const state: typeof slow = { socket: connect(Number(port), hostname), said: '', startedAt: Date.now() };
  const { authorization } = endpoints.events.headers;
  state.socket.write(
    `POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"event_action":`,
  );
  state.socket.on('data', (chunk) => { state.said += chunk.toString(); }).on('error', () => undefined).on('close', () => { state.endedAt = Date.now(); });
  return state;
}

test('a body that never ends is ended by the gateway, with a 408', async () => {
  await eventually(() => slow.endedAt, { withinMs: 75_000, everyMs: 100, describe: 'the slow request to be ended' });
  expect(slow.said).toMatch(/^HTTP\/1\.1 408 /);
});

test('everything that was accepted has been taken in, or is a dead letter', async () => {
  const db = new Client(system.databaseUrl);
  await db.connect();
  try {
    await eventually(async () => {
      const { rows } = await db.query<{ trace: string }>(
        `select t::text as trace from unnest($1::uuid[]) t
         where not exists (select from incidents.incident_events e where e.trace_id = t)
           and not exists (select from ops.dead_letter_messages l where l.trace_id = t)`, [[...accepted]]);
      if (rows.length > 0) throw new Error(`${rows.length} of ${accepted.size} are missing, e.g. ${rows[0]!.trace}`);
      return true;
    }, { withinMs: 30_000, everyMs: 200, describe: 'all accepted events to be accounted for' });
    // What was refused is kept, too, up to a hundred letters an integration; nothing that was accepted has died.
    const { rows } = await db.query<{ owner: string; kept: string }>(
      'select owner, count(*) as kept from ops.dead_letter_messages where tenant_id = $1 group by owner, integration_id',
      [world.tenantId],
    );
    expect(rows.filter(({ owner }) => owner !== 'ingest')).toEqual([]);
    expect(Math.max(...rows.map(({ kept }) => Number(kept)))).toBe(100);
  } finally {
    await db.end();
  }
});

test('the gateway is the same process still, and no fatter for it', async () => {
  expect((await pids()).ingest).toBe(pidBefore);
  expect(await residentBytes() - memoryBefore).toBeLessThan(250_000_000);
});

async function residentBytes(): Promise<number> {
  return Number(/^process_resident_memory_bytes (\d+)/m.exec((await send('GET', `${system.urls.ingest}/metrics`)).text)?.[1]);
}
