// Every bench, in the order in which they run. A bench is `{ name, run({ quick, say }) → { lines, reconciliation, notes } }`.
import { ingest } from './ingest/bench.mjs';
import { ingestFsync } from './ingest-fsync/bench.mjs';

export const benches = [ingest, ingestFsync];
