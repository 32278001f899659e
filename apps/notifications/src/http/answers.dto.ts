import type { Severity } from '@signalbox/contracts';
import { Nullable, ResourceAnswer } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsISO8601, IsObject, IsOptional, IsString, IsUUID, Min, ValidateNested } from 'class-validator';
import { TARGET_TYPES, type TargetType } from '../domain/rules.js';
import { STATUSES } from './notifications.dto.js';

// What this service answers, for the API document; the handlers' return types hold them to the code.

export class CreatedChannelAnswer extends ResourceAnswer {
  @IsString() kind!: string;
  @IsString() name!: string;
  /** What the operator wants. */
  @IsBoolean() enabled!: boolean;
  /** Why nothing is sent all the same, until the channel is changed or enabled. */
  @Nullable() @IsString() disabledReason!: string | null;
  @IsString() configSummary!: string;
  @Nullable() @IsInt({ each: true }) retryDelaysSeconds!: number[] | null;
}

export class ChannelAnswer extends CreatedChannelAnswer {
  /** Secrets are dots; sent back as dots they keep their values. */
  @IsObject() config!: Record<string, unknown>;
}

export class KindAnswer {
  @IsString() kind!: string;
  @IsString() displayName!: string;
}

export class ChannelListAnswer {
  @IsArray() @ValidateNested({ each: true }) @Type(() => ChannelAnswer) data!: readonly ChannelAnswer[];
  @Nullable() @IsString() nextCursor!: string | null;
  @IsArray() @ValidateNested({ each: true }) @Type(() => KindAnswer) kinds!: readonly KindAnswer[];
}

export class ChannelTypeAnswer extends KindAnswer {
  /** JSON Schema of the config: what a form is drawn from. */
  @IsObject() configSchema!: Record<string, unknown>;
}

export class ChannelTestAnswer {
  @IsBoolean() success!: boolean;
  @IsOptional() @IsString() detail?: string;
  @IsOptional() @IsString() error?: string;
}

export class EventTypeAnswer {
  @IsString() type!: string;
  @IsString() description!: string;
  /** Used when an event is raised without one; incidents bring their own. */
  @Nullable() @IsIn(['critical', 'error', 'warning', 'info']) defaultSeverity!: Severity | null;
}

export class RuleTargetAnswer {
  @IsIn(TARGET_TYPES) type!: TargetType;
  @IsUUID() id!: string;
}

export class RuleAnswer extends ResourceAnswer {
  @IsString() name!: string;
  @IsBoolean() enabled!: boolean;
  @IsInt() priority!: number;
  @IsBoolean() stop!: boolean;
  @IsObject() conditions!: object;
  @IsArray() @ValidateNested({ each: true }) @Type(() => RuleTargetAnswer) targets!: RuleTargetAnswer[];
}

export class NamedChannelAnswer {
  @IsUUID() id!: string;
  @IsString() kind!: string;
  @IsString() name!: string;
}

export class RecipientAnswer {
  @IsIn(['user', 'team']) type!: 'user' | 'team';
  @IsUUID() id!: string;
  @IsString() name!: string;
  /** Where it goes; none when nobody could be reached. */
  @IsString({ each: true }) addresses!: readonly string[];
}

/** Of a page: the step of the policy and the round; null when a person asked for it. */
export class PageAnswer {
  @Nullable() @IsInt() @Min(1) step!: number | null;
  @Nullable() @IsInt() @Min(1) round!: number | null;
}

export class NotificationAnswer {
  @IsUUID() id!: string;
  @IsIn(STATUSES) status!: string;
  @IsString() eventType!: string;
  @IsString() fingerprint!: string;
  /** Null when nobody could be reached. */
  @Nullable() @ValidateNested() @Type(() => NamedChannelAnswer) channel!: NamedChannelAnswer | null;
  /** For whom it is, when it is for somebody; null when the channel itself was named. */
  @Nullable() @ValidateNested() @Type(() => RecipientAnswer) recipient!: RecipientAnswer | null;
  @Nullable() @IsUUID() incidentId!: string | null;
  /** Set when it is a page of an escalation. */
  @Nullable() @ValidateNested() @Type(() => PageAnswer) page!: PageAnswer | null;
  @IsInt() @Min(0) attempts!: number;
  @Nullable() @IsISO8601() nextAttemptAt!: string | null;
  /** What it waits for, when its channel may not be used now. */
  @Nullable() @IsString() waitingFor!: string | null;
  @Nullable() @IsString() reason!: string | null;
  @Nullable() @IsString() detail!: string | null;
  @Nullable() @IsISO8601() sentAt!: string | null;
  @Nullable() @IsString() remoteId!: string | null;
  @IsUUID() traceId!: string;
  @Nullable() @IsUUID() ackByUserId!: string | null;
  @Nullable() @IsISO8601() ackAt!: string | null;
  @Nullable() @IsString() ackNote!: string | null;
  @IsISO8601() createdAt!: string;
  @IsISO8601() updatedAt!: string;
}

export class NotificationAttemptAnswer {
  @IsInt() @Min(1) number!: number;
  @IsISO8601() startedAt!: string;
  @IsInt() @Min(0) durationMs!: number;
  @IsString() outcome!: string;
  @Nullable() @IsString() reason!: string | null;
  @Nullable() @IsString() detail!: string | null;
  @Nullable() @IsObject() request!: object | null;
  @Nullable() @IsObject() response!: object | null;
}

export class SendResultAnswer {
  @IsUUID() providerId!: string;
  @IsString() kind!: string;
  @IsBoolean() success!: boolean;
  @IsUUID() notificationId!: string;
  @IsOptional() @IsString() providerMessageId?: string;
  @IsOptional() @IsString() error?: string;
}

export class SendAnswer {
  @IsArray() @ValidateNested({ each: true }) @Type(() => SendResultAnswer) results!: SendResultAnswer[];
}

export class RaisedAnswer {
  @IsUUID() id!: string;
  @IsUUID() traceId!: string;
  @IsString() fingerprint!: string;
}

export class DueRunAnswer {
  @IsInt() tried!: number;
  @IsInt() sent!: number;
  @IsInt() failed!: number;
  @IsInt() dead!: number;
}
