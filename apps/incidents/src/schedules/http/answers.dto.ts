import { Nullable, ResourceAnswer } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsISO8601, IsNumber, IsString, IsUUID, Max, Min, ValidateNested } from 'class-validator';
import { NamedAnswer } from '../../http/answers.dto.js';
import type { Person } from '../people.js';
import { ScheduleLayer } from './schedules.dto.js';

export class ScheduleAnswer extends ResourceAnswer {
  @IsString() name!: string;
  @IsString() timeZone!: string;
  @Nullable() @IsString() description!: string | null;
  @Nullable() @IsUUID() teamId!: string | null;
  @IsArray() @ValidateNested({ each: true }) @Type(() => ScheduleLayer) layers!: ScheduleLayer[];
}

export class OverrideAnswer extends ResourceAnswer {
  @IsUUID() scheduleId!: string;
  @IsUUID() userId!: string;
  @Nullable() @IsUUID() replacesUserId!: string | null;
  @IsISO8601() startsAt!: string;
  @IsISO8601() endsAt!: string;
}

export class PersonAnswer implements Person {
  @IsUUID() id!: string;
  /** Null of who is not in the tenant any more. */
  @Nullable() @IsString() name!: string | null;
}

export class FinalEntryAnswer {
  @IsISO8601() from!: string;
  @IsISO8601() to!: string;
  /** Null: nobody is on call. */
  @Nullable() @IsUUID() userId!: string | null;
  @Nullable() @IsString() layerId!: string | null;
  @Nullable() @IsUUID() overrideId!: string | null;
  /** Whose time it would be, were they in the tenant still. */
  @Nullable() @IsUUID() absentUserId!: string | null;
}

export class GapAnswer {
  @IsISO8601() from!: string;
  @IsISO8601() to!: string;
  @Nullable() @IsUUID() absentUserId!: string | null;
}

export class FinalAnswer {
  @IsISO8601() from!: string;
  @IsISO8601() to!: string;
  /** Without a break from `from` to `to`. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => FinalEntryAnswer) entries!: FinalEntryAnswer[];
  /** When nobody is on call. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => GapAnswer) gaps!: GapAnswer[];
  /** The share of the time in which somebody is on call; 1 only without any gap. */
  @IsNumber() @Min(0) @Max(1) coverage!: number;
  /** Everybody who is named in it. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => PersonAnswer) users!: PersonAnswer[];
}

export class NextOnCallAnswer {
  @IsISO8601() at!: string;
  @Nullable() @ValidateNested() @Type(() => PersonAnswer) user!: PersonAnswer | null;
}

export class OnCallAnswer {
  @ValidateNested() @Type(() => NamedAnswer) schedule!: NamedAnswer;
  /** Null: nobody is on call. */
  @Nullable() @ValidateNested() @Type(() => PersonAnswer) user!: PersonAnswer | null;
  @Nullable() @IsString() layerId!: string | null;
  @Nullable() @IsUUID() overrideId!: string | null;
  /** Whose time it would be, were they in the tenant still. */
  @Nullable() @IsUUID() absentUserId!: string | null;
}

export class ScheduleOnCallAnswer extends OnCallAnswer {
  /** The next hand-off within 31 days, if any; without a user, nobody is on call from then on. */
  @Nullable() @ValidateNested() @Type(() => NextOnCallAnswer) next!: NextOnCallAnswer | null;
}

export class CalendarLinkAnswer {
  @IsUUID() id!: string;
  @IsUUID() scheduleId!: string;
  @IsISO8601() createdAt!: string;
}

export class NewCalendarLinkAnswer extends CalendarLinkAnswer {
  /** Shown this once. */
  @IsString() url!: string;
}
