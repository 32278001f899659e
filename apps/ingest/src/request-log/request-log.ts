import type { Metrics } from '@signalbox/runtime';
import type { GatewayAnswer } from '../gateway/answers.js';
import type { GatewayRequest } from '../gateway/request.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { requestRow, type RequestRow } from './request-row.js';
import { Sampling } from './sampling.js';
import { Tallies, type Tally } from './tallies.js';

/** What may wait to be written; the writer comes twice a second. */
const MOST_ROWS = 1_000;
const MOST_BODY_BYTES = 4 * 1024 ** 2;

export interface RequestLogOptions {
  /** False: requests are counted, and none is kept. */
  readonly keeps: boolean;
  readonly trustedProxies: number;
}

/** Notes what arrives at known integrations, in memory and at once: `RequestLogWriter` takes it from there. Never waits, never throws at a sender. */
export class RequestLog {
  private readonly tallies = new Tallies();
  private readonly sampling = new Sampling();
  private rows: RequestRow[] = [];
  private bodyBytes = 0;
  private readonly left: ReturnType<typeof leftOut>;

  constructor(private readonly options: RequestLogOptions, metrics: Metrics) {
    this.left = leftOut(metrics);
  }

  /** A request that was answered after `durationMs`. Nothing is noted of one whose integration nobody knows. */
  note(request: GatewayRequest, answer: GatewayAnswer, durationMs: number): void {
    const { integration } = request.seen;
    if (integration === undefined) return;
    try {
      this.count(integration, request, answer, durationMs);
      if (this.options.keeps) this.keep(integration, request, answer, durationMs);
    } catch {
      this.left.inc({ what: 'request', why: 'fault' });
    }
  }

  /** All that waits to be written: gone from here. */
  takeRows(): RequestRow[] {
    const taken = this.rows;
    this.rows = [];
    this.bodyBytes = 0;
    return taken;
  }

  takeTallies(): Tally[] {
    return this.tallies.take();
  }

  /** They could not be written: they are, next time. */
  giveBack(tallies: readonly Tally[]): void {
    const lost = this.tallies.giveBack(tallies);
    if (lost > 0) this.left.inc({ what: 'count', why: 'full' }, lost);
  }

  /** They could not be written, and are not kept for it. */
  lose(rows: readonly RequestRow[]): void {
    this.left.inc({ what: 'request', why: 'database' }, rows.length);
  }

  private count(integration: LiveIntegration, request: GatewayRequest, { status, noted }: GatewayAnswer, durationMs: number): void {
    const counted = this.tallies.add(integration, { at: request.now.getTime(), status, events: noted?.events ?? 0, durationMs, reason: noted?.reason });
    if (!counted) this.left.inc({ what: 'count', why: 'full' });
  }

  private keep(integration: LiveIntegration, request: GatewayRequest, answer: GatewayAnswer, durationMs: number): void {
    const kept = this.sampling.take(integration.id, answer.status >= 400, request.now.getTime());
    if (kept === 'not') return this.left.inc({ what: 'request', why: 'sampled' });
    if (this.rows.length >= MOST_ROWS) return this.left.inc({ what: 'request', why: 'full' });
    const withBody = kept === 'whole' && this.bodyBytes < MOST_BODY_BYTES;
    const row = requestRow(integration, request, answer, durationMs, { withBody, trustedProxies: this.options.trustedProxies });
    this.bodyBytes += row.body?.length ?? 0;
    this.rows.push(row);
  }
}

function leftOut(metrics: Metrics) {
  return metrics.counter(
    'request_log_left_out_total',
    'requests that the request log does not hold (what request) or that health does not count (what count)',
    ['what', 'why'],
  );
}
