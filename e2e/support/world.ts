import { eventually } from '@signalbox/testing';
import { randomBytes } from 'node:crypto';
import { send, type Answer } from './http.js';
import { Operator } from './operator.js';
import { system } from './system.js';

export interface Integration { readonly id: string; readonly key: string; readonly type: string }
export interface Named { readonly id: string; readonly name: string }

/** As much of an incident as the tests look at. */
export interface Incident {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly status: 'OPEN' | 'ACKNOWLEDGED' | 'RESOLVED';
  readonly urgency: string;
  readonly severity: string;
  readonly dedupKey: string;
  readonly source: string;
  readonly service: Named;
  readonly eventCount: number;
  readonly details: Record<string, unknown>;
}

/** The event of `origins/integrations-guide.md`. */
export const EXAMPLE_EVENT = {
  event_action: 'trigger', dedup_key: 'unique-alert-id',
  payload: { summary: 'High CPU on web-01', source: 'monitoring', severity: 'critical' },
};

/** A tenant of its own with an administrator's API key and one service: what a test file works in. */
export class World {
  private constructor(readonly tenantId: string, readonly operator: Operator, readonly apiKey: string, readonly service: Named) {}

  static async make(name: string): Promise<World> {
    const platform = await Operator.signIn(system.bootstrap);
    const tenant = await platform.post<Named>('/api/v1/tenants', { name: `${name} ${randomBytes(4).toString('hex')}` });
    const { key } = await platform.in(tenant.id).post<{ key: string }>('/api/v1/api-keys', { name: 'e2e', role: 'admin', scopes: ['*'] });
    const operator = Operator.withKey(key);
    return new World(tenant.id, operator, key, await operator.post<Named>('/api/v1/services', { name: 'Web shop' }));
  }

  integration(type: string, more: object = {}): Promise<Integration> {
    return this.operator.post('/api/v1/integrations', {
      name: `e2e ${type} ${randomBytes(3).toString('hex')}`, type,
      serviceId: this.service.id, rateLimitPerMinute: 100_000, ...more,
    });
  }

  /** A channel that a routing rule names for everything (or for what `conditions` say). */
  async channel(kind: string, config: object, { conditions = {}, ...more }: { conditions?: object; retryDelaysSeconds?: number[] } = {}): Promise<Named> {
    const channel = await this.operator.post<Named>('/api/v1/customer/notification-channels', { name: `e2e ${kind}`, kind, config, ...more });
    await this.operator.post('/api/v1/customer/notification-routing-rules', { name: `to ${kind}`, conditions, targets: [{ type: 'channel', id: channel.id }] });
    return channel;
  }

  route(topic: string, url: string, more: { filter?: object; config?: object } = {}): Promise<Named> {
    const { filter, config } = more;
    return this.operator.post('/api/v1/customer/message-routes', {
      name: `e2e ${topic} ${randomBytes(3).toString('hex')}`, topic, ...(filter === undefined ? {} : { filter }),
      destination: { type: 'webhook', config: { url, ...config } },
    });
  }

  /** POST /api/events with an integration's key. */
  event(integration: Integration, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return send('POST', `${system.urls.ingest}/api/events`, { body, headers: { authorization: `Token token=${integration.key}`, ...headers } });
  }

  message(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return send('POST', `${system.urls.ingest}/api/v1/messages`, { body, headers: { authorization: `Bearer ${this.apiKey}`, ...headers } });
  }

  incidents(query = ''): Promise<Incident[]> {
    return this.operator.list<Incident>(`/api/v1/incidents?limit=200${query}`);
  }

  /** Waits for the newest incident of a dedup key (in a certain status). */
  incident(dedupKey: string, { status, withinMs }: { status?: Incident['status']; withinMs?: number } = {}): Promise<Incident> {
    return eventually(async () => {
      const [incident] = await this.incidents(`&dedupKey=${encodeURIComponent(dedupKey)}`);
      if (status !== undefined && incident?.status !== status) throw new Error(`it is ${incident?.status ?? 'not there'}`);
      return incident;
    }, { ...(withinMs === undefined ? {} : { withinMs }), describe: `an incident ${dedupKey} ${status ?? ''}` });
  }
}
