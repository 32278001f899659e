import { IsInstant, IsTimeZoneName, Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min, MinLength,
  ValidateNested,
} from 'class-validator';
import { OPERATORS, type Matcher, type Operator } from '../../domain/matcher.js';
import { RECURRENCES, type Recurrence } from '../../domain/window.js';
import { IsExpressionWhereWanted, IsFieldName } from './fields.js';

const DAY_SECONDS = 86_400;
const MOST_MATCHERS = 20;

/** What an incident has to be like. */
export class IncidentMatcher implements Matcher {
  /** serviceId, integrationId, title, source, dedupKey, severity, urgency, or `details.` and the path of a detail. */
  @IsString() @MaxLength(255) @IsFieldName()
  field!: string;

  /** `=~` and `!~`: value is a regular expression (RE2) that fits the whole text. */
  @IsIn(OPERATORS)
  operator!: Operator;

  /** A field that an incident does not have is an empty text. */
  @IsString() @MaxLength(1024) @IsExpressionWhereWanted()
  value!: string;
}

/** Matchers that all have to hold, at most 20. */
function Matchers(least: 0 | 1): PropertyDecorator {
  return (target, property) => {
    const checks = [IsArray(), ValidateNested({ each: true }), Type(() => IncidentMatcher), ArrayMinSize(least), ArrayMaxSize(MOST_MATCHERS)];
    for (const check of checks) check(target, property as string);
  };
}

/** Names of fields, as in matchers, at most 20. */
function Fields(): PropertyDecorator {
  return (target, property) => {
    const ofEach = [IsString({ each: true }), MaxLength(255, { each: true }), IsFieldName({ each: true })];
    for (const check of [IsArray(), ...ofEach, ArrayMaxSize(20), ArrayUnique()]) check(target, property as string);
  };
}

export class NewSilence {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  @Matchers(1)
  matchers!: IncidentMatcher[];

  /** Now, when it is left out. */
  @IsOptional() @IsInstant()
  startsAt?: string;

  @IsInstant()
  endsAt!: string;
}

export class SilenceChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  /** Replaces all of them. */
  @IsOptional() @Matchers(1)
  matchers?: IncidentMatcher[];

  @IsOptional() @IsInstant()
  startsAt?: string;

  /** An instant that is over ends it. */
  @IsOptional() @IsInstant()
  endsAt?: string;
}

export class NewMaintenanceWindow {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** Without any, those of all services that match. */
  @IsOptional() @IsArray() @IsUUID(undefined, { each: true }) @ArrayMaxSize(500) @ArrayUnique()
  serviceIds?: string[];

  /** Without any, everything of these services. */
  @IsOptional() @Matchers(0)
  matchers?: IncidentMatcher[];

  @IsInstant()
  startsAt!: string;

  @IsInstant()
  endsAt!: string;

  /** On whose clock it comes again: the IANA name; UTC by default. */
  @IsOptional() @IsTimeZoneName()
  timeZone?: string;

  /** `none` by default. On a day that a month does not have it is on its last. */
  @IsOptional() @IsIn(RECURRENCES)
  recurrence?: Recurrence;

  /** No occurrence begins after this. */
  @IsOptional() @IsInstant()
  recursUntil?: string;
}

export class MaintenanceWindowChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsArray() @IsUUID(undefined, { each: true }) @ArrayMaxSize(500) @ArrayUnique()
  serviceIds?: string[];

  @IsOptional() @Matchers(0)
  matchers?: IncidentMatcher[];

  @IsOptional() @IsInstant()
  startsAt?: string;

  @IsOptional() @IsInstant()
  endsAt?: string;

  @IsOptional() @IsTimeZoneName()
  timeZone?: string;

  @IsOptional() @IsIn(RECURRENCES)
  recurrence?: Recurrence;

  /** Null: for ever. */
  @IsOptional() @Nullable() @IsInstant()
  recursUntil?: string | null;
}

export class NewInhibitionRule {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** What keeps others quiet while it is open. */
  @Matchers(1)
  source!: IncidentMatcher[];

  /** What is kept quiet. */
  @Matchers(1)
  target!: IncidentMatcher[];

  /** Fields that have to be the same in both. */
  @IsOptional() @Fields()
  equal?: string[];
}

export class InhibitionRuleChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @Matchers(1)
  source?: IncidentMatcher[];

  @IsOptional() @Matchers(1)
  target?: IncidentMatcher[];

  @IsOptional() @Fields()
  equal?: string[];
}

export class NewGroupingRule {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** Without any, every incident. The oldest rule that matches is an incident's. */
  @IsOptional() @Matchers(0)
  matchers?: IncidentMatcher[];

  /** Fields that have to be the same within a group; without any, all that match are one. */
  @IsOptional() @Fields()
  by?: string[];

  /** One that opens later than this after the newest of a group begins a new one: 10 seconds to a day. */
  @IsInt() @Min(10) @Max(DAY_SECONDS)
  windowSeconds!: number;
}

export class GroupingRuleChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @Matchers(0)
  matchers?: IncidentMatcher[];

  @IsOptional() @Fields()
  by?: string[];

  @IsOptional() @IsInt() @Min(10) @Max(DAY_SECONDS)
  windowSeconds?: number;
}
