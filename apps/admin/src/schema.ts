import type { ServiceSchema } from '@signalbox/database';
import { People1795320000000 } from './store/migrations-people.js';
import { Admin1763710000000 } from './store/migrations.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = {
  name: 'admin',
  migrations: [Admin1763710000000, People1795320000000],
  appendOnly: ['audit_log'],
};
