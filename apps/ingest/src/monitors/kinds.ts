import type { CheckResult } from './domain/certificate.js';
import type { Decision, Told } from './domain/decision.js';
import { decideHeartbeat, endHeartbeat, type HeartbeatConfig, type HeartbeatState } from './domain/heartbeat.js';
import { decideObligation, type ObligationConfig, type ObligationState } from './domain/obligation.js';
import { decideTls, endTls, type TlsConfig, type TlsState } from './domain/tls-monitor.js';
import type { DueMonitor } from './due-table.js';

/** What a due monitor does whose row says everything. */
export function decideByClock(monitor: DueMonitor, now: Date): Decision<object> {
  switch (monitor.kind) {
    case 'heartbeat': return decideHeartbeat(heartbeatOf(monitor), now);
    case 'obligation': return decideObligation(obligationOf(monitor), now);
    case 'tls': throw new TypeError('a TLS monitor needs a check');
  }
}

/** What a monitor does after its far side was looked at. */
export function decideAfterCheck(monitor: DueMonitor, result: CheckResult, now: Date): Decision<object> {
  return decideTls(tlsOf(monitor), result, now);
}

/** The state of a monitor that was due while its tenant was disabled: nothing is decided, and nothing told. */
export function suspended({ kind, state }: DueMonitor, now: Date): object {
  return kind === 'heartbeat' ? { ...state, suspendedAt: now.toISOString() } : state;
}

/** What is told when nobody watches it any more, and the state after that. */
export function endOf(monitor: DueMonitor, why: string, now: Date): { state: object; told: Told[] } {
  switch (monitor.kind) {
    case 'heartbeat': return endHeartbeat(heartbeatOf(monitor), why, now);
    case 'tls': return endTls(tlsOf(monitor), why, now);
    case 'obligation': return { state: monitor.state, told: [] };
  }
}

function heartbeatOf({ name, config, state, lastBeatAt }: DueMonitor) {
  return { name, config: config as HeartbeatConfig, state: state as HeartbeatState, lastBeatAt };
}

function tlsOf({ id, name, config, state }: DueMonitor) {
  return { id, name, config: config as TlsConfig, state: state as TlsState };
}

function obligationOf({ id, name, config, state }: DueMonitor) {
  return { id, name, config: config as ObligationConfig, state: state as ObligationState };
}
