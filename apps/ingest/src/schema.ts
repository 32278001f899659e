import type { ServiceSchema } from '@signalbox/database';
import { Ingest1763700000000 } from './store/migrations.js';
import { Monitors1795321500000 } from './store/migrations-monitors.js';
import { IngestInlets1795400000000 } from './store/migrations-inlets.js';
import { RateLeases1795300000000 } from './store/migrations-rate-leases.js';
import { IngestRequests1763800000000 } from './store/migrations-requests.js';
import { SpoolByStream1795810000000 } from './store/migrations-spool.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = {
  name: 'ingest',
  migrations: [
    Ingest1763700000000, IngestRequests1763800000000, RateLeases1795300000000, Monitors1795321500000, IngestInlets1795400000000, SpoolByStream1795810000000,
  ],
};
