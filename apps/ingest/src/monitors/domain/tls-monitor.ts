import type { CheckResult } from './certificate.js';
import { NO_EPISODES, closed, opened, type Decision, type Episodes, type EventTold, type NoticeTold } from './decision.js';

export interface TlsConfig {
  readonly host: string;
  readonly port: number;
  /** The name that is asked for and must be in the certificate; null: the host. */
  readonly serverName: string | null;
  /** Days before the end at which it is told, largest first. */
  readonly warnDays: readonly number[];
  readonly intervalSeconds: number;
}

export type TlsClass = 'ssl_expiry' | 'ssl_failure';

export interface TlsState {
  readonly episodes: Episodes;
  /** What the open episode is about. */
  readonly about: TlsClass | null;
  /** The smallest of the warning days that has been told of this certificate. */
  readonly warned: number | null;
  /** Checks in a row that failed. */
  readonly misses: number;
  readonly lastCheck: CheckResult | null;
}

export const NEW_TLS_MONITOR: TlsState = { episodes: NO_EPISODES, about: null, warned: null, misses: 0, lastCheck: null };

/** How a monitor is shown. */
export interface TlsStatus {
  /** What the last check saw. */
  readonly state: 'new' | 'ok' | 'expiring' | 'failing';
  /** In a row, since it was made or last resumed. */
  readonly failedChecks: number;
  /** Why the last check failed; null when it did not. */
  readonly lastError: string | null;
  /** Of the incident that it has open. */
  readonly incidentClass: TlsClass | null;
}

/** A server that cannot be reached is believed to be in trouble after so many checks in a row; a certificate that is wrong, at once. */
export const MISSES_BELIEVED = 3;
const AGAIN_AFTER_MISS_MS = 30_000;
const DAY_MS = 86_400_000;

export interface CheckedMonitor { readonly id: string; readonly name: string; readonly config: TlsConfig; readonly state: TlsState }

/** What a check means. Nothing is told twice: an episode opens when the trouble begins or changes its kind, and closes when it is over. */
export function decideTls({ id, name, config, state }: CheckedMonitor, result: CheckResult, now: Date): Decision<TlsState> {
  const about = classOf(result);
  const misses = about === 'ssl_failure' ? state.misses + 1 : 0;
  const unsure = sawNothing(result) && misses < MISSES_BELIEVED && state.about !== 'ssl_failure';
  const dueAt = new Date(now.getTime() + (unsure ? Math.min(AGAIN_AFTER_MISS_MS, config.intervalSeconds * 1_000) : config.intervalSeconds * 1_000));
  const base = { ...state, misses, lastCheck: result };
  if (unsure) return { state: base, dueAt, told: [] };
  const warned = about === 'ssl_expiry' ? smallestPassed(config.warnDays, result, now) : null;
  if (about === state.about) {
    const isCloser = warned !== null && state.warned !== null && warned < state.warned;
    return { state: { ...base, warned }, dueAt, told: isCloser ? [closerNotice(id, name, result, warned)] : [] };
  }
  // An acknowledgement of 'expires in 30 days' must not silence 'has expired': another kind of trouble is another incident.
  const ended = state.about === null ? { episodes: state.episodes, told: [] } : end(state, name, result, now);
  if (about === null) return { state: { ...base, episodes: ended.episodes, about, warned }, dueAt, told: ended.told };
  const trouble = { class: about, severity: SEVERITY[about], summary: summaryOf(about, name, result), details: detailsOf(name, config, result) };
  const begun = opened(ended.episodes, trouble, now);
  return { state: { ...base, episodes: begun.episodes, about, warned }, dueAt, told: [...ended.told, begun.told] };
}

/** Ends what is open because nobody watches it any more (it was paused or deleted). */
export function endTls({ name, config, state }: Omit<CheckedMonitor, 'id'>, why: string, now: Date): { state: TlsState; told: EventTold[] } {
  if (state.about === null) return { state: { ...state, misses: 0 }, told: [] };
  const details = { monitor: name, host: config.host, port: config.port };
  const { episodes, told } = closed(state.episodes, { class: state.about, severity: SEVERITY[state.about], summary: `${name} ${why}`, details }, now);
  return { state: { ...state, episodes, about: null, warned: null, misses: 0 }, told: [told] };
}

/** How a monitor stands: at once what its last check saw, though not everything is told at once. */
export function tlsStatus({ about, misses, lastCheck }: TlsState): TlsStatus {
  const seen = lastCheck === null ? null : classOf(lastCheck);
  const state = lastCheck === null ? 'new' : seen === null ? 'ok' : seen === 'ssl_expiry' ? 'expiring' : 'failing';
  return { state, failedChecks: misses, lastError: seen === 'ssl_failure' ? faultsOf(lastCheck!) : null, incidentClass: about };
}

const SEVERITY = { ssl_expiry: 'error', ssl_failure: 'critical' } as const;

function classOf({ problems }: CheckResult): TlsClass | null {
  if (problems.length === 0) return null;
  return problems.every(({ code }) => code === 'expiring') ? 'ssl_expiry' : 'ssl_failure';
}

function sawNothing({ problems }: CheckResult): boolean {
  return problems.some(({ code }) => code === 'unreachable' || code === 'handshake');
}

function end({ episodes, about }: TlsState, name: string, result: CheckResult, now: Date): { episodes: Episodes; told: EventTold[] } {
  const summary = result.ok ? `The certificate of ${name} is good again` : summaryOf(classOf(result)!, name, result);
  const ended = closed(episodes, { class: about!, severity: SEVERITY[about!], summary, details: { monitor: name } }, now);
  return { episodes: ended.episodes, told: [ended.told] };
}

function smallestPassed(warnDays: readonly number[], { certificate }: CheckResult, now: Date): number {
  const daysLeft = (Date.parse(certificate!.validTo) - now.getTime()) / DAY_MS;
  return Math.min(...warnDays.filter((days) => daysLeft <= days));
}

function summaryOf(about: TlsClass, name: string, result: CheckResult): string {
  return about === 'ssl_expiry' ? `The certificate of ${name} ends in ${inDays(result.daysLeft!)}` : `${name}: ${faultsOf(result)}`;
}

function faultsOf({ problems }: CheckResult): string {
  return problems.filter(({ code }) => code !== 'expiring').map(({ message }) => message).join(' ');
}

function inDays(days: number): string {
  if (days === 0) return 'less than a day';
  return days === 1 ? '1 day' : `${days} days`;
}

function detailsOf(name: string, { host, port }: TlsConfig, { problems, daysLeft, certificate }: CheckResult): Record<string, unknown> {
  return {
    monitor: name, host, port, problems, daysLeft, validTo: certificate?.validTo ?? null,
    issuer: certificate?.issuer ?? null, subject: certificate?.subject ?? null,
  };
}

/** The incident is open already and would not be told again: each further warning is a notice. */
function closerNotice(id: string, name: string, result: CheckResult, warned: number): NoticeTold {
  const { fingerprint, validTo } = result.certificate!;
  return {
    tell: 'notice', key: `${fingerprint}/${warned}`, eventType: 'ssl_expiry', severity: SEVERITY.ssl_expiry, title: summaryOf('ssl_expiry', name, result),
    fingerprint: `ssl_expiry/${id}/${warned}`, fields: [{ label: 'Ends', value: validTo }],
  };
}
