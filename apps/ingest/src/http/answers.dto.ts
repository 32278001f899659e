import { Nullable } from '@signalbox/http-api';
import { IsBoolean, IsInt, IsISO8601, IsObject, IsString, IsUUID } from 'class-validator';

/** An integration as operators see it, for the API document; the handlers' return types hold it to the code. */
export class IntegrationAnswer {
  @IsUUID() id!: string;
  @IsString() type!: string;
  @IsString() name!: string;
  /** Null for viewers: they see that there is a key, not which. */
  @Nullable() @IsString() key!: string | null;
  @IsBoolean() enabled!: boolean;
  @IsUUID() serviceId!: string;
  @IsBoolean() hasSignatureSecret!: boolean;
  /** Requests a minute. */
  @IsInt() rateLimitPerMinute!: number;
  @IsObject() mapping!: Record<string, unknown>;
  @Nullable() @IsObject() severities!: Record<string, string> | null;
  /** Counts its changes: its ETag. */
  @IsInt() version!: number;
  @IsISO8601() createdAt!: string;
  @IsISO8601() updatedAt!: string;
}
