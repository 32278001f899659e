import { Nullable, ResourceAnswer } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsISO8601, IsNumber, IsObject, IsOptional, IsString, IsUUID, ValidateNested } from 'class-validator';
import { OUTCOMES } from '../request-log/request-row.js';

/** An integration as operators see it, for the API document; the handlers' return types hold it to the code. */
export class IntegrationAnswer extends ResourceAnswer {
  @IsString() type!: string;
  @IsString() name!: string;
  /** Null for viewers: they see that there is a key, not which. */
  @Nullable() @IsString() key!: string | null;
  @IsBoolean() enabled!: boolean;
  @IsUUID() serviceId!: string;
  @IsBoolean() hasSignatureSecret!: boolean;
  /** Requests a minute. */
  @IsInt() rateLimitPerMinute!: number;
  @IsObject() mapping!: Record<string, unknown>;
  @Nullable() @IsObject() severities!: Record<string, string> | null;
}

export class FaultAnswer {
  @IsString() path!: string;
  @IsString() message!: string;
}

export class RequestAnswer {
  @IsUUID() id!: string;
  @IsISO8601() receivedAt!: string;
  @IsString() method!: string;
  /** With its query; without the key. */
  @IsString() path!: string;
  @IsString() remoteAddress!: string;
  @Nullable() @IsString() contentType!: string | null;
  /** What was answered. */
  @IsInt() status!: number;
  @IsIn(OUTCOMES) outcome!: string;
  @Nullable() @IsString() reason!: string | null;
  /** How many came of it. */
  @IsInt() events!: number;
  @IsNumber() durationMs!: number;
  @Nullable() @IsUUID() traceId!: string | null;
  /** Null when no body was read. */
  @Nullable() @IsInt() bodyBytes!: number | null;
}

export class WholeRequestAnswer extends RequestAnswer {
  @IsArray() @ValidateNested({ each: true }) @Type(() => FaultAnswer) errors!: FaultAnswer[];
  /** Of credentials one sees that they were there. */
  @IsObject() headers!: Record<string, string>;
  /** Null when none was read, or when it was not kept for lack of room. */
  @Nullable() @IsString() body!: string | null;
  /** `base64`: it is no UTF-8. */
  @Nullable() @IsIn(['utf8', 'base64']) bodyEncoding!: string | null;
  @IsBoolean() bodyTruncated!: boolean;
}

export class FiguresAnswer {
  @IsInt() totalReceived!: number;
  @IsInt() totalSuccess!: number;
  @IsInt() totalErrors!: number;
  @IsInt() totalEvents!: number;
  /** Percent; null when nothing was received. */
  @Nullable() @IsNumber() successRate!: number | null;
  @Nullable() @IsNumber() averageLatencyMs!: number | null;
  /** Estimated from buckets. */
  @Nullable() @IsNumber() p95LatencyMs!: number | null;
}

/** Of the last day, and of the last hour beside it. */
export class WindowAnswer extends FiguresAnswer {
  @ValidateNested() @Type(() => FiguresAnswer) lastHour!: FiguresAnswer;
}

export class LastErrorAnswer {
  @IsISO8601() at!: string;
  @IsInt() status!: number;
  @IsString() reason!: string;
}

export class IntegrationHealthAnswer extends WindowAnswer {
  @IsUUID() id!: string;
  @IsUUID() tenantId!: string;
  @IsString() name!: string;
  @IsString() type!: string;
  @IsBoolean() enabled!: boolean;
  @Nullable() @IsISO8601() lastReceivedAt!: string | null;
  @Nullable() @ValidateNested() @Type(() => LastErrorAnswer) lastError!: LastErrorAnswer | null;
}

export class HealthAnswer {
  /** `degraded`: under 95 % of the last hour's requests were taken. */
  @IsIn(['healthy', 'degraded']) status!: string;
  @ValidateNested() @Type(() => WindowAnswer) global!: WindowAnswer;
  /** By the type of the integration. */
  @IsObject() byType!: Record<string, WindowAnswer>;
  @IsArray() @ValidateNested({ each: true }) @Type(() => IntegrationHealthAnswer) byIntegration!: IntegrationHealthAnswer[];
}

export class SeverityRowAnswer {
  /** The sender's word; `*` any other, empty when none is given. */
  @IsString() from!: string;
  @IsIn(['critical', 'error', 'warning', 'info']) to!: string;
}

export class EventKindAnswer {
  @IsString() when!: string;
  @IsIn(['trigger', 'acknowledge', 'resolve', 'ignored']) action!: string;
  @IsOptional() @IsString() key?: string;
  @IsOptional() @IsIn(['critical', 'error', 'warning', 'info']) severity?: string;
}

export class IntegrationTypeAnswer {
  @IsString() type!: string;
  @IsString() displayName!: string;
  /** Where its requests go. */
  @IsString() path!: string;
  @IsString({ each: true }) methods!: readonly string[];
  @IsString({ each: true }) contentTypes!: readonly string[];
  @IsString({ each: true }) signatureHeaders!: string[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => SeverityRowAnswer) severities!: readonly SeverityRowAnswer[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => EventKindAnswer) kinds!: EventKindAnswer[];
  /** The JSON Schema of what can be set per integration; null when nothing can. */
  @Nullable() @IsObject() mappingSchema!: object | null;
  /** Markdown: how to set the tool up. */
  @IsString() setup!: string;
}
