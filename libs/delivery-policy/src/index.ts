export { REASONS, type Outcome, type Reason } from './outcome.js';
export { FAULT_CODES, networkOutcome, type Fault, type FaultCode } from './fault.js';
export { httpOutcome, type HttpAnswer, type HttpOverrides } from './http-outcome.js';
export { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.js';
export {
  DEFAULT_PAUSE_MS,
  NOTIFICATION_SCHEDULE,
  ROUTE_SCHEDULE,
  nextStep,
  onceOnly,
  pauseFarSide,
  type NextStep,
  type Schedule,
} from './next-step.js';
