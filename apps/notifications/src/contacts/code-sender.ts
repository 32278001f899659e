import { newId } from '@signalbox/contracts';
import type { Send } from '../channels/transport.js';
import { TRY_MS } from '../sender/claims.js';
import type { LiveChannel } from '../store/live-config.js';
import { codeNotice } from './codes.js';

/** Whether the message is on its way; else what the far side said. */
export interface CodeSent { readonly codeSent: boolean; readonly codeError?: string }

/** Sends a code through a channel to an address that is not proven yet: once, while its asker waits. Nothing of it is kept. */
export async function sendCode(send: Send, live: LiveChannel, to: { tenantId: string; address: string; code: string }, now: Date): Promise<CodeSent> {
  const notice = codeNotice({ notificationId: newId(), tenantId: to.tenantId, traceId: newId(), code: to.code, now });
  const rendered = live.channel.render(notice, live.config as never, { now, attempt: 1, addressees: [to.address] });
  const { outcome } = await send(live, rendered, { timeoutMs: TRY_MS, hide: [to.code] });
  if (outcome.kind === 'delivered' || outcome.kind === 'accepted') return { codeSent: true };
  return { codeSent: false, codeError: `${live.name}: ${outcome.reason}${outcome.detail === undefined ? '' : ` (${outcome.detail})`}` };
}
