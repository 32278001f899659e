import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from './eventually.js';

/** How the receiver answers: with a response (after `delayMs`), never (`hang`), or by cutting the connection (`reset`). */
export type Answer = { status?: number; headers?: Record<string, string>; body?: string | Buffer; delayMs?: number } | 'hang' | 'reset';

export interface ReceivedRequest {
  method: string;
  /** Path and query, as sent. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
  /** The body parsed as JSON; throws when it is none. */
  json<T = Record<string, unknown>>(): T;
  receivedAt: Date;
}

export interface Receiver {
  url: string;
  port: number;
  /** Every request with its whole body, oldest first. */
  requests: ReceivedRequest[];
  /** Answers like this from now on: one answer, or one computed for each request. */
  answer(answer: Answer | ((request: ReceivedRequest) => Answer)): void;
  /** Answers the next requests like these, one each, before the standing answer is used again. */
  answerNext(...answers: Answer[]): void;
  /** Waits until at least `count` requests have come (of those that `matching` accepts), and gives them. */
  received(count: number, options?: { withinMs?: number; matching?: (request: ReceivedRequest) => boolean }): Promise<ReceivedRequest[]>;
  /** Closes the port at once, hanging connections included. A new receiver may be started on the same port. */
  stop(): Promise<void>;
}

/** A real HTTP server on 127.0.0.1 that plays the far side; it answers 200 until told otherwise. */
export async function startReceiver(options: { port?: number } = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const next: Answer[] = [];
  let standing: (request: ReceivedRequest) => Answer = () => ({ status: 200 });

  const server = createServer((incoming, response) => {
    read(incoming).then((request) => {
      requests.push(request);
      send(next.shift() ?? standing(request), response);
    }, () => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    answer: (answer) => {
      standing = typeof answer === 'function' ? answer : () => answer;
    },
    answerNext: (...answers) => void next.push(...answers),
    received: (count, { withinMs, matching = () => true } = {}) =>
      eventually(() => {
        const found = requests.filter(matching);
        if (found.length < count) throw new Error(`${found.length} of ${count} came, ${requests.length} in all`);
        return found;
      }, { withinMs, describe: `${count} request(s)` }),
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function read(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const text = body.toString('utf8');
  return {
    method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body, text,
    json: <T>() => JSON.parse(text) as T,
    receivedAt: new Date(),
  };
}

function send(answer: Answer, response: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'reset') return void response.socket?.resetAndDestroy();
  const { status = 200, headers = {}, body = '', delayMs = 0 } = answer;
  const respond = () => void response.writeHead(status, headers).end(body);
  if (delayMs > 0) setTimeout(respond, delayMs).unref();
  else respond();
}
