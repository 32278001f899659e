import { SecretBoxError, auditMessage, type Identity, type SecretBox } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import type { OutboxMessage, Page, ResourceStore } from '@signalbox/database';
import { directoryMessage } from '@signalbox/messaging';
import { maskConfig } from '../channels/config.js';
import type { Channel } from '../channels/contract.js';
import { channelOf } from '../channels/registry.js';
import type { ChannelEntity } from './channel.entity.js';
import { UNOPENED, configContext, type LiveConfig } from './live-config.js';

export interface ChannelFields {
  readonly name: string;
  readonly enabled: boolean;
  readonly config: Record<string, unknown>;
  readonly retryDelaysSeconds: number[] | null;
}

/** Channels as operators change them: their configs sealed as a whole, each change pushed to every replica and audited. */
export class ChannelStore {
  constructor(private readonly rows: ResourceStore<ChannelEntity>, private readonly box: SecretBox, private readonly live: LiveConfig) {}

  list(tenantId: string, page: Page): Promise<ChannelEntity[]> {
    return this.rows.list(tenantId, page);
  }

  find(tenantId: string, id: string): Promise<ChannelEntity | null> {
    return this.rows.find(tenantId, id);
  }

  /** The open config; null when it does not open (its master key is not set any more). */
  configOf(row: ChannelEntity): Record<string, unknown> | null {
    try {
      return JSON.parse(this.box.open(row.sealedConfig, configContext(row.id))) as Record<string, unknown>;
    } catch (error) {
      if (error instanceof SecretBoxError) return null;
      throw error;
    }
  }

  async create(identity: Identity, channel: Channel, fields: ChannelFields): Promise<ChannelEntity> {
    const id = newId();
    const { config, ...rest } = fields;
    const columns = { id, kind: channel.kind, disabledReason: null, ...rest, ...this.sealed(id, channel, config) };
    const row = await this.rows.create(identity.tenantId, columns, this.announce(identity));
    this.live.keepChannel(row.id, row);
    return row;
  }

  /** `edit` gets the row and its open config, and gives the config to keep. */
  async change(identity: Identity, id: string, edit: (row: ChannelEntity) => Record<string, unknown> | undefined): Promise<ChannelEntity | null> {
    const row = await this.rows.update(identity.tenantId, id, (channel) => {
      const config = edit(channel);
      if (config === undefined) return;
      Object.assign(channel, this.sealed(id, channelOf(channel.kind)!, config));
    }, this.announce(identity));
    if (row !== null) this.live.keepChannel(row.id, row);
    return row;
  }

  async remove(identity: Identity, id: string, check: (row: ChannelEntity) => void): Promise<boolean> {
    const removed = await this.rows.remove(identity.tenantId, id, check, this.announce(identity));
    if (removed) this.live.keepChannel(id, null);
    return removed;
  }

  /** A channel as it is shown: secrets are dots. One whose config does not open says so, and the others are shown all the same. */
  shown(row: ChannelEntity) {
    const { id, kind, name, enabled, configSummary, retryDelaysSeconds, version } = row;
    const channel = channelOf(kind);
    const config = this.configOf(row);
    return {
      id, kind, name, enabled, disabledReason: config === null ? UNOPENED : row.disabledReason,
      config: channel === undefined || config === null ? {} : maskConfig(channel, config), configSummary, retryDelaysSeconds, version,
      createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
    };
  }

  private sealed(id: string, channel: Channel, config: Record<string, unknown>): { sealedConfig: string; configSummary: string } {
    return { sealedConfig: this.box.seal(JSON.stringify(config), configContext(id)), configSummary: channel.configSummary(config as never) };
  }

  private announce(identity: Identity) {
    return (before: ChannelEntity | undefined, after: ChannelEntity | undefined): OutboxMessage[] => {
      const { id, version, tenantId } = (after ?? before)!;
      return [
        directoryMessage('channels', id, after === undefined ? version + 1 : version, after === undefined ? null : { id, tenantId }),
        auditMessage(identity, {
          action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update', resource: 'channels', resourceId: id,
          before: before === undefined ? null : this.shown(before), after: after === undefined ? null : this.shown(after),
        }),
      ];
    };
  }
}
