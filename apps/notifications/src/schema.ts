import type { ServiceSchema } from '@signalbox/database';
import { ContactMethods1795330000000 } from './store/migrations-contact-methods.js';
import { Pages1795680000000 } from './store/migrations-pages.js';
import { Recipients1795340000000 } from './store/migrations-recipients.js';
import { Notifications1763700000000 } from './store/migrations.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = {
  name: 'notifications',
  migrations: [Notifications1763700000000, ContactMethods1795330000000, Recipients1795340000000, Pages1795680000000],
  appendOnly: ['notification_attempts'],
};
