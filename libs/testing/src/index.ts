export { certifiedKey, type CertifiedKey } from './certificate.js';
export { TestClock } from './clock.js';
export { freshDatabase } from './database.js';
export { earlyInAMinute, eventually } from './eventually.js';
export { startMailbox, type Mailbox, type Refusal } from './mailbox.js';
export type { Mail } from './mail.js';
export { startNats, type Server } from './nats.js';
export { startPostgres } from './postgres.js';
export { startReceiver, type Answer, type ReceivedRequest, type Receiver } from './receiver.js';
