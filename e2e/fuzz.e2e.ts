import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { chance } from '../chaos/random.mjs';
import { baseOf, OPERATIONS, type ApiOperation } from './support/api-document.js';
import { anyRequest, badRequests, type BadRequest, type Good } from './support/bad-values.js';
import { misfit } from './support/conformance.js';
import type { Fault, Problem } from './support/http.js';
import { Operator } from './support/operator.js';
import { sendRaw, type RawAnswer } from './support/raw-request.js';
import { bodyOf } from './support/bodies.js';
import { oneOfEach, pathOf, type Ids } from './support/resources.js';
import { pids, system } from './support/system.js';
import { EXAMPLE_EVENT, World, type Integration } from './support/world.js';

/**
 * Every operation of docs/openapi.json with what it takes and with everything that it should
 * not be sent: answered in time, as documented, without a fault of ours.
 */

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 30);
const SEED = process.env.FUZZ_SEED ?? '20261121';
const AT_A_TIME = 4;
const ANSWERED_WITHIN_MS = 2_000;

let world: World;
let ids: Ids;
let sender: Integration;
let prometheus: Integration;
let platform: Operator;
let signedIn: Operator;
let user: { email: string; password: string };
let pidsBefore: Record<string, number>;
let secrets: string[];

beforeAll(async () => {
  world = await World.make('fuzz');
  const victim = await World.make('fuzzed tenant');
  ids = { ...await oneOfEach(world), tenant: victim.tenantId };
  [sender, prometheus] = [await world.integration('events'), await world.integration('prometheus')];
  platform = await Operator.signIn(system.bootstrap);
  user = { email: `fuzz-${world.tenantId}@example.com`, password: 'correct horse battery staple' };
  await world.operator.post('/api/v1/users', { ...user, name: 'Fuzz', role: 'viewer' });
  signedIn = await Operator.signIn(user);
  pidsBefore = await pids();
  secrets = ownSecrets();
});

/** What only the system itself may know. */
function ownSecrets(): string[] {
  const { masterKey, postgresPassword, rolePasswords, identity, bootstrap } = JSON.parse(readFileSync(join(system.dir, 'secrets.json'), 'utf8')) as {
    masterKey: string; postgresPassword: string; rolePasswords: Record<string, string>; identity: { privateKey: string }; bootstrap: { password: string };
  };
  return [
    masterKey, postgresPassword, ...Object.values(rolePasswords), identity.privateKey,
    bootstrap.password, 'a-secret-of-the-tenant', 'node_modules', system.dir,
  ];
}

/** Operations that are not done with what is sent: what they answer instead, and why. */
const NOT_DONE: Readonly<Record<string, { readonly status: number; readonly reason: string }>> = {
  'GET /a/{token}': { status: 404, reason: 'a signed token comes with a notification (email-acknowledge)' },
  'POST /a/{token}': { status: 404, reason: 'a signed token comes with a notification (email-acknowledge)' },
  'POST /api/v1/customer/notification-channels/{id}/test': { status: 502, reason: 'nobody listens at the far side' },
  'POST /api/v1/notifications/providers/{id}/test': { status: 502, reason: 'nobody listens at the far side' },
  'POST /api/v1/notifications/send': { status: 502, reason: 'nobody listens at the far side' },
  'POST /api/v1/replay-jobs/{id}/pause': { status: 409, reason: 'the job is over' },
  'POST /api/v1/replay-jobs/{id}/resume': { status: 409, reason: 'the job is over' },
  'POST /api/v1/replay-jobs/{id}/cancel': { status: 409, reason: 'the job is over' },
  'POST /api/v1/incidents/{id}/merge': { status: 409, reason: 'into itself' },
  ...Object.fromEntries(['respond', 'snooze', 'unsnooze', 'suppress', 'unsuppress', 'unmerge'].map((action) => [
    `POST /api/v1/incidents/{id}/${action}`,
    { status: 409, reason: 'it was resolved just before' },
  ])),
  'POST /api/v1/bus/consumers/{name}/pause': { status: 404, reason: 'a real one would stop deliveries' },
  'POST /api/v1/bus/consumers/{name}/resume': { status: 404, reason: 'a real one would stop deliveries' },
  'PUT /api/v1/session/password': { status: 400, reason: 'the old password is wrong' },
  'PUT /api/v1/session/time-zone': { status: 403, reason: 'an API key has no time zone' },
  'POST /api/v1/contact-methods/{id}/send-code': { status: 429, reason: 'one was sent when it was made' },
  'POST /api/v1/contact-methods/{id}/verify': { status: 400, reason: 'the code is wrong' },
  'POST /api/integrations/{type}': { status: 202, reason: 'only some types are answered 200' },
  'GET /api/heartbeats/{key}': { status: 401, reason: 'a real key belongs to a heartbeat (monitors)' },
  'POST /api/heartbeats/{key}': { status: 401, reason: 'a real key belongs to a heartbeat (monitors)' },
};

