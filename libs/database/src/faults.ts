import { isNativeError } from 'node:util/types';
import { REFUSED } from './house-tables.js';

/** Whether an error is Postgres telling of a violated unique constraint (optionally a certain one). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== '23505') return false;
  return constraint === undefined || ('constraint' in error && error.constraint === constraint);
}

/** Whether an error is Postgres telling that a row refers to one that is not there, or is referred to. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503';
}

/**
 * Beside whole classes: read-only (25006), no privilege (42501), no such column (42703),
 * function (42883) or table (42P01): a migration or a grant is on its way.
 */
const WORTH_WAITING = /^(08|28|3D|3F|40|53|57|58|25006|42501|42703|42883|42P01|55P03)/;
/** What `pg` itself says of a connection that is gone or silent. */
const CONNECTION_FAULT = /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout (exceeded|expired)|Query read timeout)/;

/** ECONNREFUSED, ETIMEDOUT and their like (longer than an SQLSTATE, except EPIPE). */
const SYSTEM_FAULT = /^(E[A-Z]{5,}|EPIPE)$/;

/**
 * Whether an error is about the database being away, busy, starting, or not (yet) set up for us, rather than about the data: worth waiting
 * for. SQLSTATE classes 08, 28, 3D, 3F, 40, 53, 57, 58, some more of `WORTH_WAITING`; and faults of the connection itself, which carry none.
 */
export function isDatabaseAway(error: unknown): boolean {
  // Not `instanceof`: what the network says comes from Node's own realm, which under jest is another one.
  if (!isNativeError(error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE' ? WORTH_WAITING.test(code) || isStalePlan(error) : isConnectionFault(error);
}

/** Whether the connection itself is gone, refused or silent. */
export function isConnectionFault(error: unknown): error is Error {
  if (!isNativeError(error) || 'severity' in error) return false;
  return CONNECTION_FAULT.test(error.message) || ('code' in error && typeof error.code === 'string' && SYSTEM_FAULT.test(error.code));
}

/** Whether a server that is there refused a statement for now: a deadlock, a lock, a table that is not there yet. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(25|40|42|55)/.test(error.code);
}

/** Whether a statement gave up waiting for a lock, as its `lock_timeout` told it to. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03';
}

/** Whether the house's `refuse` raised it. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === REFUSED;
}

/** A prepared `select *` after a migration added a column: the connection has to go, and the same work succeeds on another. */
export function isStalePlan(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === '0A000' && error.message.startsWith('cached plan');
}

/** Whether a statement was refused because one before it in its transaction has failed. */
export function isAborted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '25P02';
}
