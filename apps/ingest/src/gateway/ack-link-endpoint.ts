import { verifyToken } from '@signalbox/access';
import { CALLBACKS, newId, stableId, subjects, type AckLink, type Event } from '@signalbox/contracts';
import type { Intake } from '../intake/intake.js';
import { problemAnswer, refuse, type GatewayAnswer, type Refusal } from './answers.js';
import type { GatewayRequest } from './request.js';

/**
 * /a/{signed token}: one click acknowledges. GET only shows a page with a button (mail scanners follow links); POST does it, by an
 * event and a callback on the bus, so that it works while incidents and notifications are down.
 */
export class AckLinkEndpoint {
  constructor(private readonly intake: Intake, private readonly keys: readonly Buffer[]) {}

  async serve(request: GatewayRequest): Promise<GatewayAnswer> {
    const token = request.path.slice('/a/'.length);
    const link = this.open(token, request.now);
    if (request.method === 'GET') return page(200, `Acknowledge: ${link.title}`, '<form method="post"><button>Acknowledge</button></form>');
    await this.acknowledge(link, token, request.now);
    return page(200, `Acknowledged: ${link.title}`, '<p>Thank you. Repeats stop, and the timeline shows it.</p>');
  }

  private open(token: string, now: Date): AckLink {
    const verdict = verifyToken<AckLink>(token, this.keys, now);
    if (verdict.ok) return verdict.payload;
    return refuse(404, 'This link is not valid (any more): acknowledge the incident itself.');
  }

  /** The ids come from the token: clicking twice does it once. */
  private async acknowledge(link: AckLink, token: string, now: Date): Promise<void> {
    const requestId = stableId('ack-link', token);
    const at = now.toISOString();
    if (link.incident !== null) {
      const event: Event = {
        ...link.incident, id: stableId('event', requestId), traceId: requestId,
        action: 'acknowledge', summary: 'Acknowledged by link', source: 'link', severity: 'info',
        acceptedAt: at, details: {}, links: [], actor: { type: 'system', id: link.notificationId, name: 'somebody with the link', via: 'link' },
      };
      await this.intake.events(link.tenantId, [event], 1_000);
    }
    await this.intake.callback({
      subject: subjects.callbacks(link.tenantId), messageId: newId(),
      body: CALLBACKS.encode({
        id: stableId('callback', requestId), tenantId: link.tenantId, traceId: requestId, channelId: link.notificationId, kind: 'acknowledge',
        body: { notificationId: link.notificationId, note: 'by link' }, receivedAt: at,
      }),
    });
  }
}

/** A person who clicked reads a page; a program that does not ask for one reads problem+json. */
export function ackLinkRefused(refusal: Refusal, request: GatewayRequest): GatewayAnswer {
  const problem = problemAnswer(refusal, request.path);
  if (request.headers.accept?.includes('text/html') !== true) return problem;
  const again = refusal.status === 503 ? '<form method="post"><button>Acknowledge</button></form>' : '';
  const shown = page(refusal.status, 'Not acknowledged', `<p>${escaped(refusal.detail)}</p>${again}`);
  return { ...shown, noted: problem.noted, headers: { ...problem.headers, ...shown.headers } };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = [
  'body{font:18px/1.5 system-ui;max-width:32rem;margin:15vh auto;padding:0 1rem;text-align:center}',
  'button{font:inherit;padding:.8em 2em;border:0;border-radius:.5em;background:#0a7;color:#fff;cursor:pointer}',
].join('');

function page(status: number, title: string, body: string): GatewayAnswer {
  const safe = escaped(title);
  return {
    status, contentType: 'text/html; charset=utf-8',
    headers: {
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe}</title>
<style>${STYLE}</style>
<h1>${safe}</h1>${body}</html>`,
  };
}
