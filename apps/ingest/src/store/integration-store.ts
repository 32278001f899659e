import { auditMessage, hashKey, newIntegrationKey, type Identity, type SecretBox } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import type { OutboxMessage, Page, ResourceStore } from '@signalbox/database';
import { badRequest } from '@signalbox/http-api';
import { directoryMessage, type ReadModel } from '@signalbox/messaging';
import { directoryValue, keyContext, secretContext, type IntegrationIndex } from './integration-index.js';
import type { IntegrationEntity } from './integration.entity.js';

const DEFAULT_RATE_LIMIT = 120;

export interface NewIntegrationFields {
  readonly type: string;
  readonly name: string;
  readonly serviceId: string;
  readonly enabled?: boolean;
  readonly rateLimitPerMinute?: number;
  readonly config: Record<string, unknown>;
  readonly severities: Record<string, string> | null;
}

/** Integrations as operators change them: each change is pushed to every gateway and written to the audit log. */
export class IntegrationStore {
  constructor(
    private readonly rows: ResourceStore<IntegrationEntity>,
    private readonly box: SecretBox,
    private readonly index: IntegrationIndex,
    private readonly services: ReadModel<'services'>,
  ) {}

  list(tenantId: string, page: Page, filter: { serviceId?: string; type?: string }): Promise<IntegrationEntity[]> {
    return this.rows.list(tenantId, page, filter);
  }

  find(tenantId: string, id: string): Promise<IntegrationEntity | null> {
    return this.rows.find(tenantId, id);
  }

  /** Refuses (400) a service that is not this tenant's. */
  async requireService(tenantId: string, serviceId: string): Promise<void> {
    if (await this.hasService(tenantId, serviceId)) return;
    throw badRequest([{ path: 'serviceId', message: 'is not the id of a service of yours' }]);
  }

  /** Whether the service is this tenant's. */
  async hasService(tenantId: string, serviceId: string): Promise<boolean> {
    return (await this.services.find(serviceId))?.tenantId === tenantId;
  }

  async create(identity: Identity, fields: NewIntegrationFields): Promise<IntegrationEntity> {
    const id = newId();
    const { type, name, serviceId, config, severities } = fields;
    const row = await this.rows.create(identity.tenantId, {
      id, type, name, serviceId, config, severities, enabled: fields.enabled ?? true, rateLimitPerMinute: fields.rateLimitPerMinute ?? DEFAULT_RATE_LIMIT,
      sealedSecrets: [], ...this.freshKey(id),
    }, this.announce(identity, 'create'));
    this.index.learn(row);
    return row;
  }

  async change(identity: Identity, id: string, action: string, edit: (row: IntegrationEntity) => void): Promise<IntegrationEntity | null> {
    const row = await this.rows.update(identity.tenantId, id, edit, this.announce(identity, action));
    if (row !== null) this.index.learn(row);
    return row;
  }

  async remove(identity: Identity, id: string, check: (row: IntegrationEntity) => void): Promise<boolean> {
    return this.rows.remove(identity.tenantId, id, check, this.announce(identity, 'delete'));
  }

  rotateKey(identity: Identity, id: string): Promise<IntegrationEntity | null> {
    return this.change(identity, id, 'rotate-key', (row) => void Object.assign(row, this.freshKey(id)));
  }

  /** The new secret goes first, the one before it stays; null clears both. */
  setSecret(identity: Identity, id: string, secret: string | null, check: (row: IntegrationEntity) => void): Promise<IntegrationEntity | null> {
    return this.change(identity, id, 'signature-secret', (row) => {
      check(row);
      row.sealedSecrets = secret === null ? [] : [this.box.seal(secret, secretContext(id)), ...row.sealedSecrets].slice(0, 2);
    });
  }

  shown(row: IntegrationEntity, { withKey }: { withKey: boolean }) {
    const { id, type, name, enabled, serviceId, rateLimitPerMinute, config, severities, version } = row;
    return {
      id, type, name, key: withKey ? this.box.open(row.sealedKey, keyContext(id)) : null, enabled, serviceId, hasSignatureSecret: row.sealedSecrets.length > 0,
      rateLimitPerMinute, mapping: config, severities, version, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
    };
  }

  private freshKey(id: string): { keyHash: string; sealedKey: string } {
    const key = newIntegrationKey();
    return { keyHash: hashKey(key), sealedKey: this.box.seal(key, keyContext(id)) };
  }

  private announce(identity: Identity, action: string) {
    return (before: IntegrationEntity | undefined, after: IntegrationEntity | undefined): OutboxMessage[] => {
      const { id, version } = (after ?? before)!;
      const audited = (row: IntegrationEntity | undefined) => (row === undefined ? null : this.shown(row, { withKey: false }));
      return [
        directoryMessage('integrations', id, after === undefined ? version + 1 : version, after === undefined ? null : directoryValue(after)),
        auditMessage(identity, { action, resource: 'integrations', resourceId: id, before: audited(before), after: audited(after) }),
      ];
    };
  }
}
