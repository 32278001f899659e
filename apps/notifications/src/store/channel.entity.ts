import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

/** A configured outbound destination for notifications. */
@Entity('notification_channels')
export class ChannelEntity extends ResourceEntity {
  @Column('text')
  kind!: string;

  @Column('text')
  name!: string;

  @Column('boolean')
  enabled!: boolean;

  /** Why it was switched off by itself: what an operator has to mend. */
  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason!: string | null;

  @Column('text', { name: 'sealed_config' })
  sealedConfig!: string;

  @Column('text', { name: 'config_summary' })
  configSummary!: string;

  @Column('int', { name: 'retry_delays_seconds', array: true, nullable: true })
  retryDelaysSeconds!: number[] | null;
}
