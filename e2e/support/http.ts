/** An answer with its whole body; of a stream of events, its beginning. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws, showing the body, when it is none. */
  json<T = Record<string, unknown>>(): T;
}

export interface Problem {
  readonly status: number;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
}

export interface Fault { readonly path: string; readonly message: string }

export interface Sent {
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

/** One request as curl would send it. */
export async function send(method: string, url: string, { headers = {}, body, timeoutMs = 40_000 }: Sent = {}): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined || 'content-type' in headers ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: (isRaw ? body : JSON.stringify(body)) as string }),
    redirect: 'manual', signal: AbortSignal.timeout(timeoutMs),
  });
  const text = response.headers.get('content-type')?.startsWith('text/event-stream') === true ? await beginningOf(response) : await response.text();
  return {
    status: response.status, headers: response.headers, text,
    json: <T>() => {
      try {
        return JSON.parse(text) as T;
      } catch {
        throw new Error(`${method} ${url} answered ${response.status} with no JSON: ${text.slice(0, 500)}`);
      }
    },
  };
}

/** A stream of events may never end: its first piece tells that it flows. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return Buffer.from(value ?? []).toString('utf8');
}
