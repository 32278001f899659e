import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';

export interface EntitySourceOptions {
  readonly url: string;
  readonly schema: string;
  readonly entities: readonly EntityTarget<ObjectLiteral>[];
  readonly poolSize?: number;
}

/**
 * TypeORM over this service's schema, for resources that are created, read, changed and deleted one at a time.
 * (Hot paths and anything that touches many rows use `Database`.) Call `initialize()` once Postgres is there.
 */
export function entitySource(options: EntitySourceOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    schema: options.schema,
    entities: options.entities as unknown as (new () => ObjectLiteral)[],
    synchronize: false,
    migrationsRun: false,
    poolSize: options.poolSize ?? 3,
    applicationName: `signalbox-${options.schema}-entities`,
    extra: { options: `-c search_path=${options.schema}`, connectionTimeoutMillis: 5_000, keepAlive: true },
    poolErrorHandler: () => undefined,
  });
}
