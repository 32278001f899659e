import { IsInstant, ListQuery, Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, Max, MaxLength, Min, MinLength,
  ValidateNested,
} from 'class-validator';
import { EscalationTarget } from '../rules/http/policies.dto.js';

export const PRIORITIES = ['P1', 'P2', 'P3', 'P4', 'P5'] as const;

export class IncidentListQuery extends ListQuery {
  @IsOptional() @IsArray() @IsIn(['OPEN', 'ACKNOWLEDGED', 'SNOOZED', 'SUPPRESSED', 'RESOLVED'], { each: true })
  status?: string[];

  @IsOptional() @IsArray() @IsIn(['HIGH', 'MEDIUM', 'LOW'], { each: true })
  urgency?: string[];

  /** The id of a service. */
  @IsOptional() @IsUUID()
  service?: string;

  /** The id of a team: incidents of the services that it answers for. */
  @IsOptional() @IsUUID()
  team?: string;

  /** The id of the user or the team that it is assigned to. */
  @IsOptional() @IsUUID()
  assignee?: string;

  @IsOptional() @IsArray() @IsIn(PRIORITIES, { each: true })
  priority?: string[];

  @IsOptional() @IsString() @MinLength(1) @MaxLength(64)
  tag?: string;

  /** Suppressed for this reason. */
  @IsOptional() @IsArray() @IsIn(['silence', 'maintenance', 'inhibited', 'grouped', 'storm', 'flapping', 'merged', 'manual'], { each: true })
  quiet?: string[];

  @IsOptional() @IsString() @MaxLength(255)
  dedupKey?: string;

  /** The number by which people call it (#42). */
  @IsOptional() @IsInt() @Min(1) @Max(2_147_483_647)
  number?: number;

  /** Part of the title, the dedup key or the source. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(200)
  text?: string;

  /** Opened at or after. */
  @IsOptional() @IsInstant()
  since?: string;

  /** Opened before. */
  @IsOptional() @IsInstant()
  until?: string;
}

export class ActionBody {
  /** Kept on the timeline. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024)
  note?: string;
}

export class AssigneeBody {
  @IsIn(['user', 'team'])
  type!: 'user' | 'team';

  @IsUUID()
  id!: string;
}

/** Until a time or for so many minutes: one of the two, at most a year. */
export class SnoozeBody {
  @IsOptional() @IsInstant()
  until?: string;

  @IsOptional() @IsInt() @Min(1) @Max(527_040)
  minutes?: number;
}

export class SuppressBody {
  /** Left out: until somebody ends it. */
  @IsOptional() @IsInstant()
  until?: string;

  @IsString() @MinLength(1) @MaxLength(200)
  reason!: string;
}

export class ReassignBody {
  /** Null: nobody's. */
  @Nullable() @IsObject() @ValidateNested() @Type(() => AssigneeBody)
  assignee!: AssigneeBody | null;
}

export class EscalateBody {
  /** Whom to page now; left out: the next step of the policy comes now. */
  @IsOptional() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(20) @ValidateNested({ each: true }) @Type(() => EscalationTarget)
  targets?: EscalationTarget[];
}

export class RespondBody {
  @IsIn(['joined', 'declined'])
  answer!: 'joined' | 'declined';

  /** Who says so; left out: you. An API key has to say it. */
  @IsOptional() @IsUUID()
  userId?: string;
}

export class NoteBody {
  @IsString() @MinLength(1) @MaxLength(10_000)
  text!: string;
}

export class MergeBody {
  /** The incident that is to stand for this one. */
  @IsUUID()
  intoId!: string;
}

export class IncidentEdit {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024)
  title?: string;

  /** Null: none. */
  @IsOptional() @Nullable() @IsIn(PRIORITIES)
  priority?: (typeof PRIORITIES)[number] | null;

  @IsOptional() @IsArray() @ArrayMaxSize(20) @ArrayUnique() @IsString({ each: true }) @MinLength(1, { each: true }) @MaxLength(64, { each: true })
  tags?: string[];

  /** Fields of your own, beside those that are there; null takes one away. */
  @IsOptional() @IsObject()
  fields?: Record<string, unknown>;
}
