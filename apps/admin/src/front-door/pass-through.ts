import { Problem, unavailable } from '@signalbox/http-api';
import { Agent, request as send, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { headersToClient } from './headers.js';

/** A connection that a service closes unused is worth trying again for these: they change nothing. */
const REPEATABLE = new Set(['GET', 'HEAD']);

/** Passes requests on to our own services over kept connections, both bodies as they stream. */
export class PassThrough {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 64 });
  /** Streams of events keep their connections for themselves: however many there are, other requests find one. */
  private readonly streams = new Agent();
  private ending = false;
  private readonly flowing = new Map<ServerResponse, IncomingMessage>();

  /** `timeoutMs`: how long a service may keep silent; a stream of events may for ever. */
  constructor(private readonly timeoutMs: number) {}

  /** Resolves with the status once the answer has begun to flow. Throws a problem when there is none: 503 service away, 504 no answer in time. */
  async pass(request: IncomingMessage, response: ServerResponse, target: { service: string; url: string; headers: OutgoingHttpHeaders }): Promise<number> {
    for (let repeated = false; ; repeated = true) {
      const upstream = send(new URL(target.url), {
        agent: STREAM.test(request.url ?? '') ? this.streams : this.agent, method: request.method,
        path: request.url, headers: target.headers, timeout: this.timeoutMs,
      });
      try {
        const answer = await answerTo(upstream, request, response);
        if (isStream(answer)) this.keep(response, answer, upstream);
        const status = relay(answer, upstream, response);
        if (this.ending) this.endStreams();
        return status;
      } catch (error) {
        const stale = upstream.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
        if (stale && !repeated && REPEATABLE.has(request.method ?? '') && !response.destroyed) continue;
        throw problemOf(error, target.service);
      }
    }
  }

  /** Ends the streams of events that flow, as their services would: a shutdown does not wait for them. */
  endStreams(): void {
    this.ending = true;
    for (const [response, answer] of this.flowing) {
      answer.unpipe(response);
      response.end();
    }
  }

  close(): void {
    this.agent.destroy();
    this.streams.destroy();
  }

  private keep(response: ServerResponse, answer: IncomingMessage, upstream: ClientRequest): void {
    // Who comes again after the end comes by another connection, which a front door that stops does not take.
    response.shouldKeepAlive = false;
    this.flowing.set(response, answer);
    response.once('close', () => {
      this.flowing.delete(response);
      upstream.destroy();
    });
  }
}

const STREAM = /^[^?]*\/stream(\?|$)/;

function isStream(answer: IncomingMessage): boolean {
  return answer.headers['content-type']?.startsWith('text/event-stream') === true;
}

class SilentError extends Error {}

/** Sends the request's body along and waits for the head of the answer. A client that goes away takes its request with it. */
function answerTo(upstream: ClientRequest, request: IncomingMessage, response: ServerResponse): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.once('timeout', () => upstream.destroy(new SilentError()));
    upstream.on('error', (error) => {
      request.unpipe(upstream);
      reject(error);
    });
    response.once('close', () => { if (!response.writableFinished) upstream.destroy(); });
    request.pipe(upstream);
  });
}

function relay(answer: IncomingMessage, upstream: ClientRequest, response: ServerResponse): number {
  const status = answer.statusCode ?? 502;
  if (isStream(answer)) upstream.setTimeout(0);
  response.writeHead(status, headersToClient(answer.headers));
  response.flushHeaders();
  // An answer that breaks off in the middle must not look whole.
  answer.once('error', () => response.destroy());
  answer.once('close', () => { if (!answer.complete) response.destroy(); });
  answer.pipe(response);
  return status;
}

function problemOf(error: unknown, service: string): Problem {
  if (error instanceof SilentError) {
    return new Problem({
      status: 504,
      detail: `The service ${service} did not answer in time. Whether a change was made is not known: look before you repeat it.`,
    });
  }
  return unavailable(`The service ${service} is away; try again in a moment.`);
}
