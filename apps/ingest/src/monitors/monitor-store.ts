import { auditMessage, type Identity } from '@signalbox/access';
import type { OutboxMessage, Page, ResourceStore } from '@signalbox/database';
import { badRequest, etagOf, notFound, requireMatch } from '@signalbox/http-api';
import type { ReadModel } from '@signalbox/messaging';
import type { IncomingMessage } from 'node:http';
import type { DeepPartial } from 'typeorm';
import type { Told } from './domain/decision.js';
import { endOf } from './kinds.js';
import { messagesOf } from './messages.js';
import type { MonitorEntity, MonitorKind } from './monitor.entity.js';

export interface MonitorStoreOptions<M extends MonitorEntity> {
  readonly rows: ResourceStore<MonitorEntity>;
  readonly services: Pick<ReadModel<'services'>, 'find'>;
  readonly kind: MonitorKind;
  /** Its word in the audit log and in a 404. */
  readonly resource: string;
  readonly now: () => Date;
  /** When one that was paused is looked at once it watches again. */
  readonly resumedAt: (row: M, now: Date) => Date | null;
  /** As the audit log shows it: no key in it. */
  readonly audited: (row: M) => unknown;
}

export interface MonitorChange { readonly id: string; readonly action: string; readonly request: Pick<IncomingMessage, 'headers'> }

/** What an edit tells, beside what it does to the row. */
export type Edit<M> = (row: M, now: Date) => readonly Told[] | void;

/**
 * Monitors of one kind as operators change them. Each change commits with its audit entry
 * and with whatever it ends: what nobody watches any more must not stay open.
 */
export class MonitorStore<M extends MonitorEntity> {
  constructor(private readonly options: MonitorStoreOptions<M>) {}

  get now(): Date {
    return this.options.now();
  }

  async list(tenantId: string, page: Page, filter: { serviceId?: string | undefined; enabled?: boolean | undefined }): Promise<M[]> {
    const { serviceId, enabled } = filter;
    return await this.options.rows.list(tenantId, page, {
      kind: this.options.kind,
      ...(serviceId === undefined ? {} : { serviceId }),
      ...(enabled === undefined ? {} : { enabled }),
    }) as M[];
  }

  /** Throws a 404 when the tenant has none of that id. */
  async get(tenantId: string, id: string): Promise<M> {
    const row = await this.options.rows.find(tenantId, id);
    if (row?.kind !== this.options.kind) throw notFound(this.options.resource, id);
    return row as M;
  }

  /** Refuses (400) a service that is not this tenant's. */
  async requireService(tenantId: string, serviceId: string | null | undefined): Promise<void> {
    if (serviceId === null || serviceId === undefined || (await this.options.services.find(serviceId))?.tenantId === tenantId) return;
    throw badRequest([{ path: 'serviceId', message: 'is not the id of a service of yours' }]);
  }

  async create(identity: Identity, fields: Partial<M>): Promise<M> {
    const made = { claim: null, keyHash: null, sealedKey: null, lastBeatAt: null, ...fields, kind: this.options.kind };
    return await this.options.rows.create(
      identity.tenantId,
      made as DeepPartial<MonitorEntity>,
      (_, after) => [this.audit(identity, 'create', undefined, after as M)],
    ) as M;
  }

  /** Throws a 404, or a 412 when If-Match names another version. Pausing ends what is open. */
  async change(identity: Identity, { id, action, request }: MonitorChange, edit: Edit<M>): Promise<M> {
    const { now } = this;
    const told: Told[] = [];
    const row = await this.options.rows.update(identity.tenantId, id, (monitor) => {
      if (monitor.kind !== this.options.kind) throw notFound(this.options.resource, id);
      requireMatch(request, etagOf(monitor.version));
      told.push(...this.edited(monitor as M, edit, now));
    }, (before, after) => [...messagesOf(after!, told, now), this.audit(identity, action, before as M, after as M)]);
    if (row === null) throw notFound(this.options.resource, id);
    return row as M;
  }

  async remove(identity: Identity, { id, request }: Omit<MonitorChange, 'action'>): Promise<void> {
    const { now } = this;
    const removed = await this.options.rows.remove(identity.tenantId, id, (row) => {
      if (row.kind !== this.options.kind) throw notFound(this.options.resource, id);
      requireMatch(request, etagOf(row.version));
    }, (before) => [
      ...messagesOf(before!, endOf(before!, 'is not watched any more: it was deleted', now).told, now),
      this.audit(identity, 'delete', before as M, undefined),
    ]);
    if (!removed) throw notFound(this.options.resource, id);
  }

  private edited(row: M, edit: Edit<M>, now: Date): readonly Told[] {
    const wasEnabled = row.enabled;
    const told = [...(edit(row, now) ?? [])];
    // A check under way looked at what it was before.
    row.claim = null;
    if (row.enabled && !wasEnabled) row.dueAt = this.options.resumedAt(row, now);
    if (!row.enabled) {
      row.dueAt = null;
      const ended = endOf(row, 'is not watched for now: it was paused', now);
      row.state = ended.state;
      told.push(...ended.told);
    }
    return told;
  }

  private audit(identity: Identity, action: string, before: M | undefined, after: M | undefined): OutboxMessage {
    const { resource, audited } = this.options;
    const shown = (row: M | undefined): unknown => (row === undefined ? null : audited(row));
    return auditMessage(identity, { action, resource: `${resource}s`, resourceId: (after ?? before)!.id, before: shown(before), after: shown(after) });
  }
}

/** A monitor's state changes without its version: an answer about it is never "as you have it". */
export function neverUnchanged(request: Pick<IncomingMessage, 'headers'>): void {
  delete request.headers['if-none-match'];
}

/** Whether a field of a change was sent, null being as good as nothing. */
export function given<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
