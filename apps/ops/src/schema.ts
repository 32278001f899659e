import type { ServiceSchema } from '@signalbox/database';
import { Ops1763700000000 } from './store/migrations.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = { name: 'ops', migrations: [Ops1763700000000] };
