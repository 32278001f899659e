import { auditMessage, type Identity, type SecretBox } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { isUniqueViolation, type OutboxMessage, type ResourceStore } from '@signalbox/database';
import { conflict } from '@signalbox/http-api';
import { directoryMessage } from '@signalbox/messaging';
import { maskConfig } from '../destinations/config.js';
import type { Destination } from '../destinations/contract.js';
import { destinationOf } from '../destinations/registry.js';
import type { DestinationStates } from './destination-states.js';
import { configContext, type LiveRoutes } from './live-routes.js';
import type { RouteEntity } from './route.entity.js';

export interface RouteFields {
  readonly name: string;
  readonly topic: string;
  readonly filter: Record<string, unknown> | null;
  readonly enabled: boolean;
  readonly concurrency: number;
}

/** Settings of a destination, ready to be sealed. */
export interface DestinationFields { readonly kind: Destination; readonly config: Record<string, unknown>; readonly summary: string }

/** Routes as operators change them: sealed, audited, pushed to every replica, and in force here at once. */
export class RouteStore {
  constructor(
    private readonly rows: ResourceStore<RouteEntity>, private readonly live: LiveRoutes,
    private readonly states: DestinationStates, private readonly box: SecretBox,
  ) {}

  list(
    tenantId: string,
    page: Parameters<ResourceStore<RouteEntity>['list']>[1],
    where: Partial<Pick<RouteEntity, 'state' | 'enabled'>>,
  ): Promise<RouteEntity[]> {
    return this.rows.list(tenantId, page, where);
  }

  find(tenantId: string, id: string): Promise<RouteEntity | null> {
    return this.rows.find(tenantId, id);
  }

  async create(identity: Identity, fields: RouteFields, destination: DestinationFields): Promise<RouteEntity> {
    const id = newId();
    const made: Partial<RouteEntity> = { id, ...fields, state: 'active', stateReason: null, ...this.sealed(id, destination) };
    const row = await named(fields.name, this.rows.create(identity.tenantId, made, this.announce(identity, 'create')));
    this.live.keep(id, row);
    return row;
  }

  async change(identity: Identity, id: string, action: string, edit: (row: RouteEntity) => void): Promise<RouteEntity | null> {
    let name = '';
    const row = await named(() => name, this.rows.update(identity.tenantId, id, (found) => {
      edit(found);
      name = found.name;
    }, this.announce(identity, action)));
    if (row !== null) this.live.keep(id, row);
    return row;
  }

  /** Resuming lets what is held go first. */
  async resume(identity: Identity, id: string): Promise<RouteEntity | null> {
    const known = await this.rows.find(identity.tenantId, id);
    if (known === null || known.state === 'active') return known;
    await this.states.drain({ id, tenantId: identity.tenantId }, 'resumed');
    return this.change(identity, id, 'resume', (row) => {
      row.state = 'active';
      row.stateReason = null;
    });
  }

  async remove(identity: Identity, id: string, check: (row: RouteEntity) => void): Promise<boolean> {
    const removed = await this.rows.remove(identity.tenantId, id, check, this.announce(identity, 'delete'));
    if (removed) this.live.keep(id, null);
    return removed;
  }

  sealed(id: string, { kind, config, summary }: DestinationFields): Pick<RouteEntity, 'destinationType' | 'sealedConfig' | 'destinationSummary'> {
    return { destinationType: kind.kind, sealedConfig: this.box.seal(JSON.stringify(config), configContext(id)), destinationSummary: summary };
  }

  configOf(row: RouteEntity): Record<string, unknown> {
    return JSON.parse(this.box.open(row.sealedConfig, configContext(row.id))) as Record<string, unknown>;
  }

  /** The route as the API and the audit log show it: secrets masked. */
  shown(row: RouteEntity) {
    const state = this.states.get(row.id);
    return {
      id: row.id, name: row.name, enabled: row.enabled, state: row.state, stateReason: row.stateReason, topic: row.topic, filter: row.filter,
      destination: { type: row.destinationType, summary: row.destinationSummary, config: this.maskedConfig(row) },
      destinationState: { state: state?.state ?? 'open', closedUntil: state?.closedUntil?.toISOString() ?? null, reason: state?.reason ?? null },
      concurrency: row.concurrency, version: row.version, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
    };
  }

  private maskedConfig(row: RouteEntity): Record<string, unknown> {
    const kind = destinationOf(row.destinationType);
    return kind === undefined ? {} : maskConfig(kind, this.configOf(row));
  }

  private announce(identity: Identity, action: string) {
    return (before: RouteEntity | undefined, after: RouteEntity | undefined): OutboxMessage[] => {
      const { id, version, tenantId } = (after ?? before)!;
      const audited = (row: RouteEntity | undefined): unknown => {
        if (row === undefined) return null;
        const { destinationState: _state, ...shown } = this.shown(row);
        return shown;
      };
      return [
        directoryMessage('routes', id, after === undefined ? version + 1 : version, after === undefined ? null : { id, tenantId }),
        auditMessage(identity, { action, resource: 'message-routes', resourceId: id, before: audited(before), after: audited(after) }),
      ];
    };
  }
}

function named<T>(name: string | (() => string), work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const cause: unknown = error instanceof Error && 'driverError' in error ? error.driverError : error;
    if (isUniqueViolation(cause)) throw conflict(`There is a route named '${typeof name === 'string' ? name : name()}' already: choose another name.`);
    throw error;
  });
}
