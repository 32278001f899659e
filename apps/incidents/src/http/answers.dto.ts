import type { Actor, Image, IncidentStatus, Link, Quiet, Severity, Urgency } from '@signalbox/contracts';
import { Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsISO8601, IsObject, IsOptional, IsString, IsUUID, Min, ValidateNested } from 'class-validator';
import type { Responder } from '../domain/responders.js';
import { ServiceSettingsAnswer } from '../rules/http/answers.dto.js';
import type { ShownChange } from '../store/change-store.js';
import type { ShownEscalation, ShownIncident, ShownSla, ShownTarget } from '../store/shown-incident.js';

const QUIET_KINDS: readonly Quiet['kind'][] = ['silence', 'maintenance', 'inhibited', 'grouped', 'storm', 'flapping', 'merged', 'manual'];

// What this service answers, for the API document; the handlers' return types hold them to the code.

export class NamedAnswer {
  @IsUUID() id!: string;
  @IsString() name!: string;
}

export class LinkAnswer implements Link {
  @IsString() href!: string;
  @IsOptional() @IsString() text?: string;
}

export class AssigneeAnswer {
  @IsIn(['user', 'team']) type!: 'user' | 'team';
  @IsUUID() id!: string;
  @IsString() name!: string;
}

export class ResponderAnswer implements Responder {
  @IsIn(['user', 'team']) type!: 'user' | 'team';
  @IsUUID() id!: string;
  @IsIn(['asked', 'joined', 'declined']) state!: Responder['state'];
  /** When they were asked last, or answered. */
  @IsISO8601() at!: string;
}

export class QuietAnswer implements Quiet {
  @IsIn(QUIET_KINDS) kind!: Quiet['kind'];
  /** The silence, window or rule that says so; null where a person or a service's setting does. */
  @Nullable() @IsUUID() ruleId!: string | null;
  @IsString() name!: string;
  /** When it ends by itself; null when it does not. */
  @Nullable() @IsISO8601() until!: string | null;
  /** The incident that stands for this one. */
  @Nullable() @IsUUID() byIncidentId!: string | null;
}

export class EscalationAnswer implements ShownEscalation {
  @ValidateNested() @Type(() => NamedAnswer) policy!: NamedAnswer;
  /** The step that comes next, from 1. */
  @IsInt() @Min(1) step!: number;
  @IsInt() @Min(1) round!: number;
  /** When it comes; null while nothing is due. */
  @Nullable() @IsISO8601() nextAt!: string | null;
  /** When the acknowledgement ends by itself; null when it does not. */
  @Nullable() @IsISO8601() acknowledgementEndsAt!: string | null;
}

export class SlaTargetAnswer implements ShownTarget {
  @IsISO8601() by!: string;
  @IsIn(['pending', 'warned', 'breached', 'met']) state!: ShownTarget['state'];
}

export class SlaClockAnswer implements ShownSla {
  @Nullable() @ValidateNested() @Type(() => SlaTargetAnswer) acknowledge!: SlaTargetAnswer | null;
  @Nullable() @ValidateNested() @Type(() => SlaTargetAnswer) resolve!: SlaTargetAnswer | null;
  /** Since when the clock stands still (snoozed, suppressed); null while it runs. */
  @Nullable() @IsISO8601() heldSince!: string | null;
}

export class IncidentAnswer implements ShownIncident {
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
  /** Of its service. */
  @Nullable() @IsString() runbookUrl!: string | null;
  @Nullable() @ValidateNested() @Type(() => AssigneeAnswer) assignee!: AssigneeAnswer | null;
  /** Whom people asked in, and who came by themselves; the newest last. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => ResponderAnswer) responders!: ResponderAnswer[];
  @IsInt() eventCount!: number;
  @IsISO8601() openedAt!: string;
  @Nullable() @IsISO8601() acknowledgedAt!: string | null;
  @Nullable() @IsISO8601() resolvedAt!: string | null;
  @IsObject() details!: Record<string, unknown>;
  @IsArray() @ValidateNested({ each: true }) @Type(() => LinkAnswer) links!: LinkAnswer[];
  /** While it is snoozed. */
  @Nullable() @IsISO8601() snoozedUntil!: string | null;
  /** While it is suppressed: why nobody is told. */
  @Nullable() @ValidateNested() @Type(() => QuietAnswer) quiet!: QuietAnswer | null;
  /** Open incidents that are quiet because this one stands for them. */
  @IsInt() groupedCount!: number;
  /** Null without a policy. */
  @Nullable() @ValidateNested() @Type(() => EscalationAnswer) escalation!: EscalationAnswer | null;
  /** Null without targets. */
  @Nullable() @ValidateNested() @Type(() => SlaClockAnswer) sla!: SlaClockAnswer | null;
  /** Counts what happened to it; If-Match of a change compares it. */
  @IsInt() @Min(1) version!: number;
  @IsISO8601() updatedAt!: string;
}

export class NoteAnswer {
  @IsUUID() id!: string;
  @IsISO8601() at!: string;
  /** Who wrote it. */
  @IsObject() author!: Actor;
  @IsString() text!: string;
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