function good(operation: ApiOperation): Good {
  const own = pathOf(operation, ids);
  // What would be gone after the first time is asked of an id of nothing.
  const path = operation.method === 'DELETE' && operation.path.includes('{')
    ? pathOf(operation, Object.fromEntries(Object.keys(ids).map((kind) => [kind, randomUUID()])) as Ids)
    : own;
  return { operation, path, own, headers: { ...credentialOf(operation), 'content-type': 'application/json' }, body: goodBody(operation) };
}

function credentialOf({ name, requires }: ApiOperation): Readonly<Record<string, string>> {
  if (requires?.role === 'platform') return platform.headers;
  if (name === 'PUT /api/v1/session/password') return signedIn.headers;
  const ofSender = ['POST /api/integrations/{type}', 'POST /api/v2/alerts', 'POST /v2/enqueue', 'POST /v2/change/enqueue'].includes(name);
  return ofSender ? { authorization: `Bearer ${senderOf(name).key}` } : world.operator.headers;
}

function senderOf(name: string): Integration {
  return name === 'POST /api/v2/alerts' ? prometheus : sender;
}

function goodBody(operation: ApiOperation): unknown {
  const body = bodyOf(operation, ids);
  switch (operation.name) {
    case 'POST /api/integrations/{type}': return EXAMPLE_EVENT;
    case 'POST /v2/enqueue': case 'POST /v2/change/enqueue': return { ...body, routing_key: sender.key };
    case 'POST /api/v1/session': return user;
    default: return body;
  }
}

/** What is wrong with an answer, if anything. */
function complaint(request: BadRequest, answer: RawAnswer): string | undefined {
  const { status, text, headers } = answer;
  const isDocumented = status === 502 && '502' in request.operation.answers;
  if (status >= 500 && !isDocumented) return `${text.slice(0, 300)} ${logged(headers['x-request-id'])}`;
  const wrong = misfit(request.operation, { status, text, contentType: headers['content-type'] });
  if (wrong !== undefined) return wrong;
  if (request.wants !== undefined && status !== request.wants) return `and not ${request.wants}: ${text.slice(0, 200)}`;
  if (request.mustBeRefused === true && status < 400) return `it is not valid, and was taken: ${text.slice(0, 200)}`;
  const shouldName = (status === 400 || status === 422) && NOT_DONE[request.operation.name]?.status !== 400;
  if (shouldName && request.names !== undefined && !namesIt(request.names, text)) {
    return `does not name ${request.names}: ${text.slice(0, 300)}`;
  }
  const shown = secrets.find((secret) => text.includes(secret));
  return shown === undefined ? undefined : `shows ${shown}`;
}

/**
 * Whether the errors speak of the field, of something in it, or of what it is part of. PagerDuty's
 * errors are sentences with the field in quotes, Alertmanager's is one sentence.
 */
function namesIt(field: string, text: string): boolean {
  const parts = field.split('.');
  const answer = JSON.parse(text) as Problem | string;
  if (typeof answer === 'string') return answer.includes(parts.at(-1)!);
  return (answer.errors ?? []).some((error: Fault | string) => {
    if (typeof error === 'string') return error.includes(parts.at(-1)!);
    const path = error.path.replaceAll(/\[[^\]]*\]?/g, '');
    return path === field || path.startsWith(`${field}.`) || field.startsWith(`${path}.`) || parts.some((part) => error.message.includes(part));
  });
}

