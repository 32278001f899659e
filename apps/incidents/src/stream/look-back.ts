import { INCIDENTS } from '@signalbox/contracts';
import { BusAwayError, readStream, type Bus } from '@signalbox/messaging';
import { StreamEntry } from './entry.js';

/** Messages may have a megabyte each: so few are asked for before those that came are written. */
const AT_A_TIME = 10;
const WITHIN_MS = 5_000;

/**
 * A tenant's messages from a sequence on to what is the newest when it is asked
 * for: in order, none left out. Throws BusAwayError when the bus goes meanwhile.
 */
export async function* lookBack(bus: Bus, tenantId: string, fromSequence: number): AsyncGenerator<StreamEntry> {
  const come: StreamEntry[] = [];
  let [last, why]: [boolean, Error | undefined] = [false, undefined];
  let wake = (): void => undefined;
  const read = await readStream({
    bus, stream: INCIDENTS.stream, fromSequence, filter: `incidents.${tenantId}.*`, ended: (error) => { why = error; wake(); },
    take: ({ sequence, subject, data, pending }) => {
      come.push(new StreamEntry(sequence, subject, data));
      last = pending === 0;
      wake();
    },
  });
  try {
    if (read.waiting === 0) return;
    for (;;) {
      read.want(AT_A_TIME);
      while (come.length === 0 && why === undefined) await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new BusAwayError('the incident changes of the past do not come')), WITHIN_MS);
        wake = () => { clearTimeout(timer); resolve(); };
      });
      for (let entry = come.shift(); entry !== undefined; entry = come.shift()) yield entry;
      if (last) return;
      if (why !== undefined) throw why;
    }
  } finally {
    await read.close();
  }
}
