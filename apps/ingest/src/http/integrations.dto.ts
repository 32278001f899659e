import { ListQuery, Nullable } from '@signalbox/http-api';
import { IsBoolean, IsInt, IsObject, IsOptional, IsString, IsUUID, Max, MaxLength, Min, MinLength } from 'class-validator';

export class IntegrationListQuery extends ListQuery {
  @IsOptional() @IsUUID()
  serviceId?: string;

  @IsOptional() @IsString() @MaxLength(64)
  type?: string;
}

class IntegrationFields {
  @IsOptional() @IsBoolean()
  enabled?: boolean;

  /** Requests a minute. */
  @IsOptional() @IsInt() @Min(1) @Max(10_000_000)
  rateLimitPerMinute?: number;

  /** How fields of the payload are read (the generic webhook). */
  @IsOptional() @IsObject()
  mapping?: Record<string, unknown>;

  /** The sender's words for severities → critical, error, warning, info: goes before the source's own table. */
  @IsOptional() @IsObject()
  severities?: Record<string, string>;
}

export class NewServiceIntegration extends IntegrationFields {
  /** A source: see GET /api/v1/integration-types. */
  @IsString() @MinLength(1) @MaxLength(64)
  type!: string;

  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;
}

export class NewIntegration extends NewServiceIntegration {
  /** The service that its events are about. */
  @IsUUID()
  serviceId!: string;
}

export class IntegrationChange extends IntegrationFields {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsUUID()
  serviceId?: string;
}

export class SignatureSecret {
  /** The secret that the sender signs with; the one before stays valid beside it until it is replaced or cleared. Null clears both. */
  @IsOptional() @Nullable() @IsString() @MinLength(8) @MaxLength(512)
  secret?: string | null;
}
