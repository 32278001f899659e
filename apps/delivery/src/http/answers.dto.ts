import { AttemptAnswer, Nullable, ResourceAnswer } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsDefined, IsIn, IsInt, IsISO8601, IsObject, IsOptional, IsString, IsUUID, ValidateNested } from 'class-validator';
import type { Unmet } from '../domain/filter.js';
import type { Tried } from './dry-run.js';

// What this service answers, for the API document; the handlers' return types hold them to the code.

export class RouteDestinationAnswer {
  @IsString() type!: string;
  /** One line that tells destinations apart. */
  @IsString() summary!: string;
  /** Secrets are dots; sent back as dots they keep their values. */
  @IsObject() config!: Record<string, unknown>;
}

export class DestinationStateAnswer {
  @IsIn(['open', 'closed', 'probing', 'draining']) state!: string;
  @Nullable() @IsISO8601() closedUntil!: string | null;
  @Nullable() @IsString() reason!: string | null;
}

export class RouteAnswer extends ResourceAnswer {
  @IsString() name!: string;
  /** A disabled route matches nothing; a paused one holds what it matches. */
  @IsBoolean() enabled!: boolean;
  @IsIn(['active', 'paused']) state!: string;
  /** Why it paused by itself. */
  @Nullable() @IsString() stateReason!: string | null;
  @IsString() topic!: string;
  @Nullable() @IsObject() filter!: Record<string, unknown> | null;
  @ValidateNested() @Type(() => RouteDestinationAnswer) destination!: RouteDestinationAnswer;
  @ValidateNested() @Type(() => DestinationStateAnswer) destinationState!: DestinationStateAnswer;
  @IsInt() concurrency!: number;
}

export class DeliveryAnswer {
  /** The same for every attempt and replay: what the far side can drop a repeat by. */
  @IsUUID() id!: string;
  @IsUUID() routeId!: string;
  @IsString() messageId!: string;
  @IsUUID() traceId!: string;
  @IsString() topic!: string;
  @IsIn(['queued', 'held', 'retrying', 'delivered', 'dead']) status!: string;
  @Nullable() @IsString() reason!: string | null;
  @IsISO8601() matchedAt!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => AttemptAnswer) attempts!: AttemptAnswer[];
}

export class DestinationTypeAnswer {
  @IsString() type!: string;
  @IsString() name!: string;
  /** JSON Schema of the settings: what a form is drawn from. */
  @IsObject() config!: Record<string, unknown>;
}

export class NamedRouteAnswer {
  @IsUUID() id!: string;
  @IsString() name!: string;
}

export class UnmetConditionAnswer implements Unmet {
  /** Where it stands in the filter: a payload path, or $and, $or, $not. */
  @IsString() path!: string;
  /** What the filter asks for. */
  @IsDefined() wants!: unknown;
  /** What the payload has there; missing when it has nothing. */
  @IsOptional() found?: unknown;
}

export class TriedRouteAnswer implements Tried {
  @ValidateNested() @Type(() => NamedRouteAnswer) route!: NamedRouteAnswer;
  @IsBoolean() matches!: boolean;
  /** Why not, or what would delay it. */
  @Nullable() @IsIn(['topic', 'filter', 'disabled', 'paused']) because!: Tried['because'];
  /** Because of the filter: the conditions that the payload does not meet. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => UnmetConditionAnswer) unmet!: readonly UnmetConditionAnswer[];
  /** What would be sent, secrets masked. */
  @Nullable() @IsObject() request!: Tried['request'];
}

export class TriedRoutesAnswer {
  @IsArray() @ValidateNested({ each: true }) @Type(() => TriedRouteAnswer) data!: readonly TriedRouteAnswer[];
}
