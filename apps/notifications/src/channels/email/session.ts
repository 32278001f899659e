import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MailAnswer, MailFailure, MailRequest } from '../contract.js';

/**
 * Holds one SMTP conversation over a socket that is already connected (and was vetted by the address guard), and says how it ended.
 * Never throws for what the far side does. The socket is closed at the end, and after `timeoutMs` at the latest.
 */
export async function converse(socket: Socket, request: MailRequest, timeoutMs: number): Promise<MailAnswer> {
  const source = await compose(request);
  const { messageId } = request.message;
  const message = Readable.from([source]);
  let messageWritten = false;
  message.once('end', () => { messageWritten = true; });

  return await new Promise<MailAnswer>((resolve) => {
    const connection = new SMTPConnection({
      host: request.host,
      port: request.port,
      connection: socket,
      secure: request.security === 'tls',
      requireTLS: request.security === 'starttls',
      ignoreTLS: request.security === 'none',
      tls: { minVersion: 'TLSv1.2', ...(request.caCertificate === undefined ? {} : { ca: request.caCertificate }) },
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      logger: false,
    });
    const end = (answer: MailAnswer) => {
      clearTimeout(deadline);
      resolve(answer); // first: closing emits 'end', which must not be taken for the far side's doing
      connection.close();
    };
    const fail = (error: MailError) => {
      // An error in the middle of the TLS handshake comes as a plain socket error.
      if ((connection as { upgrading?: boolean }).upgrading === true) error.code = 'ETLS';
      end(failedAnswer(messageId, error, messageWritten));
    };
    const deadline = setTimeout(() => fail(Object.assign(new Error(`no end after ${timeoutMs} ms`), { code: 'ETIMEDOUT' })), timeoutMs);

    const send = () => connection.send({ ...request.envelope, to: [...request.envelope.to], size: source.length }, message, (error, info) =>
      error === null ? end({ messageId, accepted: info.accepted, rejected: refusals(info.rejectedErrors), response: info.response }) : fail(error));
    connection.on('error', fail);
    connection.once('end', () => fail(Object.assign(new Error('the server closed the connection'), { code: 'ECONNECTION' })));
    connection.connect((error) => {
      if (error !== undefined) fail(error);
      else if (request.auth === undefined) send();
      else connection.login({ credentials: { ...request.auth } }, (refused) => (refused ? fail(refused) : send()));
    });
  });
}

/** The message as it goes over the wire. Nothing in it can make nodemailer read a file or fetch an address. */
async function compose({ message }: MailRequest): Promise<Buffer> {
  return await new MailComposer({
    ...message,
    to: [...message.to],
    headers: { ...message.headers },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile().build();
}

/** What nodemailer says beyond its type declarations: which recipients were refused, and how. */
type MailError = SMTPConnection.SMTPError & { readonly recipient?: string; readonly rejectedErrors?: readonly MailError[] };

function failedAnswer(messageId: string, error: MailError, messageWritten: boolean): MailAnswer {
  const failure: MailFailure = {
    code: error.code ?? 'ECONNECTION',
    ...(typeof error.responseCode === 'number' ? { replyCode: error.responseCode } : {}),
    ...(error.command === undefined ? {} : { command: error.command }),
    message: error.message,
    messageWritten,
  };
  return { messageId, accepted: [], rejected: refusals(error.rejectedErrors), response: error.response ?? '', failure };
}

function refusals(errors: readonly MailError[] | undefined): MailAnswer['rejected'] {
  return (errors ?? []).map(({ recipient, responseCode, response, message }) => ({
    address: recipient ?? '', code: responseCode ?? 500, response: response ?? message,
  }));
}
