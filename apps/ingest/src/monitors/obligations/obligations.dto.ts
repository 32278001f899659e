import { IsTimeZoneName, Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayUnique, IsBoolean, IsIn, IsInt, IsISO8601, IsOptional,
  IsString, IsUUID, Matches, Max, MaxLength, Min, MinLength, ValidateNested,
} from 'class-validator';
import { RECURRENCES, type Recurrence } from '../domain/recurrence.js';
import { MonitorAnswer } from '../monitors.dto.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const AS_INSTANT = { message: 'dueAt must be a time with its offset, such as 2027-01-31T09:00:00Z' };

class ObligationFields {
  /** Who has to see to it. */
  @IsOptional() @Nullable() @IsString() @MinLength(1) @MaxLength(255)
  owner?: string | null;

  /** Routing rules can ask for it. */
  @IsOptional() @Nullable() @IsString() @MinLength(1) @MaxLength(255)
  branch?: string | null;

  /** Routing rules can ask for them. */
  @IsOptional() @IsString({ each: true }) @MinLength(1, { each: true }) @MaxLength(120, { each: true }) @ArrayUnique() @ArrayMaxSize(50)
  tags?: string[];

  /** Days before it is due at which it is told (and when it is due, and once a day after); 30, 7 and 1 by default. */
  @IsOptional() @IsInt({ each: true }) @Min(1, { each: true }) @Max(3_660, { each: true }) @ArrayUnique() @ArrayMaxSize(20)
  remindBefore?: number[];

  /** At the same time of the time zone's clocks; the 31st is the last day of a shorter month. */
  @IsOptional() @IsIn(RECURRENCES)
  recurrence?: Recurrence;

  /** An IANA zone, in which days are counted and times recur; UTC by default. */
  @IsOptional() @IsTimeZoneName()
  timeZone?: string;

  /** Routing rules can ask for it. */
  @IsOptional() @Nullable() @IsUUID()
  serviceId?: string | null;

  /** false: paused; nothing is told. */
  @IsOptional() @IsBoolean()
  enabled?: boolean;
}

export class NewObligation extends ObligationFields {
  @IsString() @MinLength(1) @MaxLength(120)
  title!: string;

  /** When it is due (for the first time). */
  @Matches(INSTANT, AS_INSTANT) @IsISO8601({ strict: true })
  dueAt!: string;
}

export class ObligationChange extends ObligationFields {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  title?: string;

  /** Another time, recurrence or zone begins anew: it is owed again. */
  @IsOptional() @Matches(INSTANT, AS_INSTANT) @IsISO8601({ strict: true })
  dueAt?: string;
}

export class DoneBody {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024)
  note?: string;
}

export class LastDoneAnswer {
  @IsISO8601() at!: string;
  /** Which time of those that recur. */
  @IsISO8601() dueAt!: string;
  @IsString() by!: string;
  @Nullable() @IsString() note!: string | null;
}

export class ObligationAnswer extends MonitorAnswer {
  @IsString() title!: string;
  /** When what is owed now is due. */
  @IsISO8601() dueAt!: string;
  @IsISO8601() firstDueAt!: string;
  @IsString() timeZone!: string;
  @IsIn(RECURRENCES) recurrence!: Recurrence;
  @IsInt({ each: true }) remindBefore!: readonly number[];
  @Nullable() @IsString() owner!: string | null;
  @Nullable() @IsString() branch!: string | null;
  @IsString({ each: true }) tags!: readonly string[];
  @Nullable() @IsUUID() serviceId!: string | null;
  /** `overdue` a day after it was due; `done` when nothing is owed any more. */
  @IsIn(['open', 'due', 'overdue', 'done']) state!: 'open' | 'due' | 'overdue' | 'done';
  @Nullable() @ValidateNested() @Type(() => LastDoneAnswer) lastDone!: LastDoneAnswer | null;
}
