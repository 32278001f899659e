import { SecretBoxError, type SecretBox } from '@signalbox/access';
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
  readonly version: number;
  readonly name: string;
  /** What the operator wants. */
  readonly enabled: boolean;
  /** Why nothing can be sent all the same, until an operator mends it. */
  readonly broken: string | null;
  readonly retryDelaysSeconds: readonly number[] | null;
}

const AGAIN_MS = 1_000;

/** Channels and routing rules in memory: loaded at start, and each row again when any replica has changed it. */
export class LiveConfig {
  private readonly channels = new Map<string, LiveChannel>();
  private readonly channelsOf = new Map<string, Set<string>>();
  private readonly rules = new Map<string, Map<string, RoutingRule>>();
  private readonly ordered = new Map<string, RoutingRule[]>();
  /** The newest version known of each row (a deletion is newer than all): what is loaded late changes nothing. */
  private readonly versions = new Map<string, number>();
  private readonly models: readonly { start(): void; stop(): void }[];
  private filled = false;
  private stopped = false;

  constructor(
    bus: Bus, private readonly box: SecretBox, private readonly channelRows: ResourceStore<ChannelEntity>, private readonly ruleRows: ResourceStore<RuleEntity>,
    private readonly warn: (message: string, error?: unknown) => void,
  ) {
    const channelChanges = new ReadModel(bus, 'channels', warn);
    const ruleChanges = new ReadModel(bus, 'routing-rules', warn);
    channelChanges.onChange(({ key, version, value }) =>
      void this.reload(this.channelRows, key, version, value?.tenantId, (row) => this.keepChannel(key, row)));
    ruleChanges.onChange(({ key, version, value }) =>
      void this.reload(this.ruleRows, key, version, value?.tenantId, (row) => this.keepRule(key, row)));
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
    this.stopped = true;
    for (const model of this.models) model.stop();
  }

  /** A tenant's channel; one that is not known here (it may have been made a moment ago, by another replica) is looked for in the database. */
  async find(tenantId: string, id: string): Promise<LiveChannel | undefined> {
    if (!this.versions.has(id)) {
      const row = await this.channelRows.find(tenantId, id);
      if (row !== null) this.keepChannel(id, row);
    }
    const channel = this.channels.get(id);
    return channel?.tenantId === tenantId ? channel : undefined;
  }

  /** The channel that carries what is for single people: a tenant's oldest enabled one of a kind, rather one that works. */
  carrierOf(tenantId: string, kind: string): LiveChannel | undefined {
    const enabled = [...this.channelsOf.get(tenantId) ?? []].flatMap((id) => {
      const one = this.channels.get(id);
      return one !== undefined && one.enabled && one.channel.kind === kind ? [one] : [];
    }).sort((a, b) => (a.id < b.id ? -1 : 1));
    return enabled.find(({ broken }) => broken === null) ?? enabled[0];
  }

  /** Reads a channel anew: it has just been changed behind the resource store's back. */
  async refresh(tenantId: string, id: string): Promise<void> {
    this.keepChannel(id, await this.channelRows.find(tenantId, id));
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
    if (!this.isNews(id, row)) return;
    const channel = row === null ? undefined : channelOf(row.kind);
    if (row === null || channel === undefined) {
      this.channelsOf.get(this.channels.get(id)?.tenantId ?? '')?.delete(id);
      return void this.channels.delete(id);
    }
    const { tenantId, version, name, enabled, retryDelaysSeconds } = row;
    this.channelsOf.set(tenantId, (this.channelsOf.get(tenantId) ?? new Set()).add(id));
    this.channels.set(id, { id, tenantId, version, name, enabled, retryDelaysSeconds, channel, ...this.opened(row) });
  }

  keepRule(id: string, row: RuleEntity | null): void {
    if (!this.isNews(id, row)) return;
    for (const [tenantId, rules] of this.rules) if (rules.delete(id)) this.ordered.delete(tenantId);
    if (row === null) return;
    const rules = this.rules.get(row.tenantId) ?? new Map<string, RoutingRule>();
    this.rules.set(row.tenantId, rules);
    rules.set(id, row);
    this.ordered.delete(row.tenantId);
  }

  private isNews(id: string, row: ResourceEntity | null): boolean {
    const version = row?.version ?? Infinity;
    if ((this.versions.get(id) ?? 0) > version) return false;
    this.versions.set(id, version);
    return true;
  }

  /** One config that does not open (its master key is missing) closes its channel, and no other. */
  private opened(row: ChannelEntity): { config: object; broken: string | null } {
    try {
      const config = JSON.parse(this.box.open(row.sealedConfig, configContext(row.id))) as object;
      return { config, broken: row.disabledReason };
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      this.warn(`the config of channel ${row.id} does not open`, error);
      return { config: {}, broken: UNOPENED };
    }
  }

  private async reload<E extends ResourceEntity>(
    store: ResourceStore<E>,
    id: string,
    version: number,
    tenantId: string | undefined,
    keep: (row: E | null) => void,
  ): Promise<void> {
    while (!this.stopped && (this.versions.get(id) ?? 0) < version) {
      try {
        return keep(tenantId === undefined ? null : await store.find(tenantId, id));
      } catch (error) {
        this.warn(`the change of ${id} could not be loaded; it is tried again`, error);
        await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS).unref(); });
      }
    }
  }
}

/** What an operator reads of a channel whose config was sealed with a master key that is not set any more. */
export const UNOPENED = 'its config does not open with the master keys that are set: set the old key too, or enter the config anew';

/** What a sealed config is bound to: it opens only for its own channel. */
export function configContext(channelId: string): string {
  return `channel/${channelId}/config`;
}
