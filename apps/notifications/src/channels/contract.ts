import type { Static, TObject } from '@sinclair/typebox';
import type { Outcome } from '@signalbox/delivery-policy';
import type { FieldError } from './config.js';
import type { Notice } from './notice.js';

/**
 * A kind of outbound channel: one folder and one line in `registry.ts`.
 * `render` and `interpret` are pure: what to send, and what the answer means; `transport.ts` does the sending.
 */
export type Channel<S extends TObject = TObject> = HttpChannel<S> | MailChannel<S>;

interface ChannelBase<S extends TObject> {
  readonly kind: string;
  readonly displayName: string;
  /** Other names under which the kind is accepted. */
  readonly aliases?: readonly string[];
  /** What an operator sets (built with `fields.ts`): drives validation, sealing, masking and the console's form. */
  readonly config: S;
  readonly limits: Limits;
  /** Whether the far side recognises a repeat by its id, so that a try with an unknown end may simply be repeated. */
  readonly idempotent: boolean;
  /** Rules that a schema cannot tell; runs only on a config that fits the schema. */
  check?(config: Static<S>): FieldError[];
  /** One line that tells channels apart in a list: never a secret. */
  configSummary(config: Static<S>): string;
  /** Every address that the config makes us connect to: held against the address guard when the config is saved. */
  targets(config: Static<S>): Target[];
}

export interface HttpChannel<S extends TObject = TObject> extends ChannelBase<S> {
  readonly transport: 'http';
  render(notice: Notice, config: Static<S>, context: RenderContext): HttpRequest;
  interpret(answer: HttpAnswer, context: InterpretContext): Outcome;
}

export interface MailChannel<S extends TObject = TObject> extends ChannelBase<S> {
  readonly transport: 'smtp';
  render(notice: Notice, config: Static<S>, context: RenderContext): MailRequest;
  interpret(answer: MailAnswer, context: InterpretContext): Outcome;
}

/** The far side's limits, in UTF-16 units (no far side counts more strictly), and the largest request in bytes. */
export interface Limits {
  readonly title: number;
  readonly body: number;
  readonly fields: number;
  readonly fieldLabel: number;
  readonly fieldValue: number;
  readonly requestBytes: number;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https' | 'smtp' | 'smtps';
}

export interface RenderContext {
  /** The time of this attempt. */
  readonly now: Date;
  /** Counts from 1. */
  readonly attempt: number;
  readonly traceparent?: string;
  /** E-mail: these instead of the configured recipients (a person's own addresses). */
  readonly addressees?: readonly string[];
  /** E-mail: only these of the recipients still lack the message (`Sent.remaining` of the attempt before). */
  readonly recipients?: readonly string[];
}

export interface InterpretContext {
  readonly now: Date;
}

export type Rendered = HttpRequest | MailRequest;

export interface HttpRequest {
  readonly kind: 'http';
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back over HTTP. Header names are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

export interface MailRequest {
  readonly kind: 'smtp';
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` or nothing sent, or `none`. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly auth?: { readonly user: string; readonly pass: string };
  /** PEM of an authority to trust beside the system's. */
  readonly caCertificate?: string;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly message: {
    readonly from: MailAddress;
    readonly to: readonly MailAddress[];
    readonly replyTo?: MailAddress;
    readonly subject: string;
    readonly text: string;
    readonly html: string;
    readonly date: string;
    readonly messageId: string;
    readonly references?: string;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/**
 * How a conversation with a mail server ended. Without `failure` the server took the message for everyone in `accepted`.
 * `rejected` is filled when recipients were refused: some of them, or (with `failure`) all.
 */
export interface MailAnswer {
  readonly messageId: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly { readonly address: string; readonly code: number; readonly response: string }[];
  /** The server's last line. */
  readonly response: string;
  readonly failure?: MailFailure;
}

export interface MailFailure {
  /** nodemailer's code: ECONNECTION, ETIMEDOUT, EAUTH … */
  readonly code: string;
  /** The SMTP reply code, when the server said one. */
  readonly replyCode?: number;
  /** The command that failed: CONN, EHLO, STARTTLS, AUTH PLAIN, MAIL FROM, RCPT TO, DATA. */
  readonly command?: string;
  readonly message: string;
  /** The whole message was written before it failed: it may have been taken. */
  readonly messageWritten: boolean;
}
