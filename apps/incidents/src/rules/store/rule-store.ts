import { ResourceStore, type ResourceEntity } from '@signalbox/database';
import type { DataSource, EntityTarget } from 'typeorm';
import type { GroupingEntity, InhibitionEntity, PolicyEntity, SilenceEntity, WindowEntity } from './entities.js';

/** What tenants say of one kind: a change is in force on this replica when it is answered. `changed` is waited for after each commit, with the tenant's id, and must not throw. */
export class RuleStore<E extends ResourceEntity> extends ResourceStore<E> {
  constructor(source: DataSource, entity: EntityTarget<E>, offer: ConstructorParameters<typeof ResourceStore>[2], private readonly changed: (tenantId: string) => Promise<void>) {
    super(source, entity, offer);
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
    await this.changed(tenantId);
    return result;
  }
}

// One class of each kind: what is injected is found by its class.
export class PolicyStore extends RuleStore<PolicyEntity> {}
export class SilenceStore extends RuleStore<SilenceEntity> {}
export class WindowStore extends RuleStore<WindowEntity> {}
export class InhibitionStore extends RuleStore<InhibitionEntity> {}
export class GroupingStore extends RuleStore<GroupingEntity> {}
