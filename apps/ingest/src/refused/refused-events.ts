import type { DeadLetter } from '@signalbox/contracts';
import { Refusal, type GatewayAnswer } from '../gateway/answers.js';
import { MalformedBody } from '../gateway/body.js';
import { TRACE_HEADER, requestIdOf } from '../gateway/request.js';
import type { Rejected } from '../sources/contract.js';
import { letterIdOf, refusedLetter, type Refusable, type Why } from './letter.js';

/** What becomes of something refused: kept as a letter, known as one already, or over what an integration may fill in a day. */
export type Fate = 'kept' | 'repeat' | 'over_cap';

/** Where letters go; throws NowhereToStoreError. */
export interface LetterStore { put(letter: DeadLetter): Promise<void> }

interface Kept { readonly traceId: string; readonly stored: Promise<void> }
interface Day { readonly date: string; readonly kept: Map<string, Kept>; bytes: number }

/** Per integration and day (UTC), in one gateway: so that a sender that is broken fills neither the bus nor ops. */
const MOST_LETTERS = 100;
const MOST_BYTES = 8 * 1024 ** 2;
const MOST_INTEGRATIONS = 2_000;

/**
 * Keeps what a known sender sent and nobody could understand, as a dead letter that a replay reads again. What it remembers only saves
 * repeats: a letter's id comes from what was refused, so that a second copy of it (another gateway, a restart) is the same letter.
 */
export class RefusedEvents {
  private readonly days = new Map<string, Day>();

  constructor(private readonly store: LetterStore, private readonly onRefused: (reason: string, fate: Fate) => void) {}

  /** Runs `take`; a 400 that it throws is thrown on once what was refused is stored, with the trace under which it is kept. Throws NowhereToStoreError. */
  async keeping(of: Refusable, take: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
    try {
      return await take();
    } catch (error) {
      if (!(error instanceof Refusal) || (error.status !== 400 && !(error instanceof MalformedBody))) throw error;
      const { [TRACE_HEADER]: traceId = requestIdOf(of.integration.id, of.request.headers, undefined), ...headers } = error.headers;
      const kept = await this.keep(of, whyOf(error, traceId));
      throw new Refusal(error.status, error.detail, error.errors, { ...headers, ...traceHeader(kept) });
    }
  }

  /** Keeps a body of which some alerts were not understood; call it before the others are stored, so that a sender who has to come again repeats nothing. */
  async keepRejected(of: Refusable, rejected: readonly Rejected[], traceId: string, status: number): Promise<void> {
    const errors = rejected.flatMap((one) => one.errors);
    await this.keep(of, { reason: 'partly_not_understood', detail: '', errors, status, traceId });
  }

  /** Resolves once it is stored, with the trace of its letter; undefined when it is over the cap, and counted only. Throws NowhereToStoreError. */
  async keep(of: Refusable, why: Why): Promise<string | undefined> {
    const day = this.dayOf(of);
    const id = letterIdOf(of, why);
    const known = day.kept.get(id);
    if (known === undefined && (day.kept.size >= MOST_LETTERS || day.bytes + of.raw.length > MOST_BYTES)) {
      this.onRefused(why.reason, 'over_cap');
      return undefined;
    }
    const { traceId, stored } = known ?? this.send(day, id, of, why);
    await stored;
    this.onRefused(why.reason, known === undefined ? 'kept' : 'repeat');
    return traceId;
  }

  /** A letter that is on its way is known already: a repeat waits for it. One that could not be stored never was. */
  private send(day: Day, id: string, of: Refusable, why: Why): Kept {
    const stored = this.store.put(refusedLetter(of, why)).catch((error: unknown) => {
      day.kept.delete(id);
      day.bytes -= of.raw.length;
      throw error;
    });
    const kept = { traceId: why.traceId, stored };
    day.kept.set(id, kept);
    day.bytes += of.raw.length;
    return kept;
  }

  private dayOf({ integration, request }: Refusable): Day {
    const date = request.now.toISOString().slice(0, 10);
    const known = this.days.get(integration.id);
    if (known?.date === date) return known;
    if (this.days.size >= MOST_INTEGRATIONS) this.forget(date);
    const day: Day = { date, kept: new Map(), bytes: 0 };
    this.days.set(integration.id, day);
    return day;
  }

  /** Days that are over; when there are none, the integration that began first. */
  private forget(date: string): void {
    for (const [id, day] of this.days) if (day.date !== date) this.days.delete(id);
    const [first] = this.days.keys();
    if (this.days.size >= MOST_INTEGRATIONS && first !== undefined) this.days.delete(first);
  }
}

/** The header that tells a sender under which trace its refused request is kept. */
export function traceHeader(traceId: string | undefined): Record<string, string> {
  return traceId === undefined ? {} : { [TRACE_HEADER]: traceId };
}

/** What the parser says of a malformed body quotes it, and so perhaps a part of a secret: only that it is malformed is kept. */
function whyOf(refusal: Refusal, traceId: string): Why {
  const { status, detail, errors } = refusal;
  return refusal instanceof MalformedBody
    ? { reason: 'malformed_body', detail, errors: [], status, traceId }
    : { reason: 'not_understood', detail, errors, status, traceId };
}
