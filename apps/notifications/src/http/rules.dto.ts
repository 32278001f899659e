import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, Max, MaxLength, Min, MinLength,
  ValidateNested,
} from 'class-validator';
import { SEVERITY_NAMES } from '../domain/event-types.js';
import { TARGET_TYPES, type TargetType } from '../domain/rules.js';

export class RuleConditions {
  /** See GET /api/v1/event-types; an incident's class (`ssl_expiry`) means every change of such an incident. */
  @IsOptional() @IsString({ each: true }) @MaxLength(120, { each: true }) @ArrayMinSize(1) @ArrayMaxSize(100)
  eventTypes?: string[];

  /** critical, error, warning, info, or their aliases high, medium, low. */
  @IsOptional() @IsIn(SEVERITY_NAMES, { each: true }) @ArrayMinSize(1)
  severities?: string[];

  @IsOptional() @IsIn(['HIGH', 'MEDIUM', 'LOW'], { each: true }) @ArrayMinSize(1)
  urgencies?: string[];

  @IsOptional() @IsUUID(undefined, { each: true }) @ArrayMinSize(1) @ArrayMaxSize(1000)
  serviceIds?: string[];

  @IsOptional() @IsString({ each: true }) @MaxLength(120, { each: true }) @ArrayMinSize(1) @ArrayMaxSize(100)
  tags?: string[];

  @IsOptional() @IsString({ each: true }) @MaxLength(255, { each: true }) @ArrayMinSize(1) @ArrayMaxSize(100)
  branches?: string[];

  @IsOptional() @IsIn(['triggered', 'updated', 'acknowledged', 'resolved'], { each: true }) @ArrayMinSize(1)
  statusChanges?: string[];
}

export class RuleTarget {
  /** A user is reached at all their verified contact methods, a team as each of its members. */
  @IsIn(TARGET_TYPES)
  type!: TargetType;

  @IsUUID()
  id!: string;
}

class RuleFields {
  @IsOptional() @IsBoolean()
  enabled?: boolean;

  /** Lower goes first. */
  @IsOptional() @IsInt() @Min(-1_000_000) @Max(1_000_000)
  priority?: number;

  /** When this rule matches, no later one is looked at. */
  @IsOptional() @IsBoolean()
  stop?: boolean;

  /** What is absent matches all. */
  @IsOptional() @IsObject() @ValidateNested() @Type(() => RuleConditions)
  conditions?: RuleConditions;
}

export class NewRule extends RuleFields {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  @ValidateNested({ each: true }) @Type(() => RuleTarget) @ArrayMinSize(1) @ArrayMaxSize(50)
  targets!: RuleTarget[];
}

export class RuleChange extends RuleFields {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @ValidateNested({ each: true }) @Type(() => RuleTarget) @ArrayMinSize(1) @ArrayMaxSize(50)
  targets?: RuleTarget[];
}
