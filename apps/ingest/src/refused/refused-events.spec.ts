import type { DeadLetter } from '@signalbox/contracts';
import type { IncomingMessage } from 'node:http';
import { Refusal, refuse } from '../gateway/answers.js';
import { parseJson } from '../gateway/body.js';
import { gatewayRequest } from '../gateway/request.js';
import { NowhereToStoreError } from '../intake/stream-spool.js';
import type { LiveIntegration } from '../store/integration-index.js';
import type { Refusable } from './letter.js';
import { RefusedEvents } from './refused-events.js';

const integration: LiveIntegration = {
  id: '018f6f5e-0000-7000-8000-000000000001', tenantId: '018f6f5e-0000-7000-8000-00000000000a',
  version: 1, serviceId: '018f6f5e-0000-7000-8000-000000000002', type: 'webhook',
  enabled: true, keyHash: '', secrets: [], rateLimitPerMinute: 120, config: {}, severities: null,
};

function refusable(body: string | Buffer, { day = 21, id = integration.id }: { day?: number; id?: string } = {}): Refusable {
  const request = gatewayRequest({ url: '/api/integrations/webhook', method: 'POST', headers: {} } as unknown as IncomingMessage);
  return { request: { ...request, now: new Date(Date.UTC(2026, 10, day)) }, integration: { ...integration, id }, raw: Buffer.from(body) };
}

let letters: DeadLetter[];
let fates: string[];
let store: (letter: DeadLetter) => Promise<void>;
let refused: RefusedEvents;
beforeEach(() => {
  letters = [];
  fates = [];
  store = async (letter) => void letters.push(letter);
  refused = new RefusedEvents({ put: (letter) => store(letter) }, (_reason, fate) => void fates.push(fate));
});

const refusalOf = async (of: Refusable, take: () => never): Promise<Refusal> => {
  const error = await refused.keeping(of, async () => take()).catch((thrown: unknown) => thrown);
  if (!(error instanceof Refusal)) throw error;
  return error;
};
const notUnderstood = () => refuse(400, 'No.', [{ path: 'summary', message: 'is missing' }], { 'x-signalbox-trace': '018f6f5e-0000-7000-8000-000000000003' });

it('answers the same 400 once the letter is stored, with the trace of the letter', async () => {
  let arrived = (): void => undefined;
  const storing = new Promise<void>((resolve) => { arrived = resolve; });
  let finish = (): void => undefined;
  store = async (letter) => { letters.push(letter); arrived(); await new Promise<void>((resolve) => { finish = resolve; }); };
  let answered = false;
  const answer = refusalOf(refusable('a'), notUnderstood).finally(() => { answered = true; });
  const repeat = refusalOf(refusable('a'), notUnderstood).finally(() => { answered = true; });
  await storing;
  await new Promise(setImmediate);
  expect(answered).toBe(false);
  finish();
  expect(await answer).toMatchObject({ status: 400, errors: [{ path: 'summary' }], headers: { 'x-signalbox-trace': letters[0]!.traceId } });
  expect((await repeat).headers).toEqual({ 'x-signalbox-trace': letters[0]!.traceId });
  expect(letters).toHaveLength(1);
  expect(fates).toEqual(['kept', 'repeat']);
});

it('keeps no refusal that is not about the body', async () => {
  for (const status of [401, 403, 413, 429]) expect((await refusalOf(refusable('a'), () => refuse(status, 'No.'))).status).toBe(status);
  await expect(refused.keeping(refusable('a'), async () => { throw new NowhereToStoreError('away'); })).rejects.toThrow(NowhereToStoreError);
  expect(letters).toEqual([]);
});

it('keeps a malformed body without what the parser quotes of it', async () => {
  const refusal = await refusalOf(refusable('{"shared_secret":"canary'), () => parseJson(Buffer.from('{"shared_secret":"canary')) as never);
  expect(refusal.errors[0]!.path).toBe('body');
  expect(letters).toEqual([expect.objectContaining({ reason: 'malformed_body', detail: 'The body is not valid JSON.' })]);
  expect(JSON.stringify(letters)).not.toContain('canary');
});

it('what could not be stored is no 400, and was never kept', async () => {
  const works = store;
  store = async () => { throw new NowhereToStoreError('away'); };
  await expect(refused.keeping(refusable('a'), async () => notUnderstood())).rejects.toThrow(NowhereToStoreError);
  store = works;
  await refusalOf(refusable('a'), notUnderstood);
  expect(letters).toHaveLength(1);
});

it('a day of an integration has room for a hundred letters; beyond them the answer is the same, and what was kept is known still', async () => {
  for (let n = 0; n < 103; n += 1) expect(await refusalOf(refusable(`body ${n}`), notUnderstood)).toMatchObject({ status: 400, errors: [{ path: 'summary' }] });
  expect(letters).toHaveLength(100);
  expect(fates.slice(99)).toEqual(['kept', 'over_cap', 'over_cap', 'over_cap']);
  expect((await refusalOf(refusable('body 102'), notUnderstood)).headers).toEqual({});
  expect((await refusalOf(refusable('body 7'), notUnderstood)).headers).toHaveProperty('x-signalbox-trace');
  await refusalOf(refusable('body 0', { day: 22 }), notUnderstood);
  await refusalOf(refusable('body 0', { id: '018f6f5e-0000-7000-8000-000000000009' }), notUnderstood);
  expect(letters).toHaveLength(102);
});

it('and for eight megabytes of them', async () => {
  for (let n = 0; n < 20; n += 1) await refusalOf(refusable(Buffer.alloc(524_288, n + 1)), notUnderstood);
  expect(letters).toHaveLength(16);
  await refusalOf(refusable(Buffer.alloc(0)), notUnderstood);
  expect(letters).toHaveLength(17);
});

it('remembers two thousand integrations, and forgets those first that are of another day or came first', async () => {
  const idOf = (n: number) => `018f6f5e-0000-7000-8000-${String(n).padStart(12, '0')}`;
  for (let n = 0; n <= 2_000; n += 1) await refusalOf(refusable('a', { id: idOf(n) }), notUnderstood);
  await refusalOf(refusable('a', { id: idOf(1) }), notUnderstood);
  expect(fates.at(-1)).toBe('repeat');
  await refusalOf(refusable('a', { id: idOf(0) }), notUnderstood);
  expect(fates.at(-1)).toBe('kept');
  expect(letters.at(-1)!.id).toBe(letters[0]!.id);
});
