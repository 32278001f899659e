import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

/** Which messages go to which destination. */
@Entity('message_routes')
export class RouteEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  /** A disabled route matches nothing. */
  @Column('boolean')
  enabled!: boolean;

  /** A paused route goes on matching; what it matches is held. */
  @Column('text')
  state!: 'active' | 'paused';

  @Column('text', { name: 'state_reason', nullable: true })
  stateReason!: string | null;

  @Column('text')
  topic!: string;

  @Column('jsonb', { nullable: true })
  filter!: Record<string, unknown> | null;

  @Column('text', { name: 'destination_type' })
  destinationType!: string;

  @Column('text', { name: 'sealed_config' })
  sealedConfig!: string;

  @Column('text', { name: 'destination_summary' })
  destinationSummary!: string;

  @Column('int')
  concurrency!: number;
}
