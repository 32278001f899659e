import type { SecretBox } from '@signalbox/access';
import type { ResourceEntity, ResourceStore } from '@signalbox/database';
import { ReadModel, type Bus } from '@signalbox/messaging';
import { channelOf } from '../channels/registry.js';
import type { OpenChannel } from '../channels/transport.js';
import { inOrder, type RoutingRule } from '../domain/rules.js';
import type { ChannelEntity } from './channel.entity.js';
import type { RuleEntity } from './rule.entity.js';

/** A channel as it is sent to: its config open, in memory only. */
export interface LiveChannel extends OpenChannel {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly retryDelaysSeconds: readonly number[] | null;
}

/** Channels and routing rules in memory: loaded at start, and each row again when any replica has changed it. */
export class LiveConfig {
  private readonly channels = new Map<string, LiveChannel>();
  private readonly rules = new Map<string, Map<string, RoutingRule>>();
  private readonly ordered = new Map<string, RoutingRule[]>();
  private readonly models: readonly { start(): void; stop(): void }[];
  private filled = false;

  constructor(
    bus: Bus, private readonly box: SecretBox, private readonly channelRows: ResourceStore<ChannelEntity>, private readonly ruleRows: ResourceStore<RuleEntity>,
    private readonly warn: (message: string, error?: unknown) => void,
  ) {
    const channelChanges = new ReadModel(bus, 'channels', warn);
    const ruleChanges = new ReadModel(bus, 'routing-rules', warn);
    channelChanges.onChange(({ key, value }) => void this.reload(this.channelRows, key, value?.tenantId, (row) => this.keepChannel(key, row)));
    ruleChanges.onChange(({ key, value }) => void this.reload(this.ruleRows, key, value?.tenantId, (row) => this.keepRule(key, row)));
    this.models = [channelChanges, ruleChanges];
  }

  get ready(): boolean {
    return this.filled;
  }

  async start(): Promise<void> {
    for (const row of await this.channelRows.all()) this.keepChannel(row.id, row);
    for (const row of await this.ruleRows.all()) this.keepRule(row.id, row);
    this.filled = true;
    for (const model of this.models) model.start();
  }

  stop(): void {
    for (const model of this.models) model.stop();
  }

  channel(id: string): LiveChannel | undefined {
    return this.channels.get(id);
  }

  /** A tenant's rules in the order in which they are looked at. */
  rulesOf(tenantId: string): readonly RoutingRule[] {
    let rules = this.ordered.get(tenantId);
    if (rules === undefined) {
      rules = inOrder([...(this.rules.get(tenantId)?.values() ?? [])]);
      this.ordered.set(tenantId, rules);
    }
    return rules;
  }

  keepChannel(id: string, row: ChannelEntity | null): void {
    const channel = row === null ? undefined : channelOf(row.kind);
    if (row === null || channel === undefined) return void this.channels.delete(id);
    const config = JSON.parse(this.box.open(row.sealedConfig, configContext(id))) as object;
    this.channels.set(id, { id, tenantId: row.tenantId, name: row.name, enabled: row.enabled, retryDelaysSeconds: row.retryDelaysSeconds, channel, config });
  }

  keepRule(id: string, row: RuleEntity | null): void {
    for (const [tenantId, rules] of this.rules) if (rules.delete(id)) this.ordered.delete(tenantId);
    if (row === null) return;
    const rules = this.rules.get(row.tenantId) ?? new Map<string, RoutingRule>();
    this.rules.set(row.tenantId, rules);
    rules.set(id, row);
    this.ordered.delete(row.tenantId);
  }

  private async reload<E extends ResourceEntity>(store: ResourceStore<E>, id: string, tenantId: string | undefined, keep: (row: E | null) => void): Promise<void> {
    try {
      keep(tenantId === undefined ? null : await store.find(tenantId, id));
    } catch (error) {
      this.warn(`the change of ${id} could not be loaded; it is in force here after the next change or restart`, error);
    }
  }
}

/** What a sealed config is bound to: it opens only for its own channel. */
export function configContext(channelId: string): string {
  return `channel/${channelId}/config`;
}
