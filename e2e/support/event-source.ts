import { setTimeout as sleep } from 'node:timers/promises';

/** A client of server-sent events as browsers have one: when an answer ends, however it does, it comes back with the id that it saw last. */
export class EventSource {
  readonly events: { readonly id: string; readonly event: string; readonly data: string }[] = [];
  lastEventId = '';
  connections = 0;
  private closed = false;
  private readonly abort = new AbortController();
  private readonly running: Promise<void>;

  constructor(private readonly url: string, private readonly headers: Readonly<Record<string, string>>) {
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.abort.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      await this.listen().catch(() => undefined);
      if (!this.closed) await sleep(100);
    }
  }

  private async listen(): Promise<void> {
    const response = await fetch(this.url, {
      headers: { ...this.headers, ...(this.lastEventId === '' ? {} : { 'last-event-id': this.lastEventId }) },
      signal: this.abort.signal,
    });
    if (response.status !== 200) return void await response.body?.cancel();
    this.connections += 1;
    const decoder = new TextDecoder();
    let rest = '';
    for await (const piece of response.body!) {
      const blocks = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split('\n\n');
      rest = blocks.pop()!;
      blocks.forEach((block) => this.take(block));
    }
  }

  private take(block: string): void {
    const field = (name: string): string => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
    if (field('id') !== '') this.lastEventId = field('id');
    if (field('data') !== '') this.events.push({ id: field('id'), event: field('event'), data: field('data') });
  }
}
