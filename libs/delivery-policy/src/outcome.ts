/**
 * Why an attempt did not end in a delivery. The closed list is also the label of every metric about failures,
 * so a reason is never free text: the far side's own words go into `detail`.
 */
export const REASONS = [
  'dns',
  'connect',
  'timeout',
  'reset',
  'tls',
  'blocked_address',
  'rate_limited',
  'far_side_error',
  'far_side_refused',
  'bad_response',
  'authentication',
  'not_found',
  'gone',
  'payload_refused',
  'too_large',
  'template',
  'config',
  'worker_died',
  'ambiguous',
  'held_too_long',
  'expired',
  'target_deleted',
  'unprocessable',
] as const;

export type Reason = (typeof REASONS)[number];

/** What one attempt came to. An adapter says what happened; it never decides whether or when to try again. */
export type Outcome =
  /** The far side has it. */
  | { readonly kind: 'delivered'; readonly remoteId?: string }
  /** The far side took it and will report later (by callback) what became of it. */
  | { readonly kind: 'accepted'; readonly remoteId: string }
  /** Worth another try. `afterMs` is the far side's own wish (Retry-After) and is obeyed in full. `ambiguous`: the request may have been carried out. */
  | { readonly kind: 'retry'; readonly reason: Reason; readonly detail?: string; readonly afterMs?: number; readonly ambiguous?: boolean }
  /** This message will never be taken. */
  | { readonly kind: 'reject'; readonly reason: Reason; readonly detail?: string }
  /** Nothing will ever be taken until an operator mends the channel or destination. */
  | { readonly kind: 'disable'; readonly reason: Reason; readonly detail?: string };
