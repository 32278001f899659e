import { newId } from '@signalbox/contracts';
import { Column, PrimaryColumn, type DataSource, type DeepPartial, type EntityManager, type EntityTarget, type FindOptionsWhere } from 'typeorm';
import { enqueue, type OutboxMessage, type OutboxRow } from './outbox.js';

/** What every configured resource has: an id, its tenant, and a version that counts its changes (its ETag, and the order of its pushes). */
export abstract class ResourceEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('int')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

/** Where a list goes on: after the row that was made at this time with this id. */
export interface Page { readonly limit: number; readonly after?: { readonly at: string; readonly id: string } }

/** The messages that tell of a change (directory push, audit entry): `before` is missing on a creation, `after` on a deletion. */
export type Announce<E> = (before: E | undefined, after: E | undefined) => readonly OutboxMessage[];

/**
 * Create, read, change and delete for one kind of resource, always within a tenant: another tenant's id is as unknown as a wrong one.
 * Each change commits together with the messages that announce it.
 */
export class ResourceStore<E extends ResourceEntity> {
  constructor(
    private readonly source: DataSource,
    private readonly entity: EntityTarget<E>,
    private readonly offer: (rows: readonly OutboxRow[]) => void,
  ) {}

  /** Up to `limit + 1` rows, newest first (one more than asked tells that there is a next page). */
  async list(tenantId: string, page: Page, where: FindOptionsWhere<E> = {}): Promise<E[]> {
    const query = this.source.manager.createQueryBuilder(this.entity, 'r').where({ ...where, tenantId });
    if (page.after !== undefined) query.andWhere('(r.created_at, r.id) < (:at::timestamptz, :after::uuid)', { at: page.after.at, after: page.after.id });
    return query.orderBy('r.created_at', 'DESC').addOrderBy('r.id', 'DESC').limit(page.limit + 1).getMany();
  }

  async find(tenantId: string, id: string): Promise<E | null> {
    return this.source.manager.findOneBy(this.entity, { id, tenantId } as FindOptionsWhere<E>);
  }

  /** Every row of every tenant, for filling read models at start. */
  async all(): Promise<E[]> {
    return this.source.manager.find(this.entity);
  }

  async create(tenantId: string, fields: DeepPartial<E>, announce: Announce<E>): Promise<E> {
    const now = new Date();
    return this.change(async (manager) => {
      const row = manager.create(this.entity, { id: newId(), ...fields, tenantId, version: 1, createdAt: now, updatedAt: now } as DeepPartial<E>);
      await manager.insert(this.entity, row as Parameters<EntityManager['insert']>[1]);
      return { result: row, messages: announce(undefined, row) };
    });
  }

  /** Changes a row under lock; null when the tenant has none of that id. What `edit` throws leaves the row as it was. */
  async update(tenantId: string, id: string, edit: (row: E) => void, announce: Announce<E>): Promise<E | null> {
    return this.change(async (manager) => {
      const row = await this.lock(manager, tenantId, id);
      if (row === null) return { result: null, messages: [] };
      const before = manager.create(this.entity, structuredClone({ ...row }) as DeepPartial<E>);
      edit(row);
      row.version = before.version + 1;
      row.updatedAt = new Date();
      await manager.save(this.entity, row as DeepPartial<E> & E);
      return { result: row, messages: announce(before, row) };
    });
  }

  /** Deletes a row; false when the tenant has none of that id. `check` sees it under lock, and keeps it by throwing. */
  async remove(tenantId: string, id: string, check: (row: E) => void, announce: Announce<E>): Promise<boolean> {
    return this.change(async (manager) => {
      const row = await this.lock(manager, tenantId, id);
      if (row === null) return { result: false, messages: [] };
      check(row);
      await manager.delete(this.entity, { id, tenantId } as FindOptionsWhere<E>);
      return { result: true, messages: announce(row, undefined) };
    });
  }

  private lock(manager: EntityManager, tenantId: string, id: string): Promise<E | null> {
    return manager.findOne(this.entity, { where: { id, tenantId } as FindOptionsWhere<E>, lock: { mode: 'pessimistic_write' } });
  }

  private async change<T>(work: (manager: EntityManager) => Promise<{ result: T; messages: readonly OutboxMessage[] }>): Promise<T> {
    const { result, rows } = await this.source.transaction(async (manager) => {
      const done = await work(manager);
      return { result: done.result, rows: await enqueue({ query: (text, values) => manager.query(text, [...(values ?? [])]) }, done.messages) };
    });
    this.offer(rows);
    return result;
  }
}
