import type { Image, Incident, IncidentStatus, Link, Quiet, Severity, Urgency } from '@signalbox/contracts';
import { Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsISO8601, IsObject, IsOptional, IsString, IsUUID, Min, ValidateNested } from 'class-validator';
import { ServiceSettingsAnswer } from '../rules/http/answers.dto.js';
import type { ShownChange } from '../store/change-store.js';

// What this service answers, for the API document; the handlers' return types hold them to the code.

export class NamedAnswer {
  @IsUUID() id!: string;
  @IsString() name!: string;
}

export class LinkAnswer implements Link {
  @IsString() href!: string;
  @IsOptional() @IsString() text?: string;
}

/** Why nobody is told of an incident. */
export class QuietAnswer implements Quiet {
  @IsIn(['silence', 'maintenance', 'inhibited', 'grouped', 'storm', 'flapping', 'merged', 'manual']) kind!: Quiet['kind'];
  /** The rule (a silence, a window …) that says so; null where a person or a service's setting does. */
  @Nullable() @IsUUID() ruleId!: string | null;
  /** In words. */
  @IsString() name!: string;
  /** When it ends by itself; null when it does not. */
  @Nullable() @IsISO8601() until!: string | null;
  /** The incident that stands for this one. */
  @Nullable() @IsUUID() byIncidentId!: string | null;
}

export class IncidentAnswer implements Incident {
  @IsUUID() id!: string;
  @IsInt() @Min(1) number!: number;
  @IsString() title!: string;
  @IsIn(['OPEN', 'ACKNOWLEDGED', 'SNOOZED', 'SUPPRESSED', 'RESOLVED']) status!: IncidentStatus;
  @IsIn(['HIGH', 'MEDIUM', 'LOW']) urgency!: Urgency;
  @IsIn(['critical', 'error', 'warning', 'info']) severity!: Severity;
  @Nullable() @IsString() priority!: string | null;
  @IsArray() @IsString({ each: true }) tags!: string[];
  /** Fields of people's own. */
  @IsObject() fields!: Record<string, unknown>;
  @IsString() dedupKey!: string;
  @IsString() source!: string;
  /** What kind of trouble its newest event was of, where it says so. */
  @IsOptional() @IsString() class?: string;
  @ValidateNested() @Type(() => NamedAnswer) service!: NamedAnswer;
  @Nullable() @ValidateNested() @Type(() => NamedAnswer) assignee!: NamedAnswer | null;
  @IsInt() eventCount!: number;
  @IsISO8601() openedAt!: string;
  @Nullable() @IsISO8601() acknowledgedAt!: string | null;
  @Nullable() @IsISO8601() resolvedAt!: string | null;
  /** Of one that is snoozed. */
  @Nullable() @IsISO8601() snoozedUntil!: string | null;
  /** Of one that is suppressed. */
  @Nullable() @ValidateNested() @Type(() => QuietAnswer) quiet!: QuietAnswer | null;
  @IsObject() details!: Record<string, unknown>;
  @IsArray() @ValidateNested({ each: true }) @Type(() => LinkAnswer) links!: LinkAnswer[];
  @IsISO8601() updatedAt!: string;
}

export class TimelineAnswer {
  @IsUUID() id!: string;
  @IsISO8601() at!: string;
  /** What happened: an event, a change, a notification, a delivery. */
  @IsString() kind!: string;
  /** Who did it; null when nobody did. */
  @Nullable() @IsObject() actor!: object | null;
  @IsObject() data!: Record<string, unknown>;
}

export class ImageAnswer implements Image {
  @IsString() src!: string;
  @IsOptional() @IsString() href?: string;
  @IsOptional() @IsString() alt?: string;
}

export class ChangeEventAnswer implements ShownChange {
  @IsUUID() id!: string;
  /** When it happened, by the sender's word; else when it was accepted. */
  @IsISO8601() at!: string;
  @IsISO8601() acceptedAt!: string;
  @IsString() summary!: string;
  @Nullable() @IsString() source!: string | null;
  @ValidateNested() @Type(() => NamedAnswer) service!: NamedAnswer;
  @IsUUID() integrationId!: string;
  @IsObject() details!: Record<string, unknown>;
  @IsArray() @ValidateNested({ each: true }) @Type(() => LinkAnswer) links!: LinkAnswer[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => ImageAnswer) images!: ImageAnswer[];
  /** What GET /api/v1/trace/{id} takes. */
  @IsUUID() traceId!: string;
}

export class ServiceAnswer extends ServiceSettingsAnswer {
  @IsUUID() id!: string;
  @IsString() name!: string;
  @Nullable() @IsString() description!: string | null;
  /** The team that answers for it. */
  @Nullable() @IsUUID() teamId!: string | null;
  /** Counts its changes: its ETag. */
  @IsInt() version!: number;
  @IsISO8601() createdAt!: string;
  @IsISO8601() updatedAt!: string;
}
