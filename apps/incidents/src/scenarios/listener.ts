import { request, type ClientRequest, type IncomingMessage } from 'node:http';

export interface Heard { readonly id: string; readonly event: string; readonly data: string }

/** A client of server-sent events as a browser is one: it keeps the id that it saw last. It does not come back by itself. */
export class EventListener {
  readonly heard: Heard[] = [];
  readonly comments: string[] = [];
  lastEventId = '';
  status = 0;
  ended = false;
  private asked: ClientRequest | undefined;
  private answer: IncomingMessage | undefined;
  private rest = '';

  /** Resolves when the answer has begun. */
  open(url: string, headers: Record<string, string>): Promise<void> {
    this.ended = false;
    this.rest = '';
    return new Promise((resolve, reject) => {
      this.asked = request(url, { headers: { ...headers, ...(this.lastEventId === '' ? {} : { 'last-event-id': this.lastEventId }) } }, (answer) => {
        this.answer = answer;
        this.status = answer.statusCode!;
        answer.setEncoding('utf8').on('data', (text: string) => this.take(text)).on('close', () => { this.ended = true; }).on('error', () => undefined);
        resolve();
      });
      this.asked.on('error', reject).end();
    });
  }

  /** Takes nothing more, as a client does that hangs. */
  hang(): void {
    this.answer!.pause();
  }

  close(): void {
    this.asked?.on('error', () => undefined).destroy();
  }

  private take(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string): string => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      const id = field('id');
      if (id !== '') this.lastEventId = id;
      if (block.split('\n').some((line) => line.startsWith(':'))) this.comments.push(block);
      if (field('data') !== '') this.heard.push({ id, event: field('event'), data: field('data') });
    }
  }
}
