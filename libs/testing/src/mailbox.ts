import { SMTPServer } from 'smtp-server';
import type { AddressInfo } from 'node:net';
import { eventually } from './eventually.js';
import { parseMail, type Mail } from './mail.js';

/** Refuses at one step of the conversation with an SMTP code, or never answers there. */
export type Refusal = { at: 'from' | 'to' | 'data'; code: number; message?: string } | { at: 'from' | 'to' | 'data'; hang: true };

export interface Mailbox {
  host: string;
  port: number;
  mails: Mail[];
  /** Refuses the next mails like these, one each; after that mail is taken again. */
  refuseNext(...refusals: Refusal[]): void;
  /** Waits until at least `count` mails have come, and gives them. */
  received(count: number, options?: { withinMs?: number }): Promise<Mail[]>;
  stop(): Promise<void>;
}

/** A real SMTP server on 127.0.0.1 that keeps what it gets. With `credentials` it takes mail only after a login with them. */
export async function startMailbox(options: { credentials?: { username: string; password: string } } = {}): Promise<Mailbox> {
  const { credentials } = options;
  const mails: Mail[] = [];
  const refusals: Refusal[] = [];
  const at = (step: Refusal['at'], done: (error?: Error | null) => void, accept: () => void = done): void => {
    if (refusals[0]?.at !== step) return accept();
    const refusal = refusals.shift()!;
    if ('code' in refusal) done(Object.assign(new Error(refusal.message ?? 'refused by the test'), { responseCode: refusal.code }));
  };

  const server = new SMTPServer({
    authOptional: !credentials,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS', ...(credentials ? [] : ['AUTH' as const])],
    closeTimeout: 100,
    onAuth: (auth, _session, done) => {
      const right = auth.username === credentials?.username && auth.password === credentials?.password;
      done(right ? null : Object.assign(new Error('Invalid username or password'), { responseCode: 535 }), right ? { user: auth.username } : undefined);
    },
    onMailFrom: (_address, _session, done) => at('from', done),
    onRcptTo: (_address, _session, done) => at('to', done),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => at('data', done, () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push(parseMail(Buffer.concat(chunks), { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) }));
        done();
      }));
    },
  });
  server.on('error', () => undefined); // a client that hangs up is part of the tests
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    mails,
    refuseNext: (...next) => void refusals.push(...next),
    received: (count, { withinMs } = {}) => eventually(() => mails.length >= count && mails, { withinMs, describe: `${count} mail(s)` }) as Promise<Mail[]>,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
    }),
  };
}
