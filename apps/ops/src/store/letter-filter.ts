import type { LetterState } from '../domain/letters.js';

/** Which letters are meant; what is absent does not narrow. Several values of one field: any of them. */
export interface LetterFilter {
  readonly kind?: readonly string[];
  readonly reason?: readonly string[];
  readonly routeId?: readonly string[];
  readonly channelId?: readonly string[];
  readonly integrationId?: readonly string[];
  readonly destinationHost?: readonly string[];
  readonly state?: readonly LetterState[];
  /** Died at or after. */
  readonly since?: string;
  /** Died before. */
  readonly until?: string;
  /** Part of the detail, the subject or the payload. */
  readonly text?: string;
}

/** Letters by filter, by their ids, or all that died before a time. */
export interface Selection {
  readonly filter?: LetterFilter;
  readonly ids?: readonly string[];
  readonly diedBefore?: Date;
}

/** A condition on `dead_letter_messages d`, and the values of its parameters from $1 on. */
export interface Condition { readonly sql: string; readonly values: readonly unknown[] }

const ANY_OF = {
  kind: 'd.kind = any($::text[])', reason: 'd.reason = any($::text[])',
  state: 'd.state = any($::text[])', destinationHost: 'd.destination_host = any($::text[])',
  routeId: 'd.route_id = any($::uuid[])', channelId: 'd.channel_id = any($::uuid[])', integrationId: 'd.integration_id = any($::uuid[])',
} as const satisfies Partial<Record<keyof LetterFilter, string>>;

/** The condition of a selection within one tenant. */
export function conditionOf(tenantId: string, { filter = {}, ids, diedBefore }: Selection): Condition {
  const values: unknown[] = [tenantId];
  const parts = ['d.tenant_id = $1'];
  const add = (sql: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    parts.push(sql.replaceAll('$', `$${values.length}`));
  };
  for (const [field, sql] of Object.entries(ANY_OF)) add(sql, filter[field as keyof typeof ANY_OF]);
  add('d.died_at >= $::timestamptz', filter.since);
  add('d.died_at < $::timestamptz', filter.until);
  const part = filter.text === undefined ? undefined : `%${filter.text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  add('(d.detail ilike $ or d.subject ilike $ or d.payload::text ilike $)', part);
  add('d.id = any($::uuid[])', ids);
  add('d.died_at < $::timestamptz', diedBefore);
  return { sql: parts.join(' and '), values };
}
