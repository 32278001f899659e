import type { ServiceSchema } from '@signalbox/database';
import { Incidents1763700000000 } from './store/migrations.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = {
  name: 'incidents',
  migrations: [Incidents1763700000000],
  appendOnly: ['incident_events', 'timeline'],
};
