import { Client } from 'pg';

export interface ListenerOptions {
  readonly url: string;
  /** As in `pg_notify`: one for the whole database. */
  readonly channel: string;
  /** Called for each notification with what it says, and without whenever the connection is new: what was said before it was not heard. */
  readonly heard: (payload?: string) => void;
  readonly applicationName?: string;
}

const AGAIN_MS = 1_000;

/**
 * Hears `pg_notify` over a connection of its own, which it makes anew for as long as it is not stopped. A hint only: what must not be missed is looked
 * up all the same, now and then (a connection that died silently, a pooler that does not know LISTEN).
 */
export class Listener {
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: ListenerOptions) {}

  start(): void {
    void this.connect();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const { url, channel, heard, applicationName } = this.options;
    const client = new Client({
      connectionString: url, connectionTimeoutMillis: 5_000, keepAlive: true,
      ...(applicationName === undefined ? {} : { application_name: applicationName }),
    });
    this.client = client;
    client.on('error', () => undefined);
    client.once('end', () => this.again(client));
    client.on('notification', ({ payload }) => heard(payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen ${client.escapeIdentifier(channel)}`);
      heard();
    } catch {
      await client.end().catch(() => undefined);
      this.again(client);
    }
  }

  private again(client: Client): void {
    if (this.stopped || this.client !== client) return;
    this.client = undefined;
    this.timer = setTimeout(() => void this.connect(), AGAIN_MS);
  }
}
