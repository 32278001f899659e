import type { Rejected, SeverityOverrides, SourceEvent, SourceInput, SourceResult } from '../contract.js';
import { cleanKey } from '../event.js';
import { webhook } from './index.js';

/** Whose message it is when another source reads it by the usual names. */
export interface Reader {
  /** What the dedup keys begin with. */
  readonly namespace: string;
  /** What the thing is called when the message names none. */
  readonly source: string;
  readonly client: string;
  /** Words of the vendor's beside the usual ones. */
  readonly severities?: SeverityOverrides;
}

/** What people make up themselves and send through a vendor's channel, read as a webhook's body; undefined when nothing of it says what it is about. */
export function byUsualNames(body: unknown, input: SourceInput, reader: Reader): Exclude<SourceResult, { kind: 'problem' }> | undefined {
  const result = webhook.parse({ ...input, body, config: {}, severities: { ...input.severities, ...reader.severities } });
  if (result.kind !== 'events') return result.kind === 'ignored' ? result : undefined;
  const events = result.events.map((read) => asRead(read, reader));
  return result.rejected === undefined ? { kind: 'events', events } : { kind: 'events', events, rejected: result.rejected.map(asMissing) };
}

/** A webhook's fault tells which setting would help; these sources have none. */
function asMissing({ index, errors }: Rejected): Rejected {
  return { index, errors: errors.map(({ path }) => ({ path, message: 'is missing, and so are the usual names' })) };
}

function asRead(read: SourceEvent, { namespace, source, client }: Reader): SourceEvent {
  // The longer name may push a long key over its limit.
  return { ...read, dedupKey: cleanKey(read.dedupKey.replace(/^webhook-/, `${namespace}-`)), source: read.source === 'webhook' ? source : read.source, client };
}
