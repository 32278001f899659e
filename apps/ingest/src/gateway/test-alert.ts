import type { Source, SourceEvent } from '../sources/contract.js';
import { event } from '../sources/event.js';
import { readRequest, type ReadingRules } from './reading-request.js';

/**
 * The events of a source's test alert (or of what closes it), for one integration: with a key that no real alert has, a summary that says what
 * it is, and the time of now. Without the integration's mapping, which is made for other bodies than ours.
 */
export function testEvents(
  source: Source,
  { id, severities }: Pick<ReadingRules, 'id' | 'severities'>,
  options: { readonly resolve: boolean; readonly now: Date },
): SourceEvent[] {
  const { headers = {}, body } = options.resolve ? source.testAlert.resolved : source.testAlert.firing;
  const rawBody = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { result } = readRequest(source, { id, severities, config: {} }, { method: 'POST', query: undefined, headers, rawBody });
  if (result.kind !== 'events') throw new Error(`${source.type} does not understand its own test alert`);
  return result.events.map((made) => event({
    ...made, dedupKey: `signalbox-test-${id}`, summary: `Test: ${made.summary}`,
    occurredAt: options.now.toISOString(),
  }));
}
