import { Nullable } from '@signalbox/http-api';
import { ArrayMaxSize, IsBoolean, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';

/** What a channel is made of, beside its kind. */
class ChannelFields {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  @IsObject()
  config!: Record<string, unknown>;

  @IsOptional() @IsBoolean()
  enabled?: boolean;

  /** When to try again, in seconds after each failed try; by default after 1, 5, 15, 30 and 60 minutes. */
  @IsOptional() @Nullable() @IsInt({ each: true }) @Min(1, { each: true }) @Max(86_400, { each: true }) @ArrayMaxSize(20)
  retryDelaysSeconds?: number[] | null;
}

export class NewChannel extends ChannelFields {
  /** See GET /api/v1/channel-types. */
  @IsString() @MinLength(1) @MaxLength(64)
  kind!: string;
}

export class ReplacedChannel extends ChannelFields {
  /** A channel's kind stays: it may be sent back as it was read. */
  @IsOptional() @IsString() @MaxLength(64)
  kind?: string;
}

export class ChannelChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsBoolean()
  enabled?: boolean;

  /** Only the fields that change; a secret that is sent back as dots keeps its value, null removes a field. */
  @IsOptional() @IsObject()
  config?: Record<string, unknown>;

  /** null: the usual schedule again. */
  @IsOptional() @Nullable() @IsInt({ each: true }) @Min(1, { each: true }) @Max(86_400, { each: true }) @ArrayMaxSize(20)
  retryDelaysSeconds?: number[] | null;
}
