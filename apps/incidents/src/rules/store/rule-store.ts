import { ResourceStore, type ResourceEntity } from '@signalbox/database';
import { MoreThan, type DataSource, type EntityTarget, type FindOptionsWhere } from 'typeorm';
import type { GroupingEntity, InhibitionEntity, PolicyEntity, SilenceEntity, WindowEntity } from './entities.js';

export interface RuleStoreOptions {
  readonly offer: ConstructorParameters<typeof ResourceStore>[2];
  /** Waited for after each commit, with the tenant's id. Must not throw. */
  readonly changed: (tenantId: string) => Promise<void>;
}

/** What tenants say of one kind: a change is in force on this replica when it is answered. */
export class RuleStore<E extends ResourceEntity> extends ResourceStore<E> {
  /** How many a tenant can have: all of them are looked at for every new incident, in a process that is everybody's. */
  readonly most: number = Infinity;

  constructor(private readonly rows: DataSource, private readonly kind: EntityTarget<E>, private readonly options: RuleStoreOptions) {
    super(rows, kind, options.offer);
  }

  /** Whether the tenant has as many as it can have that still count. */
  async isFull(tenantId: string): Promise<boolean> {
    return this.most !== Infinity && await this.rows.manager.countBy(this.kind, { tenantId, ...this.counting() } as FindOptionsWhere<E>) >= this.most;
  }

  /** Which rows count. */
  protected counting(): FindOptionsWhere<E> {
    return {};
  }

  override create(...args: Parameters<ResourceStore<E>['create']>): Promise<E> {
    return this.inForce(args[0], super.create(...args));
  }

  override update(...args: Parameters<ResourceStore<E>['update']>): Promise<E | null> {
    return this.inForce(args[0], super.update(...args));
  }

  override remove(...args: Parameters<ResourceStore<E>['remove']>): Promise<boolean> {
    return this.inForce(args[0], super.remove(...args));
  }

  private async inForce<T>(tenantId: string, change: Promise<T>): Promise<T> {
    const result = await change;
    await this.options.changed(tenantId);
    return result;
  }
}

// One class of each kind: what is injected is found by its class.
export class PolicyStore extends RuleStore<PolicyEntity> {
  override readonly most = 500;
}
export class SilenceStore extends RuleStore<SilenceEntity> {
  override readonly most = 500;

  protected override counting(): FindOptionsWhere<SilenceEntity> {
    return { endsAt: MoreThan(new Date()) };
  }
}
export class WindowStore extends RuleStore<WindowEntity> {
  override readonly most = 500;
}
export class InhibitionStore extends RuleStore<InhibitionEntity> {
  override readonly most = 50;
}
export class GroupingStore extends RuleStore<GroupingEntity> {
  override readonly most = 100;
}
