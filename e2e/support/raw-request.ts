import { Agent, request as send, type IncomingHttpHeaders } from 'node:http';

export interface RawRequest {
  readonly method: string;
  /** Goes out as it is: `fetch` would tidy `..` away. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

export interface RawAnswer { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string; readonly ms: number }

const GIVE_UP_MS = 15_000;
const agent = new Agent({ keepAlive: true });

/** An address of its own, so that what is counted by address (signing in) is not counted against other tests. */
const FROM = '127.66.0.1';

/** One request, byte by byte as given. A path or header that no client could send rejects. */
export function sendRaw(base: string, { method, path, headers, body }: RawRequest): Promise<RawAnswer> {
  const startedAt = Date.now();
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = send(base, { method, path, agent, localAddress: FROM, timeout: GIVE_UP_MS, headers: { ...length, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      const answered = (): void => resolve({
        status: answer.statusCode!, headers: answer.headers,
        text: Buffer.concat(chunks).toString('utf8'), ms: Date.now() - startedAt,
      });
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        // A stream of events may never end: its first piece tells that it flows.
        if (answer.headers['content-type']?.startsWith('text/event-stream') !== true) return;
        answered();
        outgoing.destroy();
      });
      answer.on('error', reject);
      answer.on('end', answered);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${GIVE_UP_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
