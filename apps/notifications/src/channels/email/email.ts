import { Type, type Static } from '@sinclair/typebox';
import type { FieldError } from '../config.js';
import type { Limits, MailChannel, RenderContext } from '../contract.js';
import { choice, mailbox, parseMailbox, secretText } from '../fields.js';
import type { Notice } from '../notice.js';
import { headline } from '../presentation.js';
import { cut, oneLine } from '../text.js';
import { interpretMail } from './answer.js';
import { htmlBody, textBody } from './body.js';

const config = Type.Object({
  host: Type.String({
    title: 'Host', description: 'The mail server, such as smtp.example.com.', minLength: 1, maxLength: 253,
    pattern: '^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+)$', problem: 'must be a host name or an IP address, such as smtp.example.com',
  }),
  port: Type.Integer({ title: 'Port', description: '587 with STARTTLS, 465 with TLS, 25 without.', minimum: 1, maximum: 65_535, default: 587 }),
  security: choice(['starttls', 'tls', 'none'], {
    title: 'Security',
    description: 'starttls: encrypt before anything is said, or send nothing. tls: encrypted from the first byte. none: in the clear.',
    default: 'starttls',
  }),
  username: Type.Optional(Type.String({ title: 'User name', description: 'Leave empty when the server needs none.', minLength: 1, maxLength: 320 })),
  password: Type.Optional(secretText({ title: 'Password', description: 'Only ever sent over an encrypted connection.' })),
  caCertificate: Type.Optional(Type.String({
    title: 'Certificate authority', description: 'PEM of the authority that signed the server\'s certificate, when it is your own.', maxLength: 65_536,
    pattern: '-----BEGIN CERTIFICATE-----', problem: 'must be a PEM certificate (-----BEGIN CERTIFICATE-----)',
  })),
  from: mailbox({ title: 'From', description: 'The sender: ops@example.com or Ops <ops@example.com>.' }),
  to: Type.Array(mailbox({ title: 'Recipient', description: 'An address.' }), {
    title: 'To', description: 'Who gets each notification, in one message.', minItems: 1, maxItems: 50,
  }),
  replyTo: Type.Optional(mailbox({ title: 'Reply to', description: 'Where answers go, when not to the sender.' })),
}, { additionalProperties: false });

type Config = Static<typeof config>;

const limits: Limits = { title: 200, body: 20_000, fields: 50, fieldLabel: 200, fieldValue: 1000, requestBytes: 1_048_576 };

/** E-mail over SMTP, as text and HTML. */
export const email: MailChannel<typeof config> = {
  kind: 'email',
  displayName: 'E-mail (SMTP)',
  aliases: ['smtp'],
  transport: 'smtp',
  config,
  limits,
  idempotent: true,
  check: loginFaults,
  configSummary: ({ host, to }) => `${parseMailbox(to[0]!).address}${to.length > 1 ? ` and ${to.length - 1} more` : ''} by ${host}`,
  targets: ({ host, port, security }) => [{ host, port, scheme: security === 'tls' ? 'smtps' : 'smtp' }],
  render,
  interpret: (answer) => interpretMail(answer),
};

function render(notice: Notice, settings: Config, { now, addressees, recipients }: RenderContext): ReturnType<(typeof email)['render']> {
  const { host, port, security, username, password, caCertificate, replyTo } = settings;
  const from = parseMailbox(settings.from);
  const to = (addressees ?? settings.to).map(parseMailbox);
  const left = to.filter(({ address }) => recipients?.includes(address));
  // None left: the recipients were changed since the try before.
  const wanted = left.length === 0 ? to : left;
  return {
    kind: 'smtp', host, port, security,
    ...(username === undefined || password === undefined ? {} : { auth: { user: username, pass: password } }),
    ...(caCertificate === undefined ? {} : { caCertificate }),
    envelope: { from: from.address, to: [...new Set(wanted.map(({ address }) => address))] },
    message: {
      from, to,
      ...(replyTo === undefined ? {} : { replyTo: parseMailbox(replyTo) }),
      subject: subject(notice),
      text: textBody(notice, limits),
      html: htmlBody(notice, limits),
      date: mailDate(now),
      ...threading(notice, from.address),
      headers: {
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
        'X-Signalbox-Trace': notice.traceId,
        ...(notice.urgency === 'HIGH' ? { Importance: 'high' } : {}),
      },
    },
  };
}

/**
 * As RFC 5322 (3.3) wants it, "Sat, 21 Nov 2026 12:00:00 +0000": nodemailer sends
 * a text as it is, and spam filters hold a date of another form against a mail.
 */
const mailDate = (at: Date): string => at.toUTCString().replace('GMT', '+0000');

/** What calls for somebody: for its reader it is often the first mail of the incident, and never an answer. */
const CALLS: readonly string[] = ['incident.triggered', 'incident.escalated', 'incident.escalation_exhausted'];

/** One subject for the life of an incident, because mail programs thread by it too; the news is the first line of the text. */
function subject(notice: Notice): string {
  const { incident } = notice;
  if (incident === undefined) return headline(notice, limits.title);
  const start = `${CALLS.includes(notice.eventType) ? '' : 'Re: '}[#${incident.number}] `;
  return start + cut(oneLine(incident.title), limits.title - start.length);
}

/** The same Message-ID on every try, so that a receiver drops a repeat; an incident's messages refer to one root and so form a thread. */
function threading(notice: Notice, sender: string): { messageId: string; references?: string } {
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  return {
    messageId: `<${notice.notificationId}@${domain}>`,
    ...(notice.incident === undefined ? {} : { references: `<${notice.incident.id}@${domain}>` }),
  };
}

function loginFaults({ username, password, security }: Config): FieldError[] {
  if (username !== undefined && password === undefined) return [{ path: '/password', message: 'is required with a user name' }];
  if (password !== undefined && username === undefined) return [{ path: '/username', message: 'is required with a password' }];
  if (password !== undefined && security === 'none') return [{ path: '/security', message: 'must be starttls or tls when there is a password' }];
  return [];
}