/** What the services wrote of a request that failed. */
function logged(requestId: string | string[] | undefined): string {
  const folder = join(system.dir, 'logs');
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  return lines.filter((line) => requestId !== undefined && line.includes(String(requestId)) && line.includes('"err"')).join('\n').slice(0, 1_500);
}

async function judged(request: BadRequest): Promise<string | undefined> {
  const ask = (): Promise<RawAnswer> => sendRaw(baseOf(request.operation), request);
  try {
    let answer = await ask();
    // A machine that was busy elsewhere is no fault: what is slow is slow again.
    if (answer.ms > ANSWERED_WITHIN_MS) answer = await ask();
    const found = answer.ms > ANSWERED_WITHIN_MS ? `took ${answer.ms} ms` : complaint(request, answer);
    return found === undefined ? undefined : `${request.operation.name}, ${request.name}: ${answer.status} ${found}`;
  } catch (error) {
    return `${request.operation.name}, ${request.name}: ${String(error)}`;
  }
}

/** Takes from `next` until it has nothing more. */
async function all(next: () => BadRequest | undefined, atATime = AT_A_TIME): Promise<{ asked: number; complaints: string[] }> {
  const complaints: string[] = [];
  let asked = 0;
  const worker = async (): Promise<void> => {
    for (let request = next(); request !== undefined; request = next()) {
      asked += 1;
      const found = await judged(request);
      if (found !== undefined) complaints.push(found);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return { asked, complaints };
}

test('every operation, asked rightly, answers as its schema says', async () => {
  const operations = OPERATIONS.filter(({ method }) => method !== 'DELETE').map((operation) => {
    const { own, headers, body } = good(operation);
    const wants = NOT_DONE[operation.name]?.status ?? Number(Object.keys(operation.answers)[0]);
    return {
      operation, name: 'right', method: operation.method, path: own, headers,
      body: body === undefined ? undefined : JSON.stringify(body), ...(operation.body?.name === 'ReplayMany' ? {} : { wants }),
    };
  });
  // One by one: two changes of one channel's config at the same time are refused (412), and some of these go to the same channel.
  expect((await all(() => operations.shift(), 1)).complaints).toEqual([]);
});

test(`every operation, asked wrongly in every way for ${SECONDS} s, answers in time and as documented, and names what is wrong`, async () => {
  const dice = chance(SEED, 'fuzz');
  const goods = OPERATIONS.map(good);
  const waiting = goods.map((one) => dice.shuffled(badRequests(one)));
  const known = waiting.reduce((sum, list) => sum + list.length, 0);
  const until = Date.now() + SECONDS * 1_000;
  let turn = 0;
  // Each operation in turn, so that each gets its share whenever the time is over; what is known to be bad first, then whatever chance makes.
  const { asked, complaints } = await all(() => {
    if (Date.now() > until) return undefined;
    const place = turn++ % goods.length;
    const next = waiting[place]!.pop();
    if (next !== undefined) return next;
    const others = waiting.filter((list) => list.length > 0);
    return others.length === 0 ? anyRequest(goods[place]!, dice) : dice.of(others).pop();
  });
  process.stdout.write(`fuzz: seed ${SEED}, ${asked} requests to ${goods.length} operations (${known} bad in one way) in ${SECONDS} s\n`);
  expect(complaints).toEqual([]);
  expect(asked).toBeGreaterThan(goods.length * 10);
}, (SECONDS + 60) * 1_000);

test('and nothing died of it', async () => {
  expect(await pids()).toEqual(pidsBefore);
  const deletions = OPERATIONS.filter(({ method }) => method === 'DELETE').map(good);
  const wants = deletions.map((one) => ({
    operation: one.operation, name: 'right', method: 'DELETE', path: one.own, headers: one.headers, mustBeRefused: false,
  }));
  expect((await all(() => wants.shift())).complaints).toEqual([]);
});
