import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

/** A thing that is watched; what an incident belongs to. */
@Entity('services')
export class ServiceEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;
}
