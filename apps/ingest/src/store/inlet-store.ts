import { auditMessage, type Identity, type SecretBox } from '@signalbox/access';
import { maskConfig } from '@signalbox/adapter-config';
import { newId, partitionOf } from '@signalbox/contracts';
import type { OutboxMessage, Page, ResourceStore } from '@signalbox/database';
import type { InletKind } from '../inlets/contract.js';
import { inletOf } from '../inlets/registry.js';
import type { InletEntity } from './inlet.entity.js';
import type { InletRows, ShownStatus } from './inlet-rows.js';

export interface InletFields {
  readonly name: string;
  readonly enabled: boolean;
  readonly config: Record<string, unknown>;
}

/** What a sealed config is bound to: it opens only for its own inlet. */
export function configContext(inletId: string): string {
  return `inlet/${inletId}/config`;
}

const NOT_YET: ShownStatus = { state: 'connecting', lastError: null, lastErrorAt: null, lastMessageAt: null, counts: { stored: 0, refused: 0, ignored: 0 } };

/** Inlets as operators change them: their configs sealed as a whole, each change audited; whoever runs them sees it within a second. */
export class InletStore {
  constructor(private readonly rows: ResourceStore<InletEntity>, private readonly box: SecretBox, private readonly statuses: InletRows) {}

  list(tenantId: string, page: Page): Promise<InletEntity[]> {
    return this.rows.list(tenantId, page);
  }

  find(tenantId: string, id: string): Promise<InletEntity | null> {
    return this.rows.find(tenantId, id);
  }

  configOf(row: InletEntity): Record<string, unknown> {
    return JSON.parse(this.box.open(row.sealedConfig, configContext(row.id))) as Record<string, unknown>;
  }

  create(identity: Identity, { kind }: InletKind, { name, enabled, config }: InletFields): Promise<InletEntity> {
    const id = newId();
    return this.rows.create(
      identity.tenantId,
      { id, name, kind, enabled, slot: partitionOf(id), sealedConfig: this.sealed(id, config) },
      this.announce(identity),
    );
  }

  /** `edit` gets the row and gives the config to keep, or nothing when it stays. */
  change(identity: Identity, id: string, edit: (row: InletEntity) => Record<string, unknown> | undefined): Promise<InletEntity | null> {
    return this.rows.update(identity.tenantId, id, (row) => {
      const config = edit(row);
      if (config !== undefined) row.sealedConfig = this.sealed(id, config);
    }, this.announce(identity));
  }

  /** `check` may refuse under the row's lock. */
  remove(identity: Identity, id: string, check: (row: InletEntity) => void): Promise<boolean> {
    return this.rows.remove(identity.tenantId, id, check, this.announce(identity));
  }

  /** Inlets as they are shown, secrets masked, with how they fare. */
  async shown(rows: readonly InletEntity[]) {
    const statuses = await this.statuses.statusOf(rows.map(({ id }) => id));
    return rows.map((row) => {
      const { state, ...rest } = statuses.get(row.id) ?? NOT_YET;
      return { ...this.settings(row), state: row.enabled ? state : 'disabled', ...rest };
    });
  }

  private settings(row: InletEntity) {
    const { id, name, kind, enabled, version } = row;
    const adapter = inletOf(kind);
    return {
      id, name, kind, enabled, config: adapter === undefined ? {} : maskConfig(adapter, this.configOf(row)), version,
      createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
    };
  }

  private sealed(id: string, config: Record<string, unknown>): string {
    return this.box.seal(JSON.stringify(config), configContext(id));
  }

  private announce(identity: Identity) {
    return (before: InletEntity | undefined, after: InletEntity | undefined): OutboxMessage[] => [auditMessage(identity, {
      action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update', resource: 'inlets', resourceId: (after ?? before)!.id,
      before: before === undefined ? null : this.settings(before), after: after === undefined ? null : this.settings(after),
    })];
  }
}
