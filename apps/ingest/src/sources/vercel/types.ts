import type { EventAction } from '@signalbox/contracts';

/** What an event is about: its part of the key; those of one family open and close the same incident. */
export type Family =
  | 'deployment' | 'checks' | 'alert' | 'firewall' | 'certificate' | 'renewal' | 'transfer'
  | 'verification' | 'rollout' | 'invoice' | 'budget' | 'function' | 'ai-gateway';

export interface EventType {
  readonly family: Family;
  readonly action: EventAction;
  /** What happened, as a person reads it. */
  readonly says: string;
}

/**
 * vercel.com/docs, "Webhooks API reference" and the REST API's list of webhook events, in their older and newer spellings: `-` reads as `.`
 * (`deployment-error`, `domain.certificate-renew-failed`). What stands here is or ends an alert; every other event is none.
 */
const TYPES: Readonly<Record<string, EventType>> = {
  'deployment.error': { family: 'deployment', action: 'trigger', says: 'failed' },
  'deployment.blocked': { family: 'deployment', action: 'trigger', says: 'was blocked' },
  'deployment.succeeded': { family: 'deployment', action: 'resolve', says: 'succeeded' },
  'deployment.ready': { family: 'deployment', action: 'resolve', says: 'is ready' },
  'deployment.checks.failed': { family: 'checks', action: 'trigger', says: 'failed' },
  'deployment.checks.succeeded': { family: 'checks', action: 'resolve', says: 'succeeded' },
  'alerts.triggered': { family: 'alert', action: 'trigger', says: 'Alert' },
  'alerts.resolved': { family: 'alert', action: 'resolve', says: 'Alert' },
  'observability.anomaly': { family: 'alert', action: 'trigger', says: 'Anomaly' },
  'observability.anomaly.error': { family: 'alert', action: 'trigger', says: 'Error anomaly' },
  'observability.error.anomaly': { family: 'alert', action: 'trigger', says: 'Error anomaly' },
  'observability.usage.anomaly': { family: 'alert', action: 'trigger', says: 'Usage anomaly' },
  'observability.anomaly.botid': { family: 'alert', action: 'trigger', says: 'Bot anomaly' },
  'botid.anomaly': { family: 'alert', action: 'trigger', says: 'Bot anomaly' },
  'firewall.attack': { family: 'firewall', action: 'trigger', says: 'Attack detected' },
  'firewall.system.rule.anomaly': { family: 'firewall', action: 'trigger', says: 'Anomaly of a firewall rule of the system' },
  'firewall.custom.rule.anomaly': { family: 'firewall', action: 'trigger', says: 'Anomaly of a custom firewall rule' },
  'domain.certificate.add.failed': { family: 'certificate', action: 'trigger', says: 'Certificate could not be added' },
  'domain.certificate.add': { family: 'certificate', action: 'resolve', says: 'Certificate added' },
  'domain.certificate.renew.failed': { family: 'certificate', action: 'trigger', says: 'Certificate could not be renewed' },
  'domain.certificate.renew': { family: 'certificate', action: 'resolve', says: 'Certificate renewed' },
  'domain.renewal.failed': { family: 'renewal', action: 'trigger', says: 'Domain could not be renewed' },
  'domain.renewal': { family: 'renewal', action: 'resolve', says: 'Domain renewed' },
  'domain.transfer.in.failed': { family: 'transfer', action: 'trigger', says: 'Domain transfer failed' },
  'domain.transfer.in.completed': { family: 'transfer', action: 'resolve', says: 'Domain transfer completed' },
  'project.domain.unverified': { family: 'verification', action: 'trigger', says: 'Domain is no longer verified' },
  'project.domain.verified': { family: 'verification', action: 'resolve', says: 'Domain verified' },
  'project.rolling.release.aborted': { family: 'rollout', action: 'trigger', says: 'Rolling release aborted' },
  'project.rolling.release.completed': { family: 'rollout', action: 'resolve', says: 'Rolling release completed' },
  'marketplace.invoice.notpaid': { family: 'invoice', action: 'trigger', says: 'Invoice not paid' },
  'marketplace.invoice.overdue': { family: 'invoice', action: 'trigger', says: 'Invoice overdue' },
  'marketplace.invoice.paid': { family: 'invoice', action: 'resolve', says: 'Invoice paid' },
  'budget.reached': { family: 'budget', action: 'trigger', says: 'Spend budget reached' },
  'budget.reset': { family: 'budget', action: 'resolve', says: 'Spend budget reset' },
  'function.archival.required': { family: 'function', action: 'trigger', says: 'Functions must be archived' },
  'function.removal.required': { family: 'function', action: 'trigger', says: 'Functions must be removed' },
  'ai.gateway.balance.depleted': { family: 'ai-gateway', action: 'trigger', says: 'AI Gateway balance depleted' },
  'ai.gateway.auto.reload.limit.reached': { family: 'ai-gateway', action: 'trigger', says: 'AI Gateway auto-reload limit reached' },
};

/** The event type of that name, in either spelling; undefined when it is no alert. */
export function eventType(name: string): EventType | undefined {
  const plain = name.replaceAll('-', '.');
  return Object.hasOwn(TYPES, plain) ? TYPES[plain] : undefined;
}
