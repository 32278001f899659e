import type { AttemptRecord } from '@signalbox/contracts';
import { Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsDefined, IsIn, IsInt, IsISO8601, IsNumber, IsObject, IsOptional, IsString, IsUUID, Min, ValidateNested } from 'class-validator';
import type { LetterState } from '../domain/letters.js';
import { JOB_STATES, type JobState } from '../domain/replay-job.js';
import type { Letter } from '../store/letter-row.js';
import type { ReplayJob, ShownSelection } from '../store/replay-job-row.js';

// What this service answers, for the API document; the handlers' return types hold them to the code.

export class AttemptAnswer implements AttemptRecord {
  @IsInt() @Min(1) number!: number;
  @IsISO8601() startedAt!: string;
  @IsNumber() durationMs!: number;
  @IsString() outcome!: string;
  @IsOptional() @IsString() reason?: string;
  @IsOptional() @IsString() detail?: string;
  @IsOptional() request?: unknown;
  @IsOptional() response?: unknown;
}

export class LetterAnswer implements Letter {
  @IsUUID() id!: string;
  @IsIn(['route', 'notification', 'event']) kind!: string;
  /** The service that made it, and to which a replay goes. */
  @IsString() owner!: string;
  @IsString() reason!: string;
  @IsString() detail!: string;
  @IsIn(['dead', 'replaying', 'replayed']) state!: LetterState;
  @IsString() subject!: string;
  @IsDefined() payload!: unknown;
  /** The original bytes in base64, where JSON could not hold them or a replay needs them to the letter. */
  @IsOptional() @IsString() raw?: string;
  @IsObject() headers!: Record<string, string>;
  @IsArray() @ValidateNested({ each: true }) @Type(() => AttemptAnswer) attempts!: readonly AttemptAnswer[];
  @IsUUID() traceId!: string;
  @IsOptional() @IsUUID() routeId?: string;
  @IsOptional() @IsUUID() channelId?: string;
  @IsOptional() @IsUUID() integrationId?: string;
  @IsOptional() @IsUUID() deliveryId?: string;
  @IsOptional() @IsUUID() notificationId?: string;
  @IsOptional() @IsString() destinationHost?: string;
  @IsInt() sizeBytes!: number;
  /** The last replay job that sent it. */
  @IsOptional() @IsUUID() replayJobId?: string;
  @IsISO8601() diedAt!: string;
  @IsISO8601() updatedAt!: string;
  /** In lists: payload and original bytes were left out for their size. */
  @IsOptional() @IsBoolean() shortened?: true;
}

export class StartedByAnswer {
  @IsString() type!: string;
  @IsString() id!: string;
  @IsString() name!: string;
}

export class ReplayJobAnswer implements ReplayJob {
  @IsUUID() id!: string;
  @IsIn(JOB_STATES) state!: JobState;
  /** The filter, or so many ids. */
  @IsObject() selection!: ShownSelection;
  @IsInt() total!: number;
  /** Delivered. */
  @IsInt() done!: number;
  @IsInt() failed!: number;
  @IsInt() skipped!: number;
  /** Letters settled a second. */
  @IsNumber() rate!: number;
  @Nullable() @IsNumber() etaSeconds!: number | null;
  @Nullable() @IsNumber() ratePerSecond!: number | null;
  @IsBoolean() edited!: boolean;
  @Nullable() @IsUUID() routeId!: string | null;
  @ValidateNested() @Type(() => StartedByAnswer) startedBy!: StartedByAnswer;
  @IsISO8601() startedAt!: string;
  @Nullable() @IsISO8601() finishedAt!: string | null;
  @IsISO8601() updatedAt!: string;
}
