import type { EventDraft } from '../event.js';
import type { FieldError } from '../contract.js';

/** What a reader makes of one message; the severity is a word of the table, not yet looked up. */
export type Reading =
  | { readonly kind: 'alert'; readonly draft: AlertDraft }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'fault'; readonly error: FieldError };

export interface AlertDraft extends Omit<EventDraft, 'severity' | 'client'> {
  readonly severityWord: string | undefined;
}

export function alert(draft: AlertDraft): Reading {
  return { kind: 'alert', draft };
}

export function ignored(reason: string): Reading {
  return { kind: 'ignored', reason };
}

export const NAMESPACE = 'google-cloud-monitoring';
