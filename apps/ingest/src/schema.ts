import type { ServiceSchema } from '@signalbox/database';
import { Ingest1763700000000 } from './store/migrations.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = { name: 'ingest', migrations: [Ingest1763700000000] };
