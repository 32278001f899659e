import type { Outcome, Reason } from './outcome.js';

/** Every way in which an exchange with a far side can fail before it has answered. A closed list, free of any library's own codes. */
export const FAULT_CODES = ['dns', 'connect', 'reset', 'timeout', 'tls', 'blocked_address', 'bad_response', 'invalid_request'] as const;

export type FaultCode = (typeof FAULT_CODES)[number];

/** A failed exchange. `requestWritten`: bytes of the request have left us, so the far side may have carried it out. */
export interface Fault {
  readonly code: FaultCode;
  readonly requestWritten: boolean;
  /** What to show the user; must hold no secret. */
  readonly message?: string;
}

/** Faults that another try cannot mend: our own guard or the request itself refuses. */
const HOPELESS: Partial<Record<FaultCode, Reason>> = { blocked_address: 'blocked_address', invalid_request: 'config' };

/** The outcome of an exchange that brought no usable answer. Whatever was written before the line broke may have been carried out: ambiguous. */
export function networkOutcome(fault: Fault): Outcome {
  const detail = fault.message === undefined ? {} : { detail: fault.message };
  const hopeless = HOPELESS[fault.code];
  if (hopeless !== undefined) return { kind: 'reject', reason: hopeless, ...detail };
  const reason = fault.code as Exclude<FaultCode, 'invalid_request'>;
  return { kind: 'retry', reason, ...detail, ...(fault.requestWritten ? { ambiguous: true } : {}) };
}
