import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';
import type { Matcher } from '../../domain/matcher.js';
import type { PolicyStep, PolicyTarget } from '../../domain/rules.js';
import type { Recurrence } from '../../domain/window.js';

@Entity('escalation_policies')
export class PolicyEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('jsonb')
  steps!: PolicyStep[];

  @Column('int')
  rounds!: number;

  @Column('int', { name: 'acknowledge_timeout_seconds', nullable: true })
  acknowledgeTimeoutSeconds!: number | null;

  @Column('jsonb')
  fallback!: PolicyTarget[];
}

@Entity('silences')
export class SilenceEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('jsonb')
  matchers!: Matcher[];

  @Column('timestamptz', { name: 'starts_at' })
  startsAt!: Date;

  @Column('timestamptz', { name: 'ends_at' })
  endsAt!: Date;

  @Column('text', { name: 'created_by' })
  createdBy!: string;
}

@Entity('maintenance_windows')
export class WindowEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('jsonb')
  matchers!: Matcher[];

  @Column('jsonb', { name: 'service_ids' })
  serviceIds!: string[];

  @Column('timestamptz', { name: 'starts_at' })
  startsAt!: Date;

  @Column('timestamptz', { name: 'ends_at' })
  endsAt!: Date;

  @Column('text', { name: 'time_zone' })
  timeZone!: string;

  @Column('text')
  recurrence!: Recurrence;

  @Column('timestamptz', { name: 'recurs_until', nullable: true })
  recursUntil!: Date | null;
}

@Entity('inhibition_rules')
export class InhibitionEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('jsonb')
  source!: Matcher[];

  @Column('jsonb')
  target!: Matcher[];

  @Column('jsonb')
  equal!: string[];
}

@Entity('grouping_rules')
export class GroupingEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('jsonb')
  matchers!: Matcher[];

  @Column('jsonb')
  by!: string[];

  @Column('int', { name: 'window_seconds' })
  windowSeconds!: number;
}
