import type { Provider, Type } from '@nestjs/common';
import { memberKey } from '@signalbox/contracts';
import { ResourceStore, type Database, type OutboxRow } from '@signalbox/database';
import type { ReadModel } from '@signalbox/messaging';
import type { DataSource } from 'typeorm';
import type { ScheduleStore } from '../schedules/store/schedule-store.js';
import type { Rulebook } from '../store/rulebook.js';
import { ServiceEntity } from '../store/service.entity.js';
import { GroupingRulesController } from './http/grouping-rules.controller.js';
import { InhibitionRulesController } from './http/inhibition-rules.controller.js';
import { MaintenanceWindowsController } from './http/maintenance-windows.controller.js';
import { PoliciesController } from './http/policies.controller.js';
import { References } from './http/references.js';
import { SettingsOfServices } from './http/service-settings.js';
import { SilencesController } from './http/silences.controller.js';
import { GroupingEntity, InhibitionEntity, PolicyEntity, SilenceEntity, WindowEntity } from './store/entities.js';
import { GroupingStore, InhibitionStore, PolicyStore, RuleStore, SilenceStore, WindowStore } from './store/rule-store.js';
import { Trials } from './store/trials.js';

export interface RuleParts {
  readonly db: Database;
  readonly entities: DataSource;
  readonly rules: Rulebook;
  readonly offer: (rows: readonly OutboxRow[]) => void;
  /** A tenant's rules changed: resolves when they hold here. */
  readonly changed: (tenantId: string) => Promise<void>;
  readonly members: ReadModel<'members'>;
  readonly teams: ReadModel<'teams'>;
  readonly channels: ReadModel<'channels'>;
  readonly schedules: ScheduleStore;
}

export interface Rules {
  readonly services: RuleStore<ServiceEntity>;
  readonly references: References;
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
}

/** The wiring of what tenants say about their incidents: services' settings, policies, and what is quiet. */
export function assembleRules({ db, entities, rules, offer, changed, members, teams, channels, schedules }: RuleParts): Rules {
  const ruled = { offer, changed };
  const services = new RuleStore(entities, ServiceEntity, ruled);
  const policies = new PolicyStore(entities, PolicyEntity, ruled);
  const references = new References(db, {
    user: async (tenantId, id) => await members.find(memberKey(tenantId, id)) !== undefined,
    team: async (tenantId, id) => (await teams.find(id))?.tenantId === tenantId,
    channel: async (tenantId, id) => (await channels.find(id))?.tenantId === tenantId,
    schedule: async (tenantId, id) => await schedules.schedules.find(tenantId, id) !== null,
  });
  return {
    services, references,
    controllers: [PoliciesController, SilencesController, MaintenanceWindowsController, InhibitionRulesController, GroupingRulesController],
    providers: [
      { provide: ResourceStore, useValue: services }, { provide: PolicyStore, useValue: policies }, { provide: References, useValue: references },
      { provide: SettingsOfServices, useValue: new SettingsOfServices(db, policies, references) },
      { provide: SilenceStore, useValue: new SilenceStore(entities, SilenceEntity, ruled) },
      { provide: WindowStore, useValue: new WindowStore(entities, WindowEntity, ruled) },
      { provide: InhibitionStore, useValue: new InhibitionStore(entities, InhibitionEntity, ruled) },
      { provide: GroupingStore, useValue: new GroupingStore(entities, GroupingEntity, ruled) },
      { provide: Trials, useValue: new Trials(db, rules) },
    ],
  };
}
