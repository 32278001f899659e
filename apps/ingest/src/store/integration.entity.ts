import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

/** An inbound source bound to a service. Its key is kept sealed (to be shown again) and as a hash (to be found by). */
@Entity('integrations')
export class IntegrationEntity extends ResourceEntity {
  @Column('uuid', { name: 'service_id' })
  serviceId!: string;

  @Column('text')
  type!: string;

  @Column('text')
  name!: string;

  @Column('boolean')
  enabled!: boolean;

  @Column('text', { name: 'key_hash' })
  keyHash!: string;

  @Column('text', { name: 'sealed_key' })
  sealedKey!: string;

  @Column('text', { name: 'sealed_secrets', array: true })
  sealedSecrets!: string[];

  @Column('int', { name: 'rate_limit_per_minute' })
  rateLimitPerMinute!: number;

  @Column('jsonb')
  config!: Record<string, unknown>;

  @Column('jsonb', { nullable: true })
  severities!: Record<string, string> | null;
}
