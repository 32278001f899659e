import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

/** A broker or a subject from which messages are fetched. */
@Entity('inlets')
export class InletEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('text')
  kind!: string;

  @Column('boolean')
  enabled!: boolean;

  @Column('text', { name: 'sealed_config' })
  sealedConfig!: string;

  @Column('int')
  slot!: number;
}
