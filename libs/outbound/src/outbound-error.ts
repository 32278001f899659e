import type { FaultCode } from '@signalbox/delivery-policy';
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

const SENTENCES: Record<Exclude<FaultCode, 'timeout' | 'blocked_address'>, (host: string) => string> = {
  dns: (host) => `the name ${host} could not be resolved`,
  connect: (host) => `could not connect to ${host}`,
  reset: (host) => `${host} closed the connection before it had answered`,
  tls: (host) => `no secure connection to ${host}`,
  bad_response: (host) => `${host} answered something that is not HTTP`,
  invalid_request: () => 'the request cannot be sent as it is configured',
};

const CODES: Record<string, FaultCode> = {
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
  const { code = '', syscall = '', message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const fault = faultCode(code, syscall, requestWritten);
  const detail = fault === 'invalid_request' ? message : code;
  const text = fault === 'timeout' ? `${host} did not answer in time` : SENTENCES[fault](host);
  // A parser error carries the far side's bytes, which may repeat our credentials: keep its code only.
  const options = code.startsWith('HPE_') ? {} : { cause: error };
  return new OutboundError(fault, requestWritten, detail === '' ? text : `${text} (${detail})`, options);
}

function faultCode(code: string, syscall: string, requestWritten: boolean): Exclude<FaultCode, 'blocked_address'> {
  if (syscall === 'getaddrinfo' || code.startsWith('EAI_')) return 'dns';
  if (code === 'ETIMEDOUT') return requestWritten ? 'timeout' : 'connect';
  if (code.startsWith('HPE_')) return 'bad_response';
  const known = CODES[code];
  if (known !== undefined) return known as Exclude<FaultCode, 'blocked_address'>;
  if (TLS_CODE.test(code)) return 'tls';
  return requestWritten ? 'reset' : 'connect';
}
