import { isISO8601, ValidateBy } from 'class-validator';

const RFC_3339 = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Whether a text is a moment of RFC 3339 (or a date, which begins at midnight UTC) that there is: what
 * ISO 8601 knows beside it (weeks, a second 60, the year 0) is none to Postgres.
 */
export function isInstant(text: unknown): boolean {
  return typeof text === 'string' && RFC_3339.test(text) && !text.startsWith('0000') && isISO8601(text, { strict: true }) && !Number.isNaN(Date.parse(text));
}

/** For a time that comes in, as text. */
export function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isInstant',
    validator: { validate: isInstant, defaultMessage: () => '$property must be a time such as 2026-11-21T09:30:00.000Z' },
  });
}
