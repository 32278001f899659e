import type { ServiceSchema } from '@signalbox/database';
import { Admin1763710000000 } from './store/migrations.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = {
  name: 'admin',
  migrations: [Admin1763710000000],
  appendOnly: ['audit_log'],
};
