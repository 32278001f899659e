import type { ReceivedRequest } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** Throws unless the request is signed with this `whsec_` secret, as the reference library of Standard Webhooks checks it. */
export function verifyStandardWebhook(secret: string, request: ReceivedRequest): void {
  new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
}

/** `sha256=<hex>` over the raw body, keyed with the secret's text. */
export function bodyHmac(secret: string, request: ReceivedRequest): string {
  return `sha256=${createHmac('sha256', secret).update(request.body).digest('hex')}`;
}
