import { EVENTS, newId, type Event } from '@signalbox/contracts';
import { Stage } from '@signalbox/testing';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

/** One as its operator sees it, key included. */
export interface Integration { id: string; key: string; [field: string]: unknown }

interface Posted { status: number; headers: Headers; body: Record<string, unknown> }

/** A gateway on real servers that knows one service of one tenant, as its senders and operators see it. */
export class Gateway {
  readonly tenantId = newId();
  readonly serviceId = newId();
  stage!: Stage;

  /** `more`: what else is answered to it, before it starts. */
  async open(more: (stage: Stage) => Promise<void> = async () => undefined): Promise<void> {
    const { tenantId, serviceId } = this;
    this.stage = await Stage.set(service, schema);
    await this.stage.answer('services', (id) => (id === serviceId ? { id, tenantId, name: 'Web shop' } : undefined));
    await more(this.stage);
    await this.stage.start();
  }

  readonly admin = (method: string, path: string, body?: unknown, tenantId = this.tenantId) => this.stage.call(method, path, { tenantId, body });

  readonly integration = async (fields: Record<string, unknown> = {}): Promise<Integration> => {
    const { status, body } = await this.admin('POST', '/api/v1/integrations', { type: 'events', name: 'E', serviceId: this.serviceId, ...fields });
    expect(status).toBe(201);
    return body as Integration;
  };

  readonly post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Posted> => {
    const response = await fetch(`${this.stage.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) as Record<string, unknown> : { text } };
  };

  readonly events = async (): Promise<Event[]> => (await this.stage.stored(EVENTS)).flatMap((envelope) => envelope.events);
}

export function trigger(dedupKey: string, change: Record<string, unknown> = {}) {
  return { event_action: 'trigger', dedup_key: dedupKey, payload: { summary: `About ${dedupKey}`, source: 'test', severity: 'critical' }, ...change };
}
