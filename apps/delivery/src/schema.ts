import type { ServiceSchema } from '@signalbox/database';
import { Delivery1763700000000 } from './store/migrations.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = { name: 'delivery', migrations: [Delivery1763700000000] };
