import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

/** A thing that is watched; what an incident belongs to. */
@Entity('services')
export class ServiceEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  /** Who answers for it. The team may have been deleted since. */
  @Column('uuid', { name: 'team_id', nullable: true })
  teamId!: string | null;
}
