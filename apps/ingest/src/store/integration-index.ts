import type { SecretBox } from '@signalbox/access';
import type { DirectoryEntry, DirectoryKinds } from '@signalbox/contracts';
import type { Database } from '@signalbox/database';
import { ReadModel, type Bus } from '@signalbox/messaging';
import type { IntegrationEntity } from './integration.entity.js';

/** An integration as the hot path needs it: its secrets open, in memory only. */
export interface LiveIntegration {
  readonly id: string;
  readonly tenantId: string;
  /** Counts its changes. */
  readonly version: number;
  readonly serviceId: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly keyHash: string;
  readonly secrets: readonly string[];
  readonly rateLimitPerMinute: number;
  readonly config: unknown;
  readonly severities: Readonly<Record<string, string>> | null;
}

/** The entry that is pushed to all gateways when an integration changes. */
export function directoryValue(row: IntegrationEntity): DirectoryKinds['integrations'] {
  const { id, tenantId, serviceId, type, name, keyHash, enabled, sealedSecrets, rateLimitPerMinute, config, severities } = row;
  return { id, tenantId, serviceId, type, name, keyHash, enabled, sealedSecrets, rateLimitPerMinute, config, severities };
}

/** Whether an integration exists cannot be told now: its sender must come again. */
export class CannotLookUpError extends Error {}

/** Unknown keys that may be looked up in Postgres, per second: a flood of guesses must not become a flood of queries. */
const LOOKUPS_PER_SECOND = 50;

/**
 * All integrations in memory, by id and by the hash of their key: filled from this service's own table (so that the gateway works while
 * the bus is away), kept up to date by the directory. A key that is not here is looked up once, so that a fresh one works at once.
 */
export class IntegrationIndex {
  private readonly byId = new Map<string, LiveIntegration>();
  private readonly byKeyHash = new Map<string, LiveIntegration>();
  private readonly model: ReadModel<'integrations'>;
  private lookups = { second: 0, count: 0 };
  private filled = false;

  constructor(private readonly db: Database, bus: Bus, private readonly box: SecretBox, warn: (message: string, error?: unknown) => void) {
    this.model = new ReadModel(bus, 'integrations', warn);
    this.model.onChange((entry) => this.apply(entry));
  }

  get ready(): boolean {
    return this.filled;
  }

  get size(): number {
    return this.byId.size;
  }

  async start(): Promise<void> {
    for (const entry of await this.load('true', [])) this.model.apply(entry);
    this.filled = true;
    this.model.start();
  }

  stop(): void {
    this.model.stop();
  }

  get(id: string): LiveIntegration | undefined {
    return this.byId.get(id);
  }

  getByKeyHash(hash: string): LiveIntegration | undefined {
    return this.byKeyHash.get(hash);
  }

  /** Looks in Postgres for what is not in memory. Throws CannotLookUpError when that cannot be done now. */
  async lookUp(column: 'id' | 'key_hash', value: string, now: number): Promise<LiveIntegration | undefined> {
    const second = Math.floor(now / 1_000);
    if (this.lookups.second !== second) this.lookups = { second, count: 0 };
    if ((this.lookups.count += 1) > LOOKUPS_PER_SECOND) throw new CannotLookUpError('too many unknown keys are being tried');
    try {
      for (const entry of await this.load(`${column} = $1`, [value])) this.model.apply(entry);
    } catch (error) {
      throw new CannotLookUpError('the database is away', { cause: error });
    }
    return column === 'id' ? this.byId.get(value) : this.byKeyHash.get(value);
  }

  /**
   * The integrations of these ids as the table has them at this moment, whatever this replica has heard of them; those that are gone are left
   * out. For work that is in no hurry: it asks Postgres each time, and throws what Postgres throws.
   */
  async current(ids: readonly string[]): Promise<ReadonlyMap<string, LiveIntegration>> {
    const entries = await this.load('id = any($1::uuid[])', [ids]);
    for (const entry of entries) this.model.apply(entry);
    return new Map(entries.flatMap(({ key }) => {
      const live = this.byId.get(key);
      return live === undefined ? [] : [[key, live] as const];
    }));
  }

  /** What this replica has just written itself. */
  learn(row: IntegrationEntity): void {
    this.model.apply({ kind: 'integrations', key: row.id, version: row.version, value: directoryValue(row) });
  }

  private apply(entry: DirectoryEntry<'integrations'>): void {
    const old = this.byId.get(entry.key);
    if (old !== undefined) {
      this.byId.delete(old.id);
      if (this.byKeyHash.get(old.keyHash)?.id === old.id) this.byKeyHash.delete(old.keyHash);
    }
    if (entry.value === null) return;
    const { sealedSecrets, ...rest } = entry.value;
    const live: LiveIntegration = { ...rest, version: entry.version, secrets: sealedSecrets.map((sealed) => this.box.open(sealed, secretContext(entry.key))) };
    this.byId.set(live.id, live);
    this.byKeyHash.set(live.keyHash, live);
  }

  private async load(where: string, values: readonly unknown[]): Promise<DirectoryEntry<'integrations'>[]> {
    const rows = await this.db.query<{ version: number; value: DirectoryKinds['integrations'] }>(
      `select version, jsonb_build_object('id', id, 'tenantId', tenant_id, 'serviceId', service_id, 'type', type, 'name', name, 'keyHash', key_hash,
         'enabled', enabled, 'sealedSecrets', sealed_secrets, 'rateLimitPerMinute', rate_limit_per_minute, 'config', config, 'severities', severities) as value
       from integrations where ${where}`, values);
    return rows.map((row) => ({ kind: 'integrations', key: row.value.id, version: row.version, value: row.value }));
  }
}

/** What a sealed signature secret is bound to: it opens only for its own integration. */
export function secretContext(integrationId: string): string {
  return `integration/${integrationId}/secret`;
}

export function keyContext(integrationId: string): string {
  return `integration/${integrationId}/key`;
}
