import type { Outcome, Reason } from '@signalbox/delivery-policy';
import type { MailAnswer, MailFailure } from '../contract.js';
import { cut, oneLine } from '../text.js';

/** What the end of a conversation with a mail server means (RFC 5321 section 4.2; nodemailer's codes from its lib/errors.js). */
export function interpretMail(answer: MailAnswer): Outcome {
  if (answer.rejected.length > 0) return refusedRecipients(answer);
  if (answer.failure !== undefined) return failed(answer.failure);
  return { kind: 'delivered', remoteId: answer.messageId };
}

/** A message that some did not get is not delivered: it is tried again (for those) while one of the refusals may pass. */
function refusedRecipients({ accepted, rejected }: MailAnswer): Outcome {
  const taken = accepted.length === 0 ? '' : `taken for ${accepted.join(', ')}; `;
  const detail = cut(oneLine(taken + rejected.map(({ address, response }) => `refused for ${address}: ${response}`).join('; ')), 500);
  const verdicts = rejected.map(({ code }) => byReplyCode(code, detail));
  return verdicts.find(({ kind }) => kind === 'retry') ?? verdicts.find(({ kind }) => kind === 'disable') ?? verdicts[0]!;
}

/** Replies that say the account is no good: authentication required, too weak, invalid, or encryption required for it. */
const LOGIN_REFUSED = new Set([530, 534, 535, 538]);
/** Storage exceeded, and message too large (RFC 5321, RFC 3463 X.2.3 and X.3.4). */
const TOO_LARGE = new Set([523, 552]);

function byReplyCode(code: number, detail: string): Outcome {
  if (LOGIN_REFUSED.has(code)) return { kind: 'disable', reason: 'authentication', detail };
  if (code >= 400 && code < 500) return { kind: 'retry', reason: 'far_side_error', detail };
  return { kind: 'reject', reason: TOO_LARGE.has(code) ? 'too_large' : 'far_side_refused', detail };
}

function failed({ code, replyCode, command, message, messageWritten }: MailFailure): Outcome {
  const detail = cut(oneLine(message), 500);
  const inConversation = command !== undefined && !/^(?:CONN|EHLO|HELO|LHLO|STARTTLS)$/.test(command);
  if (replyCode !== undefined && inConversation) {
    return command.startsWith('AUTH') && replyCode >= 500 ? { kind: 'disable', reason: 'authentication', detail } : byReplyCode(replyCode, detail);
  }
  const certain = CERTAIN.get(code);
  if (certain !== undefined) return { ...certain, detail };
  // A greeting or EHLO that is refused, a lost connection: nothing is wrong with the message. Once it was written, it may have been taken.
  const reason = replyCode === undefined || code === 'ETLS' ? TRANSIENT.get(code) ?? 'reset' : 'far_side_error';
  return { kind: 'retry', reason, detail, ...(messageWritten ? { ambiguous: true } : {}) };
}

/**
 * Ends that no second try changes. EMESSAGE and EENVELOPE without a reply are
 * nodemailer's own: larger than the server's SIZE, an address it cannot send to.
 */
const CERTAIN: ReadonlyMap<string, { kind: 'reject' | 'disable'; reason: Reason }> = new Map([
  ['EAUTH', { kind: 'disable', reason: 'authentication' }], ['ENOAUTH', { kind: 'disable', reason: 'authentication' }],
  ['EOAUTH2', { kind: 'disable', reason: 'authentication' }], ['ECONFIG', { kind: 'disable', reason: 'config' }],
  ['EREQUIRETLS', { kind: 'disable', reason: 'tls' }],
  ['EMESSAGE', { kind: 'reject', reason: 'too_large' }], ['EENVELOPE', { kind: 'reject', reason: 'payload_refused' }],
  ['EMAXRECIPIENTS', { kind: 'reject', reason: 'payload_refused' }], ['ESTREAM', { kind: 'reject', reason: 'payload_refused' }],
] as const);

const TRANSIENT: ReadonlyMap<string, Reason> = new Map([
  ['ETIMEDOUT', 'timeout'], ['EDNS', 'dns'], ['ETLS', 'tls'], ['ECONNECTION', 'reset'], ['ESOCKET', 'reset'], ['EPROTOCOL', 'bad_response'],
] as const);
