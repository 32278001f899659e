import type { Msg } from 'nats';
import { acknowledgement, type DeliveryInfo } from './acknowledgement.js';

interface Held { message: Msg }

/** Answers the server for a message in hand, once. False when it has been answered before. */
export type Settle = (answer: (message: Msg) => void) => boolean;

/** The messages that a worker has taken and not settled yet: each of them once, and kept alive while they are here. */
export class InHand {
  private readonly held = new Map<string, Held>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ackWaitMs: number, private readonly isConnected: () => boolean) {}

  get size(): number {
    return this.held.size;
  }

  start(): void {
    this.timer = setInterval(() => this.keepAlive(), this.ackWaitMs / 3);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * Takes a message in hand; undefined when it is already: the server has sent it again because it heard nothing of it in time. It is not
   * worked on twice, and the answer goes to the newest copy.
   */
  take(message: Msg, { sequence, storedAt }: DeliveryInfo): Settle | undefined {
    const key = `${sequence}/${storedAt}`;
    const known = this.held.get(key);
    if (known !== undefined) {
      known.message = message;
      return undefined;
    }
    const held: Held = { message };
    this.held.set(key, held);
    return (answer) => {
      if (!this.held.delete(key)) return false;
      try {
        answer(held.message);
      } catch {
        // The connection is closed for good: the server delivers it again, to whoever comes next.
      }
      return true;
    };
  }

  /** Waits until everything has been settled, at most so long. */
  async empty(withinMs: number): Promise<void> {
    for (const deadline = Date.now() + withinMs; this.held.size > 0 && Date.now() < deadline; ) {
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
  }

  private keepAlive(): void {
    if (!this.isConnected()) return;
    for (const { message } of this.held.values()) acknowledgement.working(message);
  }
}
