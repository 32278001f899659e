import { IsTimeZoneName, ListQuery, Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsDefined, IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, Matches, MaxLength, Min,
  MinLength, ValidateBy, ValidateNested,
} from 'class-validator';
import { isMoment } from '../domain/moments.js';
import { WEEKDAYS, type Rotation, type Weekday } from '../domain/schedule.js';

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const TIME_MESSAGE = { message: 'must be a time of day, HH:MM' };

/** An instant, or a time on the schedule's clock. */
function Moment(): PropertyDecorator {
  return ValidateBy({
    name: 'isMoment',
    validator: {
      validate: isMoment,
      defaultMessage: () => 'must be an instant such as 2026-03-29T07:00:00Z, or a time on the schedule\'s clock such as 2026-03-29T09:00 '
        + '(years 1975 to 2199)',
    },
  });
}

export class ScheduleRotation {
  @IsIn(['daily', 'weekly', 'custom'])
  type!: Rotation['type'];

  /** Of one turn: days, weeks, or elapsed hours (custom). */
  @IsInt() @Min(1)
  length!: number;

  /** On the schedule's clock. */
  @Matches(TIME, TIME_MESSAGE)
  handOffTime!: string;

  /** For weekly ones. */
  @IsOptional() @IsIn(WEEKDAYS)
  handOffWeekday?: Weekday;
}

export class ScheduleRestriction {
  /** The days on which it begins; without, all. */
  @IsOptional() @IsArray() @IsIn(WEEKDAYS, { each: true }) @ArrayMinSize(1) @ArrayUnique()
  weekdays?: Weekday[];

  @Matches(TIME, TIME_MESSAGE)
  from!: string;

  /** On the next day when it is not later than `from`. */
  @Matches(TIME, TIME_MESSAGE)
  to!: string;
}

export class ScheduleLayer {
  /** Yours to choose, unique in the schedule; one is made when there is none. */
  @IsOptional() @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'must be 1 to 64 letters, digits, _ or -' })
  id?: string;

  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** In the order of their turns. */
  @IsArray() @IsUUID(undefined, { each: true }) @ArrayMinSize(1) @ArrayMaxSize(100)
  users!: string[];

  @IsDefined() @IsObject() @ValidateNested() @Type(() => ScheduleRotation)
  rotation!: ScheduleRotation;

  /** When the first person's turn begins. */
  @Moment()
  startsAt!: string;

  @IsOptional() @Moment()
  endsAt?: string;

  /** When there are any, the layer counts only then. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ScheduleRestriction) @ArrayMaxSize(20)
  restrictions?: ScheduleRestriction[];
}

export class NewSchedule {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** IANA name. */
  @IsTimeZoneName()
  timeZone!: string;

  @IsOptional() @IsString() @MaxLength(2000)
  description?: string;

  @IsOptional() @IsUUID()
  teamId?: string;

  /** Later ones win over earlier ones. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ScheduleLayer) @ArrayMaxSize(20)
  layers?: ScheduleLayer[];
}

export class ScheduleChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsTimeZoneName()
  timeZone?: string;

  /** Null: none any more. */
  @IsOptional() @Nullable() @IsString() @MaxLength(2000)
  description?: string | null;

  /** Null: none any more. */
  @IsOptional() @Nullable() @IsUUID()
  teamId?: string | null;

  /** Replaces all layers. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ScheduleLayer) @ArrayMaxSize(20)
  layers?: ScheduleLayer[];
}

export class SchedulePreview {
  @IsTimeZoneName()
  timeZone!: string;

  @IsArray() @ValidateNested({ each: true }) @Type(() => ScheduleLayer) @ArrayMaxSize(20)
  layers!: ScheduleLayer[];

  /** Without: the beginning of today. */
  @IsOptional() @Moment()
  from?: string;

  /** Without: 28 days after `from`. */
  @IsOptional() @Moment()
  to?: string;
}

export class FinalQuery {
  /** Without: the beginning of today on the schedule's clock. */
  @IsOptional() @Moment()
  from?: string;

  /** Without: 28 days after `from`. */
  @IsOptional() @Moment()
  to?: string;
}

export class OnCallQuery {
  /** Without: now. */
  @IsOptional() @Moment()
  at?: string;
}

export class NewOverride {
  @IsUUID()
  userId!: string;

  @Moment()
  startsAt!: string;

  /** At most 366 days later. */
  @Moment()
  endsAt!: string;

  /** Only this person's time is taken over (a swap). Without: everything, gaps as well. */
  @IsOptional() @IsUUID()
  replacesUserId?: string;
}

export class OverrideChange {
  @IsOptional() @IsUUID()
  userId?: string;

  @IsOptional() @Moment()
  startsAt?: string;

  @IsOptional() @Moment()
  endsAt?: string;

  /** Null: everything. */
  @IsOptional() @Nullable() @IsUUID()
  replacesUserId?: string | null;
}

export class OverrideListQuery extends ListQuery {
  /** Ends after this. */
  @IsOptional() @Moment()
  from?: string;

  /** Starts before this. */
  @IsOptional() @Moment()
  to?: string;
}
