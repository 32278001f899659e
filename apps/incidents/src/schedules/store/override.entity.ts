import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

/** Somebody takes over a schedule, or another's time of it, for a while. */
@Entity('schedule_overrides')
export class OverrideEntity extends ResourceEntity {
  @Column('uuid', { name: 'schedule_id' })
  scheduleId!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @Column('uuid', { name: 'replaces_user_id', nullable: true })
  replacesUserId!: string | null;

  @Column('timestamptz', { name: 'starts_at' })
  startsAt!: Date;

  @Column('timestamptz', { name: 'ends_at' })
  endsAt!: Date;
}
