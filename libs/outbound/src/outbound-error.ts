import type { FaultCode } from '@signalbox/delivery-policy';
import { errors } from 'undici';
import { BlockedAddressError } from './blocked-address-error.js';

/**
 * An exchange that brought no answer. `requestWritten`: bytes had left, so the far side may have acted on them.
 * Fits `networkOutcome` as it is. The message names at most the host: paths, queries and credentials can be secrets.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';

  constructor(
    readonly code: FaultCode,
    readonly requestWritten: boolean,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

type UnblockedFault = Exclude<FaultCode, 'blocked_address'>;

const SENTENCES: Record<UnblockedFault, (host: string) => string> = {
  timeout: (host) => `${host} did not answer in time`,
  dns: (host) => `the name ${host} could not be resolved`,
  connect: (host) => `could not connect to ${host}`,
  reset: (host) => `${host} closed the connection before it had answered`,
  tls: (host) => `no secure connection to ${host}`,
  bad_response: (host) => `${host} answered something that is not HTTP`,
  invalid_request: () => 'the request cannot be sent as it is configured',
};

const CODES: Record<string, UnblockedFault> = {
  ECONNREFUSED: 'connect',
  EHOSTUNREACH: 'connect',
  ENETUNREACH: 'connect',
  EADDRNOTAVAIL: 'connect',
  UND_ERR_CONNECT_TIMEOUT: 'connect',
  UND_ERR_CLOSED: 'connect',
  UND_ERR_DESTROYED: 'connect',
  UND_ERR_SOCKET: 'reset',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_HEADERS_OVERFLOW: 'bad_response',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'bad_response',
  UND_ERR_INVALID_ARG: 'invalid_request',
  UND_ERR_NOT_SUPPORTED: 'invalid_request',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'invalid_request',
  ENOTFOUND: 'dns',
};

/** OpenSSL's and Node's names for whatever goes wrong with a certificate or a handshake. */
const TLS_CODE = /CERT|TLS|SSL|CRL|LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|^EPROTO$/;

/** Sorts any error of a socket, DNS, TLS or undici into a fault. `host` appears in the message. */
export function outboundError(error: unknown, host: string, requestWritten: boolean): OutboundError {
  if (error instanceof OutboundError) return error;
  if (error instanceof BlockedAddressError) return new OutboundError('blocked_address', requestWritten, error.message, { cause: error });
  // Not kept as the cause: it carries the far side's bytes, and those may repeat our credentials.
  if (error instanceof errors.HTTPParserError) return new OutboundError('bad_response', requestWritten, SENTENCES.bad_response(host));
  const { code = '', syscall = '', message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const fault = faultCode(code, syscall, requestWritten);
  const detail = fault === 'invalid_request' ? message : code;
  return new OutboundError(fault, requestWritten, detail === '' ? SENTENCES[fault](host) : `${SENTENCES[fault](host)} (${detail})`, { cause: error });
}

function faultCode(code: string, syscall: string, requestWritten: boolean): UnblockedFault {
  if (syscall === 'getaddrinfo' || code.startsWith('EAI_')) return 'dns';
  if (code === 'ETIMEDOUT') return requestWritten ? 'timeout' : 'connect';
  const known = CODES[code];
  if (known !== undefined) return known;
  if (TLS_CODE.test(code)) return 'tls';
  return requestWritten ? 'reset' : 'connect';
}
