import { createServer, type AddressInfo, type Server } from 'node:net';
import { PUBLIC_ONLY, addressPolicy, createOutbound, type Outbound } from '@signalbox/outbound';
import { startMailbox, type Mailbox } from '@signalbox/testing';
import { SMTPServer } from 'smtp-server';
import { validateConfig } from '../config.js';
import type { RenderContext } from '../contract.js';
import type { Notice } from '../notice.js';
import { createTransport, type Send, type Sent } from '../transport.js';
import { email } from './email.js';

/** Self-signed for localhost and 127.0.0.1, valid until 2126; protects nothing. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUEgieB37mn5C9fzt2ma3dfNQqkQQwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA3MTgyOFoYDzIxMjYxMDI4
MDcxODI4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATF9olMYN3zVdKtkUDCWXDjrpLwTYxo7BDVroa0jRGP9LFMaXEJshbI
5PUaW2OAxEHCaZVEzm/pz4VbJ5SBqA6xo28wbTAdBgNVHQ4EFgQUyicjPLnEl97T
16oC//QpAXVn/2UwHwYDVR0jBBgwFoAUyicjPLnEl97T16oC//QpAXVn/2UwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAJ3WoS5M7OBQVwVc5ceYOfwDUcQfVNZ7a0KMUDUqMw2KAiEA
vg/ZOLOXShc5U1LMgzLQ5ip8TU64CbzPZ+WS48oT1m0=
-----END CERTIFICATE-----`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAtQFJmH8SSzcQBAP
I88WZgDYOklw7REM/b0h7xcGpuqhRANCAATF9olMYN3zVdKtkUDCWXDjrpLwTYxo
7BDVroa0jRGP9LFMaXEJshbI5PUaW2OAxEHCaZVEzm/pz4VbJ5SBqA6x
-----END PRIVATE KEY-----`;

const notice: Notice = {
  notificationId: '019390aa-0000-7000-8000-000000000001', tenantId: '019390aa-0000-7000-8000-00000000000a', traceId: '019390aa-0000-7000-8000-0000000000f1',
  eventType: 'incident.triggered', occurredAt: '2026-11-21T09:30:00.000Z',
  title: 'Kessel 7 über 90 °C 🔥', body: 'line 1\n.line 2 <b>not bold</b>',
  severity: 'critical', urgency: 'HIGH',
  ackUrl: 'https://signalbox.example.com/a/canary-acknowledge-token',
  incident: {
    id: '019390aa-0000-7000-8000-000000000021', number: 42, title: 'Kessel 7 über 90 °C 🔥', status: 'OPEN', urgency: 'HIGH', severity: 'critical',
    service: { id: '019390aa-0000-7000-8000-000000000031', name: 'Heizung' }, assignee: null,
    url: 'https://signalbox.example.com/incidents/42', openedAt: '2026-11-21T09:30:00.000Z',
  },
};

let outbound: Outbound;
let send: Send;
const stops: (() => Promise<unknown> | unknown)[] = [];
beforeAll(() => {
  outbound = createOutbound({ policy: addressPolicy({ allowPrivate: 'true' }) });
  send = createTransport(outbound);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => outbound.close());

async function mailbox(options?: Parameters<typeof startMailbox>[0]): Promise<Mailbox> {
  const started = await startMailbox(options);
  stops.push(() => started.stop());
  return started;
}

/** A mail server with TLS and one account, which notes over what line and from whom it took each mail. */
async function secureServer({ secure }: { secure: boolean }): Promise<{ port: number; mails: { secure: boolean; user: unknown }[] }> {
  const mails: { secure: boolean; user: unknown }[] = [];
  const server = new SMTPServer({
    secure, cert: certificate, key, closeTimeout: 50,
    onAuth: ({ username, password }, _session, done) => {
      const isKnown = username === 'mailer' && password === 'canary-password';
      return isKnown ? done(null, { user: username }) : done(new Error('Invalid login'));
    },
    onData: (stream, session, done) => {
      stream.resume().on('end', () => {
        mails.push({ secure: session.secure, user: session.user });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  stops.push(() => new Promise<void>((resolve) => { server.close(() => resolve()); }));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

/** A server that is no mail server: speaks these lines, one per line it hears, then keeps silent or hangs up. */
async function scripted(lines: string[], then: 'silence' | 'hang up'): Promise<number> {
  const server: Server = createServer((socket) => {
    const rest = [...lines];
    const speak = () => {
      const line = rest.shift();
      if (line !== undefined) socket.write(`${line}\r\n`);
      else if (then === 'hang up') socket.destroy();
    };
    socket.on('error', () => undefined).on('data', (data) => { if (data.toString().endsWith('\r\n')) speak(); });
    speak();
    stops.unshift(() => socket.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  stops.push(() => new Promise<void>((resolve) => { server.close(() => resolve()); }));
  return (server.address() as AddressInfo).port;
}

const plain = { host: '127.0.0.1', security: 'none', from: 'Signalbox <alerts@example.com>', to: ['ops@example.com'] };
const secret = {
  host: 'localhost', from: 'alerts@example.com', to: ['ops@example.com'],
  username: 'mailer', password: 'canary-password', caCertificate: certificate,
};

type Circumstances = Partial<RenderContext> & { timeoutMs?: number; through?: Send; about?: Notice };

async function attempt(settings: object, { about = notice, ...context }: Circumstances = {}): Promise<Sent> {
  const result = validateConfig(email, settings, { httpsOnly: true });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const rendered = email.render(about, result.config, { now: new Date(), attempt: 1, ...context });
  return await (context.through ?? send)({ channel: email, config: result.config }, rendered, { timeoutMs: context.timeoutMs ?? 3000, hide: [notice.ackUrl!] });
}

describe('a mail that is taken', () => {
  test('says the same as text and as escaped HTML, and can be threaded and recognised', async () => {
    const { port, received } = await mailbox();
    const sent = await attempt({ ...plain, port, to: ['ops@example.com', 'On Call <oncall@example.com>'], replyTo: 'support@example.com' });
    expect(sent.outcome).toEqual({ kind: 'delivered', remoteId: `<${notice.notificationId}@example.com>` });
    expect(sent.remaining).toEqual([]);
    const [mail] = await received(1);
    expect(mail).toMatchObject({ from: 'alerts@example.com', to: ['ops@example.com', 'oncall@example.com'], subject: '[#42] Kessel 7 über 90 °C 🔥' });
    expect(mail!.text).toContain('line 1\n.line 2 <b>not bold</b>');
    expect(mail!.html).toContain('&#60;b&#62;not bold&#60;/b&#62;');
    expect(mail!.html).toContain(notice.ackUrl);
    const header = (name: string) => mail!.headers.get(name);
    expect(header('message-id')).toBe(`<${notice.notificationId}@example.com>`);
    expect(header('references')).toBe(`<${notice.incident!.id}@example.com>`);
    expect(header('date')).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/);
    expect(header('auto-submitted')).toBe('auto-generated');
    expect(header('reply-to')).toBe('support@example.com');
  });

  test.each([
    ['incident.escalated', '[#42] Kessel 7 über 90 °C 🔥'],
    ['incident.escalation_exhausted', '[#42] Kessel 7 über 90 °C 🔥'],
    ['incident.resolved', 'Re: [#42] Kessel 7 über 90 °C 🔥'],
  ])('%s is %s: a page, often the first that its reader gets, is no answer', async (eventType, subject) => {
    const { port, received } = await mailbox();
    await attempt({ ...plain, port }, { about: { ...notice, eventType } });
    expect((await received(1))[0]).toMatchObject({ subject });
  });

  test('goes over STARTTLS with a login', async () => {
    const { port, mails } = await secureServer({ secure: false });
    expect((await attempt({ ...secret, port, security: 'starttls' })).outcome).toMatchObject({ kind: 'delivered' });
    expect(mails).toEqual([{ secure: true, user: 'mailer' }]);
  });

  test('goes over TLS from the first byte', async () => {
    const { port, mails } = await secureServer({ secure: true });
    expect((await attempt({ ...secret, port, security: 'tls' })).outcome).toMatchObject({ kind: 'delivered' });
    expect(mails).toEqual([{ secure: true, user: 'mailer' }]);
  });
});

describe('a mail that is not', () => {
  test('a wrong password stops the channel, and shows nowhere', async () => {
    const { port } = await secureServer({ secure: false });
    const sent = await attempt({ ...secret, port, password: 'canary-wrong-password' });
    expect(sent.outcome).toMatchObject({ kind: 'disable', reason: 'authentication' });
    expect(sent.exchange.response).toMatchObject({ status: 535 });
    expect(JSON.stringify(sent)).not.toContain('canary');
  });

  test('a certificate that nobody vouches for gets neither login nor mail', async () => {
    for (const secure of [true, false]) {
      const { port, mails } = await secureServer({ secure });
      const sent = await attempt({ ...secret, caCertificate: undefined, port, security: secure ? 'tls' : 'starttls' });
      expect(sent.outcome).toMatchObject({ kind: 'retry', reason: 'tls' });
      expect(mails).toEqual([]);
    }
  });

  test('a server without STARTTLS gets neither login nor mail', async () => {
    const { port, mails } = await mailbox();
    expect((await attempt({ ...secret, host: '127.0.0.1', port })).outcome).toMatchObject({ kind: 'retry', reason: 'tls' });
    expect(mails).toEqual([]);
  });

  test.each([
    ['from', 421, { kind: 'retry', reason: 'far_side_error' }],
    ['to', 450, { kind: 'retry', reason: 'far_side_error' }],
    ['to', 550, { kind: 'reject', reason: 'far_side_refused' }],
    ['data', 452, { kind: 'retry', reason: 'far_side_error' }],
    ['data', 552, { kind: 'reject', reason: 'too_large' }],
    ['data', 554, { kind: 'reject', reason: 'far_side_refused' }],
    ['from', 530, { kind: 'disable', reason: 'authentication' }],
  ] as const)('refused at %s with %i', async (at, code, outcome) => {
    const { port, refuseNext } = await mailbox();
    refuseNext({ at, code, message: 'the far side says why' });
    const sent = await attempt({ ...plain, port });
    expect(sent.outcome).toMatchObject({ ...outcome, detail: expect.stringContaining('the far side says why') });
    expect(sent.outcome).not.toHaveProperty('ambiguous');
    expect(sent.exchange.response).toMatchObject({ status: code });
    expect(sent.remaining).toEqual(['ops@example.com']);
  });

  test('taken for one and not yet for another: only the other is tried again', async () => {
    const { port, refuseNext, received } = await mailbox();
    const settings = { ...plain, port, to: ['later@example.com', 'ops@example.com'] };
    refuseNext({ at: 'to', code: 451, message: 'greylisted' });
    const first = await attempt(settings);
    expect(first).toMatchObject({ outcome: { kind: 'retry', reason: 'far_side_error' }, remaining: ['later@example.com'] });
    const second = await attempt(settings, { attempt: 2, recipients: first.remaining });
    expect(second).toMatchObject({ outcome: { kind: 'delivered' }, remaining: [] });
    const mails = await received(2);
    expect(mails.map(({ to }) => to)).toEqual([['ops@example.com'], ['later@example.com']]);
    expect(mails[0]!.headers.get('message-id')).toBe(mails[1]!.headers.get('message-id'));
  });
});

describe('a bad line', () => {
  const greeting = ['220 hello', '250 hello', '250 sender ok', '250 recipient ok', '354 go on'];

  test.each([
    ['silence instead of a greeting', [], 'silence', { kind: 'retry', reason: 'timeout' }, false],
    ['a greeting that turns us away', ['554 not you'], 'hang up', { kind: 'retry', reason: 'far_side_error' }, false],
    ['no mail server at all', ['HTTP/1.1 400 Bad Request'], 'hang up', { kind: 'retry' }, false],
    ['a line that breaks before the message', greeting.slice(0, 3), 'hang up', { kind: 'retry', reason: 'reset' }, false],
    ['a line that breaks after the message', greeting, 'hang up', { kind: 'retry', reason: 'reset' }, true],
    ['silence after the message', greeting, 'silence', { kind: 'retry', reason: 'timeout' }, true],
  ] as const)('%s', async (_name, lines, then, outcome, ambiguous) => {
    const port = await scripted([...lines], then);
    const sent = await attempt({ ...plain, port }, { timeoutMs: 400 });
    expect(sent.outcome).toMatchObject(outcome);
    expect('ambiguous' in sent.outcome).toBe(ambiguous);
    expect(sent.exchange.durationMs).toBeLessThan(1500);
  });

  test('an answer that drips for ever ends with the time', async () => {
    const server = createServer((socket) => {
      socket.write('220 hello\r\n');
      const drip = setInterval(() => socket.write('250-still thinking\r\n'), 20);
      socket.on('error', () => undefined).on('close', () => clearInterval(drip));
      stops.unshift(() => socket.destroy());
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    stops.push(() => new Promise<void>((resolve) => { server.close(() => resolve()); }));
    const sent = await attempt({ ...plain, port: (server.address() as AddressInfo).port }, { timeoutMs: 300 });
    expect(sent.outcome).toMatchObject({ kind: 'retry', reason: 'timeout' });
    expect(sent.exchange.durationMs).toBeLessThan(1000);
  });

  test('nobody listens; the name does not exist', async () => {
    const { port, stop } = await startMailbox();
    await stop();
    expect(await attempt({ ...plain, port })).toMatchObject({ outcome: { kind: 'retry', reason: 'connect' }, remaining: ['ops@example.com'] });
    expect((await attempt({ ...plain, host: 'no-such-host.invalid' })).outcome).toMatchObject({ kind: 'retry', reason: 'dns' });
  });

  test('the address is one that the operator has not opened', async () => {
    const { port, mails } = await mailbox();
    const guarded = createOutbound({ policy: PUBLIC_ONLY });
    stops.push(() => guarded.close());
    const sent = await attempt({ ...plain, port }, { through: createTransport(guarded) });
    expect(sent.outcome).toMatchObject({ kind: 'reject', reason: 'blocked_address' });
    expect(mails).toEqual([]);
  });
});
