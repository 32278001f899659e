import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';
import type { Conditions, Target } from '../domain/rules.js';

/** Which notifications go to which channels and people. */
@Entity('notification_routing_rules')
export class RuleEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('boolean')
  enabled!: boolean;

  @Column('int')
  priority!: number;

  @Column('boolean')
  stop!: boolean;

  @Column('jsonb')
  conditions!: Conditions;

  @Column('jsonb')
  targets!: Target[];
}
