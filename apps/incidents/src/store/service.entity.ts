import type { Urgency } from '@signalbox/contracts';
import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';
import type { ServiceRules } from '../domain/rules.js';

/** A thing that is watched; what an incident belongs to, and what it says of its incidents. */
@Entity('services')
export class ServiceEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  /** Who answers for it. The team may have been deleted since. */
  @Column('uuid', { name: 'team_id', nullable: true })
  teamId!: string | null;

  @Column('uuid', { name: 'policy_id', nullable: true })
  policyId!: string | null;

  @Column('text', { nullable: true })
  urgency!: Urgency | null;

  @Column('jsonb', { nullable: true })
  sla!: ServiceRules['sla'];

  @Column('int', { name: 'auto_resolve_seconds', nullable: true })
  autoResolveSeconds!: number | null;

  @Column('int', { name: 'reopen_seconds', nullable: true })
  reopenSeconds!: number | null;

  @Column('int', { name: 'storm_per_minute', nullable: true })
  stormPerMinute!: number | null;

  @Column('jsonb', { nullable: true })
  flapping!: ServiceRules['flapping'];

  @Column('jsonb', { name: 'depends_on' })
  dependsOn!: string[];

  @Column('text', { name: 'runbook_url', nullable: true })
  runbookUrl!: string | null;
}
