import { ListQuery, Nullable, ResourceAnswer } from '@signalbox/http-api';
import { IsBoolean, IsISO8601, IsOptional, IsString, IsUUID } from 'class-validator';

export class MonitorListQuery extends ListQuery {
  @IsOptional() @IsUUID()
  serviceId?: string;

  @IsOptional() @IsBoolean()
  enabled?: boolean;
}

/** What every kind of monitor is shown with. */
export class MonitorAnswer extends ResourceAnswer {
  @IsBoolean() enabled!: boolean;
  /** When it is looked at next; null: not before something happens. */
  @Nullable() @IsISO8601() nextLookAt!: string | null;
}

/** What answers of all kinds have of a row. */
export function shownOf({ id, enabled, dueAt, version, createdAt, updatedAt }: {
  id: string;
  enabled: boolean;
  dueAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}): MonitorAnswer {
  return { id, enabled, nextLookAt: dueAt?.toISOString() ?? null, version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

export class NamedMonitorAnswer extends MonitorAnswer {
  @IsString() name!: string;
  @IsUUID() serviceId!: string;
}
