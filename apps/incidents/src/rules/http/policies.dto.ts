import { Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min, MinLength, ValidateNested,
} from 'class-validator';
import type { PolicyTarget } from '../../domain/rules.js';

const DAY_SECONDS = 86_400;

export class EscalationTarget implements PolicyTarget {
  /** A schedule stands for whoever is on call when its step comes. */
  @IsIn(['user', 'team', 'schedule', 'channel'])
  type!: PolicyTarget['type'];

  @IsUUID()
  id!: string;
}

export class EscalationStep {
  /** How long an answer is waited for after this step's page, until the next step comes: 30 seconds to a day. */
  @IsInt() @Min(30) @Max(DAY_SECONDS)
  delaySeconds!: number;

  @IsArray() @ValidateNested({ each: true }) @Type(() => EscalationTarget) @ArrayMinSize(1) @ArrayMaxSize(20)
  targets!: EscalationTarget[];
}

export class NewEscalationPolicy {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  @IsOptional() @IsString() @MaxLength(2000)
  description?: string;

  /** In their order. The first pages when an incident opens. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => EscalationStep) @ArrayMinSize(1) @ArrayMaxSize(20)
  steps!: EscalationStep[];

  /** How many times all steps are gone through before the reminders begin; 1 by default. */
  @IsOptional() @IsInt() @Min(1) @Max(20)
  rounds?: number;

  /** An acknowledgement that is not followed by a resolve ends after this; never when it is left out. */
  @IsOptional() @IsInt() @Min(30) @Max(30 * DAY_SECONDS)
  acknowledgeTimeoutSeconds?: number;

  /** Paged instead of a step that reaches nobody, and with the reminders. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => EscalationTarget) @ArrayMaxSize(20)
  fallback?: EscalationTarget[];
}

export class EscalationPolicyChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  /** Null: none any more. */
  @IsOptional() @Nullable() @IsString() @MaxLength(2000)
  description?: string | null;

  /** Replaces all steps. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => EscalationStep) @ArrayMinSize(1) @ArrayMaxSize(20)
  steps?: EscalationStep[];

  @IsOptional() @IsInt() @Min(1) @Max(20)
  rounds?: number;

  /** Null: acknowledgements do not end any more. */
  @IsOptional() @Nullable() @IsInt() @Min(30) @Max(30 * DAY_SECONDS)
  acknowledgeTimeoutSeconds?: number | null;

  /** Replaces all of them. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => EscalationTarget) @ArrayMaxSize(20)
  fallback?: EscalationTarget[];
}
