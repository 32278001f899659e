import { IsInstant, Nullable } from '@signalbox/http-api';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, IsOptional,
  IsString, IsUUID, Max, MaxLength, Min, MinLength, ValidateNested,
} from 'class-validator';
import { LETTER_STATES, type LetterState } from '../domain/letters.js';
import { BUCKETS, GROUPINGS, type Bucket, type Grouping } from '../store/letter-store.js';

/** One value, or a list of them. */
const OneOrMore = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value));
const MOST_VALUES = 100;
const MOST_IDS = 10_000;
const KINDS = ['route', 'notification', 'event'];

/** Which letters are meant: what is absent does not narrow; of several values of one field, any. */
export class LetterFilterDto {
  @IsOptional() @OneOrMore() @IsArray() @ArrayMaxSize(MOST_VALUES) @IsIn(KINDS, { each: true })
  kind?: string[];

  @IsOptional() @OneOrMore() @IsArray() @ArrayMaxSize(MOST_VALUES) @IsString({ each: true }) @MaxLength(120, { each: true })
  reason?: string[];

  @IsOptional() @OneOrMore() @IsArray() @ArrayMaxSize(MOST_VALUES) @IsUUID(undefined, { each: true })
  routeId?: string[];

  @IsOptional() @OneOrMore() @IsArray() @ArrayMaxSize(MOST_VALUES) @IsUUID(undefined, { each: true })
  channelId?: string[];

  @IsOptional() @OneOrMore() @IsArray() @ArrayMaxSize(MOST_VALUES) @IsUUID(undefined, { each: true })
  integrationId?: string[];

  @IsOptional() @OneOrMore() @IsArray() @ArrayMaxSize(MOST_VALUES) @IsString({ each: true }) @MaxLength(255, { each: true })
  destinationHost?: string[];

  @IsOptional() @OneOrMore() @IsArray() @IsIn(LETTER_STATES, { each: true })
  state?: LetterState[];

  /** Died at or after. */
  @IsOptional() @IsInstant()
  since?: string;

  /** Died before. */
  @IsOptional() @IsInstant()
  until?: string;

  /** Part of the detail, the subject or the payload. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(200)
  text?: string;
}

/** The filter of a list: class-validator's rules are inherited, so the fields are declared once. */
export class LetterListQuery extends LetterFilterDto {
  @IsOptional() @IsInt() @Min(1) @Max(200)
  limit: number = 50;

  @IsOptional() @IsString() @MaxLength(512)
  cursor?: string;
}

export class SummaryQuery extends LetterFilterDto {
  /** What to group by, separated by commas: kind, reason, state, owner, routeId, channelId, integrationId, destinationHost. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => [value].flat().flatMap((part) => (typeof part === 'string' ? part.split(',') : [part])))
  @IsArray() @ArrayMaxSize(8) @IsIn(Object.keys(GROUPINGS), { each: true })
  by?: Grouping[];

  @IsOptional() @IsIn(BUCKETS)
  bucket?: Bucket;
}

export class ReplayOne {
  /** Goes out instead of the letter's own payload, in the same form. The letter keeps its own. */
  @IsOptional() @Nullable()
  payload?: unknown;

  /** For letters of routes: deliver by this route instead. */
  @IsOptional() @IsUUID()
  routeId?: string;
}

export class ReplayMany {
  @IsOptional() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(MOST_IDS) @IsUUID(undefined, { each: true })
  ids?: string[];

  @IsOptional() @ValidateNested() @Type(() => LetterFilterDto)
  filter?: LetterFilterDto;

  /** Tells what would be replayed, and does nothing. */
  @IsOptional() @IsBoolean()
  dryRun?: boolean;

  /** Letters a second at most. */
  @IsOptional() @IsInt() @Min(1) @Max(100_000)
  ratePerSecond?: number;
}

export class Purge {
  @IsOptional() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(MOST_IDS) @IsUUID(undefined, { each: true })
  ids?: string[];

  @IsOptional() @ValidateNested() @Type(() => LetterFilterDto)
  filter?: LetterFilterDto;

  /** All that died longer ago than this. */
  @IsOptional() @IsInt() @Min(0) @Max(36_500)
  olderThanDays?: number;

  /** Counts what would be deleted, and deletes nothing. */
  @IsOptional() @IsBoolean()
  dryRun?: boolean;

  /** The count of the dry run: the purge goes through only when it still is that many. */
  @IsOptional() @IsInt() @Min(0)
  count?: number;
}

