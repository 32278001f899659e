import { startReceiver, type Receiver } from './receiver.js';

describe('startReceiver', () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());

  const post = (body: string, signal?: AbortSignal) => fetch(`${receiver.url}/hook?a=1`, { method: 'POST', body, headers: { 'x-a': 'b' }, signal });

  it('records what it receives and answers 200', async () => {
    const waiting = receiver.received(1);
    expect((await post('{"n":1}')).status).toBe(200);
    const [request] = await waiting;
    expect(request).toMatchObject({ method: 'POST', url: '/hook?a=1', headers: { 'x-a': 'b' }, text: '{"n":1}' });
    expect(request?.json()).toEqual({ n: 1 });
  });

  it('gives the queued answers once each, then the standing one', async () => {
    receiver.answer({ status: 500 });
    receiver.answerNext({ status: 429, headers: { 'retry-after': '7' }, body: 'slow down' });
    const first = await post('1');
    expect([first.status, first.headers.get('retry-after'), await first.text()]).toEqual([429, '7', 'slow down']);
    expect((await post('2')).status).toBe(500);
    receiver.answer((request) => ({ status: request.text === '3' ? 201 : 500 }));
    expect((await post('3')).status).toBe(201);
  });

  it('delays, resets and hangs', async () => {
    receiver.answerNext({ delayMs: 60 }, 'reset', 'hang');
    const started = performance.now();
    expect((await post('late')).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(55);
    await expect(post('cut')).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    await expect(post('silence', AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(receiver.requests).toHaveLength(3);
  });

  it('refuses connections when stopped, and may come back on the same port', async () => {
    await receiver.stop();
    await expect(post('')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    receiver = await startReceiver({ port: receiver.port });
    expect((await post('')).status).toBe(200);
  });

  it('says how many came when it waits in vain', async () => {
    await post('one');
    await expect(receiver.received(2, { withinMs: 30 })).rejects.toThrow('1 of 2 came');
  });
});
