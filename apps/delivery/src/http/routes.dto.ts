import { ListQuery, Nullable } from '@signalbox/http-api';
import { Equals, IsBoolean, IsDefined, IsIn, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min, MinLength, ValidateNested } from 'class-validator';

const LATER = { message: 'is not supported yet: leave it out' };

export class DestinationBody {
  /** A kind of destination: see GET /api/v1/destination-types. */
  @IsString() @MinLength(1) @MaxLength(64)
  type!: string;

  /** Its settings. A secret that is left as the mask keeps its value. */
  @IsObject()
  config!: Record<string, unknown>;
}

/** What is promised and comes later: refused by name, so that nobody relies on it in vain. */
class ForLater {
  @IsOptional() @Equals(undefined, LATER)
  transform?: unknown;

  @IsOptional() @Equals(undefined, LATER)
  orderKey?: unknown;

  @IsOptional() @Equals(undefined, LATER)
  rateLimitPerSecond?: unknown;

  @IsOptional() @Equals(undefined, LATER)
  expireSeconds?: unknown;
}

export class NewRoute extends ForLater {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** A topic pattern in MQTT's form: + for one level, # at the end for any number. */
  @IsString() @MinLength(1) @MaxLength(1024)
  topic!: string;

  /** Payload paths with a literal or operators, all of which must hold; without it, every payload. */
  @IsOptional() @Nullable() @IsObject()
  filter?: Record<string, unknown> | null;

  @IsDefined() @ValidateNested()
  destination!: DestinationBody;

  /** A disabled route matches nothing. */
  @IsOptional() @IsBoolean()
  enabled?: boolean;

  /** Deliveries under way at a time, per replica (default 16). */
  @IsOptional() @IsInt() @Min(1) @Max(256)
  concurrency?: number;
}

export class RouteChange extends ForLater {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024)
  topic?: string;

  /** null: every payload. */
  @IsOptional() @Nullable() @IsObject()
  filter?: Record<string, unknown> | null;

  @IsOptional() @ValidateNested()
  destination?: DestinationBody;

  @IsOptional() @IsBoolean()
  enabled?: boolean;

  @IsOptional() @IsInt() @Min(1) @Max(256)
  concurrency?: number;
}

export class RouteListQuery extends ListQuery {
  @IsOptional() @IsIn(['active', 'paused'])
  state?: 'active' | 'paused';

  @IsOptional() @IsBoolean()
  enabled?: boolean;
}

export class DeliveryListQuery extends ListQuery {
  @IsOptional() @IsIn(['queued', 'held', 'retrying', 'delivered', 'dead'], { each: true })
  status?: string[];
}

/** A message that is only looked at. */
export class SampleMessage {
  @IsString() @MinLength(1) @MaxLength(1024)
  topic!: string;

  /** Any JSON. */
  @IsDefined()
  payload!: unknown;

  @IsOptional() @IsObject()
  headers?: Record<string, string>;
}
