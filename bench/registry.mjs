// Every bench, in the order in which they run. A bench is `{ name, run({ quick, say }) → { lines, reconciliation, notes } }`.
import { delivery } from './delivery/bench.mjs';
import { endToEnd } from './end-to-end/bench.mjs';
import { incidents } from './incidents/bench.mjs';
import { incidentsRules } from './incidents-rules/bench.mjs';
import { ingest } from './ingest/bench.mjs';
import { ingestSigned } from './ingest-signed/bench.mjs';
import { ingestFsync } from './ingest-fsync/bench.mjs';
import { start } from './start/bench.mjs';
import { tenantScale } from './tenant-scale/bench.mjs';
import { timers } from './timers/bench.mjs';

export const benches = [ingest, ingestSigned, ingestFsync, incidents, incidentsRules, tenantScale, timers, delivery, endToEnd, start];
