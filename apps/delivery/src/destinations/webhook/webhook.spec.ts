import type { Outbound, OutboundRequest } from '@signalbox/outbound';
import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { validateConfig } from '../config.js';
import { webhook } from './webhook.js';

const request = {
  deliveryId: '018f6f5e-0000-8000-8000-000000000013', attempt: 2, now: new Date(),
  message: {
    id: 'm-1', traceId: '018f6f5e-0000-7000-8000-000000000012', topic: 'devices/7/temperature',
    payload: { value: 91, 'ключ': '😀' }, headers: { site: 'north' },
    timestamp: '2026-11-21T09:30:00.000Z', acceptedAt: '2026-11-21T09:30:00.010Z',
  },
};

async function sent(config: Record<string, unknown>): Promise<OutboundRequest> {
  const out: OutboundRequest[] = [];
  const outbound = { request: (r: OutboundRequest) => {
    out.push(r);
    return Promise.resolve({ status: 200, headers: {}, body: '', truncated: false, durationMs: 1 });
  } } as unknown as Outbound;
  const valid = validateConfig(webhook, { url: 'https://receiver.example.com/hook', ...config });
  if (!valid.ok) throw new Error(JSON.stringify(valid.faults));
  await webhook.open(valid.config, { outbound }).deliver([request]);
  return out[0]!;
}

describe('webhook', () => {
  it('is signed so that the reference library of Standard Webhooks accepts it, with the new and with the old secret', async () => {
    const [secret, previousSecret] = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`, `whsec_${Buffer.alloc(32, 2).toString('base64')}`];
    const { headers, body } = await sent({ secret, previousSecret });
    for (const key of [secret, previousSecret]) {
      expect(new Webhook(key).verify(String(body), headers as Record<string, string>)).toEqual(JSON.parse(String(body)));
    }
    expect(() => new Webhook(`whsec_${Buffer.alloc(32, 3).toString('base64')}`).verify(String(body), headers as Record<string, string>)).toThrow();
  });

  it('carries an HMAC of the body in a header of one\'s choice', async () => {
    const { headers, body } = await sent({ secret: 'plain words', signatureHeader: 'X-Hub' });
    expect(headers!['X-Hub']).toBe(`sha256=${createHmac('sha256', 'plain words').update(String(body)).digest('hex')}`);
  });

  it('names the delivery, the attempt and the trace, and leaves the message as it was', async () => {
    const { headers, body, method, timeoutMs } = await sent({ timeoutSeconds: 3, headers: { 'X-Team': 'blue' } });
    expect(headers).toMatchObject({
      'webhook-id': request.deliveryId, 'x-signalbox-delivery': request.deliveryId,
      'x-signalbox-attempt': '2', 'x-signalbox-trace': request.message.traceId, 'X-Team': 'blue',
      'webhook-timestamp': String(Math.floor(request.now.getTime() / 1000)), traceparent: '00-018f6f5e000070008000000000000012-018f6f5e00008000-01',
    });
    expect(headers).not.toHaveProperty('webhook-signature');
    const { id, topic, payload, timestamp, headers: own } = request.message;
    expect(JSON.parse(String(body))).toEqual({ id, topic, payload, timestamp, headers: own });
    expect({ method, timeoutMs }).toEqual({ method: 'POST', timeoutMs: 3_000 });
  });

  it.each<[string, Record<string, unknown>]>([
    ['url', { url: 'ftp://x.example' }], ['url', { url: 'https://' }],
    ['headers.Host', { headers: { Host: 'x' } }], ['headers.a b', { headers: { 'a b': 'x' } }],
    ['headers.X-A', { headers: { 'X-A': 'a\r\nb' } }], ['headers.x-a', { headers: { 'X-A': '1', 'x-a': '2' } }],
    ['headers.WebHook-Id', { headers: { 'WebHook-Id': '1' } }],
    ['signatureHeader', { secret: 's', signatureHeader: 'content-length' }],
    ['signatureHeader', { signatureHeader: 'X-Sig' }], ['previousSecret', { previousSecret: 'x' }],
    ['secret', { secret: 'whsec_***' }], ['timeoutSeconds', { timeoutSeconds: 60 }],
    ['headers.X-Sig', { secret: 's', signatureHeader: 'x-sig', headers: { 'X-Sig': '1' } }],
  ])('refuses at %s: %j', (path, change) => {
    const result = validateConfig(webhook, { url: 'https://receiver.example.com', ...change });
    expect(result.ok ? [] : result.faults.map((fault) => fault.path)).toEqual([path]);
  });
});
