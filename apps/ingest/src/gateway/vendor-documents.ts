import type { Outbound } from '@signalbox/outbound';

/** What a vendor publishes cannot be had now, or a vendor's address not be visited: whoever needs it must come again. */
export class CannotFetchError extends Error {}

const KEPT_MS = 60 * 60_000;
const MOST_KEPT = 200;
const MOST_BYTES = 65_536;
const TIMEOUT_MS = 5_000;
/** Senders can name addresses (of their vendor alone, sources see to that): a flood of names must not become a flood of requests. */
const REQUESTS_PER_MINUTE = 120;

interface Kept { readonly until: number; readonly text: Promise<string> }

/** Certificates and key sets that vendors publish, through the guarded way out: https only, kept for an hour, asked for once however many wait. */
export class VendorDocuments {
  private readonly kept = new Map<string, Kept>();
  private requests = { minute: 0, count: 0 };

  constructor(private readonly outbound: Pick<Outbound, 'request'>, private readonly clock: () => number = Date.now) {}

  /** The text at an https address. Throws CannotFetchError; a failure is not remembered. */
  get(url: string): Promise<string> {
    const now = this.clock();
    const known = this.kept.get(url);
    if (known !== undefined && now < known.until) return known.text;
    const text = this.fetchText(url);
    this.kept.delete(url);
    this.kept.set(url, { until: now + KEPT_MS, text });
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    text.catch(() => {
      if (this.kept.get(url)?.text === text) this.kept.delete(url);
    });
    return text;
  }

  /** GETs an https address for its effect alone; the status of the answer. Throws CannotFetchError. */
  async visit(url: string): Promise<number> {
    return (await this.request(url)).status;
  }

  private async fetchText(url: string): Promise<string> {
    const { status, body, truncated } = await this.request(url);
    if (status !== 200) throw new CannotFetchError(`${new URL(url).host} answered ${status}`);
    if (truncated) throw new CannotFetchError(`${new URL(url).host} answered more than ${MOST_BYTES} bytes`);
    return body;
  }

  private async request(url: string) {
    if (!url.startsWith('https://')) throw new CannotFetchError('only https addresses are visited');
    const minute = Math.floor(this.clock() / 60_000);
    if (this.requests.minute !== minute) this.requests = { minute, count: 0 };
    if ((this.requests.count += 1) > REQUESTS_PER_MINUTE) throw new CannotFetchError('too many addresses are being asked for');
    try {
      return await this.outbound.request({ method: 'GET', url, timeoutMs: TIMEOUT_MS, maxResponseBytes: MOST_BYTES });
    } catch (error) {
      throw new CannotFetchError('the address could not be reached', { cause: error });
    }
  }
}
