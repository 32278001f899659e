import type { ServiceSchema } from '@signalbox/database';
import { Notifications1763700000000 } from './store/migrations.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = { name: 'notifications', migrations: [Notifications1763700000000], appendOnly: ['notification_attempts'] };
