import type { Dispatcher } from 'undici';
import { OutboundError, outboundError } from './outbound-error.js';

export interface OutboundRequest {
  readonly method: string;
  /** Absolute http(s) URL. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything: waiting for a connection, connecting, writing, and reading the whole answer. */
  readonly timeoutMs?: number;
  /** The answer is read up to here, then the connection is closed. */
  readonly maxResponseBytes?: number;
}

export interface OutboundResponse {
  readonly status: number;
  /** Lower-case names; repeated headers are joined by a comma. */
  readonly headers: Record<string, string>;
  /** UTF-8, cut at `maxResponseBytes`. */
  readonly body: string;
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** Thrown into undici when a request is due that nobody waits for any more: it is then dropped unsent and its connection kept. */
const ABANDONED = new Error('abandoned');

/** One request and its answer, as undici reports them. Settles exactly once. */
export class HttpExchange implements Dispatcher.DispatchHandler {
  private readonly startedAtMs = performance.now();
  private readonly timer: NodeJS.Timeout;
  private controller: Dispatcher.DispatchController | undefined;
  private settled = false;
  private status = 0;
  private headers: Record<string, string> = {};
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly host: string,
    private readonly timeoutMs: number,
    private readonly maxResponseBytes: number,
    private readonly resolve: (response: OutboundResponse) => void,
    private readonly reject: (error: OutboundError) => void,
  ) {
    this.timer = setTimeout(() => this.onTimeout(), timeoutMs);
  }

  /** The request is about to be written: from here on the far side may act on it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.settled) throw ABANDONED;
    this.controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.status = status;
    this.headers = joined(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size <= this.maxResponseBytes) return;
    this.finish(true);
    controller.abort(ABANDONED);
  }

  onResponseEnd(): void {
    this.finish(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.fail(outboundError(error, this.host, this.controller !== undefined));
  }

  private onTimeout(): void {
    const { controller } = this;
    this.fail(new OutboundError('timeout', controller !== undefined, `no complete answer from ${this.host} within ${this.timeoutMs} ms`));
    controller?.abort(ABANDONED);
  }

  private finish(truncated: boolean): void {
    if (!this.settle()) return;
    const durationMs = Math.round(performance.now() - this.startedAtMs);
    this.resolve({ status: this.status, headers: this.headers, body: this.text(truncated), truncated, durationMs });
  }

  private fail(error: OutboundError): void {
    if (this.settle()) this.reject(error);
  }

  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.timer);
    return true;
  }

  /** Decoding as a stream leaves out a character that the cut has halved. */
  private text(truncated: boolean): string {
    const [first] = this.chunks;
    if (first === undefined) return '';
    const bytes = this.chunks.length === 1 ? first : Buffer.concat(this.chunks, this.size);
    return truncated ? new TextDecoder().decode(bytes.subarray(0, this.maxResponseBytes), { stream: true }) : bytes.toString('utf8');
  }
}

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}
