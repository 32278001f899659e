import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

export type MonitorKind = 'heartbeat' | 'tls' | 'obligation';

/**
 * What is watched. `config` is the operator's and `state` the clockwork's, each as its
 * kind has it (`domain/`). `version` counts the operator's changes alone.
 */
@Entity('monitors')
export class MonitorEntity<C = object, S = object> extends ResourceEntity {
  @Column('text')
  kind!: MonitorKind;

  @Column('text')
  name!: string;

  @Column('uuid', { name: 'service_id', nullable: true })
  serviceId!: string | null;

  @Column('boolean')
  enabled!: boolean;

  @Column('jsonb')
  config!: C;

  @Column('jsonb')
  state!: S;

  /** When the clockwork looks at it; null: not before something happens. */
  @Column('timestamptz', { name: 'due_at', nullable: true })
  dueAt!: Date | null;

  /** The check under way: what it finds counts only while this stands. */
  @Column('uuid', { nullable: true })
  claim!: string | null;

  @Column('text', { name: 'key_hash', nullable: true })
  keyHash!: string | null;

  @Column('text', { name: 'sealed_key', nullable: true })
  sealedKey!: string | null;

  @Column('timestamptz', { name: 'last_beat_at', nullable: true })
  lastBeatAt!: Date | null;
}
