import { CALLBACKS, INCIDENTS, NOTICES, type Contract, type ReplayRequest } from '@signalbox/contracts';
import type { OutboxRow, Transaction } from '@signalbox/database';
import { takeIn } from '../store/intake-store.js';
import type { LiveConfig } from '../store/live-config.js';
import type { Recipients } from '../store/recipients.js';
import { applyCallback } from './callback-consumer.js';
import { changeSubjects, noticeSubjects } from './intake-consumers.js';

/** Takes in again what died on its way in from the bus, by the stream it came from. Throws when it still does not fit. */
export function letterIntake(live: LiveConfig, recipients: Recipients, consoleUrl: string) {
  const ofChanges = changeSubjects(consoleUrl);
  return async (tx: Transaction, request: ReplayRequest): Promise<readonly OutboxRow[]> => {
    const { subject, tenantId } = request;
    const options = { live, recipients, now: new Date(), shard: 0 };
    switch (subject.split('.')[0]) {
      case 'incidents': return (await takeIn(tx, ofChanges(valueOf(INCIDENTS, request), tenantId), options)).outbox;
      case 'notices': return (await takeIn(tx, noticeSubjects({ ...valueOf(NOTICES, request), tenantId }), options)).outbox;
      case 'callbacks': return applyCallback(tx, valueOf(CALLBACKS, request), tenantId);
      default: throw new TypeError(`nothing that comes by ${subject} can be taken in here`);
    }
  };
}

/** The bytes as they came, unless an operator has edited them. */
function valueOf<T>(contract: Contract<T>, { raw, payload }: ReplayRequest): T {
  return contract.decode(raw === undefined ? contract.encode(payload as T) : Buffer.from(raw, 'base64'));
}
