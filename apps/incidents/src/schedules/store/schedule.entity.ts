import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';
import type { Layer } from '../domain/schedule.js';

/** An on-call schedule. */
@Entity('schedules')
export class ScheduleEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text', { name: 'time_zone' })
  timeZone!: string;

  @Column('uuid', { name: 'team_id', nullable: true })
  teamId!: string | null;

  @Column('jsonb')
  layers!: Layer[];
}
