import type { FieldError } from '../contract.js';
import type { EventDraft } from '../event.js';
import { fields, firstText, type Fields } from '../reading.js';

/** What a reader of one GitHub event makes of its body; the severity is the word of the table, not yet looked up. */
export type Reading =
  | { readonly kind: 'alert'; readonly draft: AlertDraft }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'fault'; readonly error: FieldError };

export interface AlertDraft extends Omit<EventDraft, 'source' | 'severity' | 'client' | 'clientUrl'> {
  readonly severityWord: string | undefined;
}

export type Reader = (body: Fields) => Reading;

export function alert(draft: AlertDraft): Reading {
  return { kind: 'alert', draft };
}

export function ignored(reason: string): Reading {
  return { kind: 'ignored', reason };
}

export function missing(path: string, message: string): Reading {
  return { kind: 'fault', error: { path, message } };
}

export interface Repository {
  /** Stays the same when the repository is renamed or moved. */
  readonly identity: string;
  readonly name: string;
  readonly url: unknown;
}

/** The repository of a body; an organisation's or an app's webhook names it too. Undefined when the body names none. */
export function repositoryOf(body: Fields): Repository | undefined {
  const { id, full_name, name, html_url } = fields(body.repository);
  const identity = firstText(id, full_name, name);
  return identity === undefined ? undefined : { identity, name: firstText(full_name, name) ?? identity, url: html_url };
}

export const NO_REPOSITORY = missing('repository', 'must name the repository (id or full_name): it is part of what the alert is about');
