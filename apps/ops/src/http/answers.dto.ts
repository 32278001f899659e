import { AttemptAnswer, Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsDefined, IsIn, IsInt, IsISO8601, IsNumber, IsObject, IsOptional, IsString, IsUUID, ValidateNested } from 'class-validator';
import type { ConsumerView, StreamView } from '../bus/bus-view.js';
import type { LetterState } from '../domain/letters.js';
import { ITEM_STATES, JOB_STATES, type ItemState, type JobState } from '../domain/replay-job.js';
import type { Letter } from '../store/letter-row.js';
import type { Group } from '../store/letter-store.js';
import type { ReplayJob, ShownSelection } from '../store/replay-job-row.js';
import type { ReplayItem } from '../store/replay-store.js';

// What this service answers, for the API document; the handlers' return types hold them to the code.

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

/** What a replay would take. */
export class ReplayDryRunAnswer {
  @IsIn([true]) dryRun!: true;
  @IsInt() count!: number;
  /** Up to five of them. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => LetterAnswer) sample!: readonly LetterAnswer[];
}

export class PurgeAnswer {
  @IsBoolean() dryRun!: boolean;
  @IsInt() count!: number;
}

/** A group has those of the fields by which it was asked for. */
export class LetterGroupAnswer implements Group {
  @IsInt() count!: number;
  /** When its time bucket begins. */
  @IsOptional() @IsISO8601() bucket?: string;
  @IsOptional() @IsString() kind?: string | null;
  @IsOptional() @IsString() reason?: string | null;
  @IsOptional() @IsString() state?: string | null;
  @IsOptional() @IsString() owner?: string | null;
  @IsOptional() @IsUUID() routeId?: string | null;
  @IsOptional() @IsUUID() channelId?: string | null;
  @IsOptional() @IsUUID() integrationId?: string | null;
  @IsOptional() @IsString() destinationHost?: string | null;
}

export class LetterSummaryAnswer {
  @IsArray() @ValidateNested({ each: true }) @Type(() => LetterGroupAnswer) data!: readonly LetterGroupAnswer[];
  /** There are more groups than are shown. */
  @IsBoolean() truncated!: boolean;
}

export class ReplayItemAnswer implements ReplayItem {
  @IsUUID() letterId!: string;
  @IsInt() position!: number;
  @IsIn(ITEM_STATES) state!: ItemState;
  @Nullable() @IsString() reason!: string | null;
  @Nullable() @IsISO8601() sentAt!: string | null;
  @Nullable() @IsISO8601() settledAt!: string | null;
}

export class StreamAnswer implements StreamView {
  @IsString() name!: string;
  @IsString({ each: true }) subjects!: readonly string[];
  @IsString() retention!: string;
  @IsInt() messages!: number;
  @IsInt() bytes!: number;
  /** -1: as much as there is room for. */
  @IsInt() maxBytes!: number;
  /** How full it is, 0 to 1: at 1 it refuses new messages. */
  @IsNumber() fill!: number;
  @IsInt() maxAgeSeconds!: number;
  @IsInt() firstSequence!: number;
  @IsInt() lastSequence!: number;
  @Nullable() @IsISO8601() oldestAt!: string | null;
  @Nullable() @IsISO8601() newestAt!: string | null;
  @IsInt() consumers!: number;
  @IsInt() replicas!: number;
  @Nullable() @IsString() leader!: string | null;
}

export class ConsumerAnswer implements ConsumerView {
  @IsString() name!: string;
  @IsString() stream!: string;
  @IsString({ each: true }) subjects!: readonly string[];
  /** Work queues are durable; only they can be paused. */
  @IsBoolean() durable!: boolean;
  /** Messages that it has not been given yet. */
  @IsInt() lag!: number;
  /** Given, and not acknowledged yet. */
  @IsInt() unacknowledged!: number;
  @IsInt() redelivered!: number;
  @IsInt() waitingPulls!: number;
  @IsBoolean() paused!: boolean;
  @Nullable() @IsISO8601() lastActiveAt!: string | null;
}
