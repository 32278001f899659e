import type { Identity } from '@signalbox/access';
import type { ResourceEntity } from '@signalbox/database';
import { conflict, decodeCursor, notFound, page, unchangedSince, type ListQuery, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import type { DeepPartial } from 'typeorm';
import { audited } from '../../schedules/http/announce.js';
import type { RuleStore } from '../store/rule-store.js';

interface Shown { readonly id: string; readonly createdAt: string }

export interface RuleKind<E, A> {
  /** As in the path, the scope and the audit log. */
  readonly resource: string;
  /** As in "There is no … of this id". */
  readonly one: string;
  readonly shown: (row: E) => A;
}

/** What operators do with every kind of rule in the same way: within their tenant, audited, by cursor and ETag. */
export class RuleResource<E extends ResourceEntity, A extends Shown> {
  constructor(private readonly store: RuleStore<E>, private readonly kind: RuleKind<E, A>) {}

  async page({ tenantId }: Identity, { limit, cursor }: ListQuery): Promise<Page<A>> {
    const place = decodeCursor(cursor);
    const rows = await this.store.list(tenantId, { limit, ...(place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } }) });
    return page(rows.map(this.kind.shown), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  /** The row of the tenant's with this id, or 404. */
  async required({ tenantId }: Identity, id: string): Promise<E> {
    return this.found(await this.store.find(tenantId, id), id);
  }

  async read(identity: Identity, id: string): Promise<A> {
    return this.kind.shown(await this.required(identity, id));
  }

  /** Refused (409) when the tenant has as many as it can have. */
  async create(identity: Identity, fields: DeepPartial<E>): Promise<A> {
    if (await this.store.isFull(identity.tenantId)) {
      const what = this.kind.resource.replaceAll('-', ' ');
      throw conflict(`There are ${this.store.most} ${what} already, the most that there can be: delete those that are not needed.`);
    }
    return this.kind.shown(await this.store.create(identity.tenantId, fields, audited(identity, this.kind.resource, this.kind.shown)));
  }

  /** Changes the row under lock; what `edit` throws is the answer, and nothing is changed. */
  async change(identity: Identity, id: string, request: IncomingMessage, edit: (row: E) => void): Promise<A> {
    const row = await this.store.update(identity.tenantId, id, (current) => {
      unchangedSince(request)(current);
      edit(current);
    }, audited(identity, this.kind.resource, this.kind.shown));
    return this.kind.shown(this.found(row, id));
  }

  async remove(identity: Identity, id: string, request: IncomingMessage): Promise<void> {
    const announce = audited(identity, this.kind.resource, this.kind.shown);
    if (!(await this.store.remove(identity.tenantId, id, unchangedSince(request), announce))) throw notFound(this.kind.one, id);
  }

  private found(row: E | null, id: string): E {
    if (row === null) throw notFound(this.kind.one, id);
    return row;
  }
}

/** The fields of a PATCH that are there: what is left out stays as it is. */
export function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What Postgres said, where TypeORM wraps it. */
export function driverError(error: unknown): unknown {
  return error instanceof Error && 'driverError' in error ? error.driverError : error;
}
