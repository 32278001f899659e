import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsDefined, IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, ValidateNested } from 'class-validator';
import { FaultAnswer } from './answers.dto.js';

export class TrialRequest {
  /** As the tool sends them; without a Content-Type it is JSON. */
  @IsOptional() @IsObject()
  headers?: Record<string, unknown>;

  /** An object or a list is sent as JSON, a text as it is. */
  @IsDefined()
  body!: unknown;

  /** Instead of the mapping that is saved. */
  @IsOptional() @IsObject()
  mapping?: Record<string, unknown>;

  /** Instead of those that are saved. */
  @IsOptional() @IsObject()
  severities?: Record<string, string>;
}

export class TestRequested {
  /** True sends what closes the test alert. */
  @IsOptional() @IsBoolean()
  resolve: boolean = false;
}

export class TrialAnswer {
  @IsIn(['events', 'ignored', 'rejected']) outcome!: string;
  @IsOptional() @IsString() reason?: string;
  /** Of all alerts of the body; some of them may have become events all the same. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => FaultAnswer) errors?: FaultAnswer[];
  /** In the Events API's form. */
  @IsArray() @IsObject({ each: true }) events!: object[];
}

export class TestedEvent {
  @IsIn(['trigger', 'acknowledge', 'resolve']) action!: string;
  @IsString() dedup_key!: string;
}

export class TestAnswer {
  @IsIn(['success']) status!: string;
  @IsInt() accepted!: number;
  @IsArray() @ValidateNested({ each: true }) @Type(() => TestedEvent) events!: TestedEvent[];
  /** What GET /api/v1/trace/{id} takes. */
  @IsUUID() traceId!: string;
}

export class SetUpAnswer {
  @IsString() type!: string;
  @IsString() displayName!: string;
  /** Markdown. */
  @IsString() setup!: string;
}
