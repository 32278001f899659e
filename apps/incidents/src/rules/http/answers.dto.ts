import type { Urgency } from '@signalbox/contracts';
import { Nullable, ResourceAnswer } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsISO8601, IsOptional, IsString, IsUUID, ValidateNested } from 'class-validator';
import { OPERATORS, type Matcher, type Operator } from '../../domain/matcher.js';
import type { ServiceRules } from '../../domain/rules.js';
import { RECURRENCES, type Recurrence } from '../../domain/window.js';
import type { Hushed } from '../domain/trial.js';
import type { Preview } from '../store/trials.js';
import { EscalationStep, EscalationTarget } from './policies.dto.js';

export class EscalationPolicyAnswer extends ResourceAnswer {
  @IsString() name!: string;
  @Nullable() @IsString() description!: string | null;
  @IsArray() @ValidateNested({ each: true }) @Type(() => EscalationStep) steps!: EscalationStep[];
  @IsInt() rounds!: number;
  @Nullable() @IsInt() acknowledgeTimeoutSeconds!: number | null;
  @IsArray() @ValidateNested({ each: true }) @Type(() => EscalationTarget) fallback!: EscalationTarget[];
}

export class SecondsByUrgencyAnswer {
  @IsOptional() @IsInt() HIGH?: number;
  @IsOptional() @IsInt() MEDIUM?: number;
  @IsOptional() @IsInt() LOW?: number;
}

export class SlaAnswer {
  @ValidateNested() @Type(() => SecondsByUrgencyAnswer) acknowledgeSeconds!: SecondsByUrgencyAnswer;
  @ValidateNested() @Type(() => SecondsByUrgencyAnswer) resolveSeconds!: SecondsByUrgencyAnswer;
}

export class FlappingAnswer {
  @IsInt() changes!: number;
  @IsInt() seconds!: number;
}

/** What a service says of its incidents; null is off. */
export class ServiceSettingsAnswer implements Omit<ServiceRules, 'id' | 'name'> {
  @Nullable() @IsUUID() policyId!: string | null;
  /** Of its incidents, whatever their severity; null: by severity. */
  @Nullable() @IsIn(['HIGH', 'MEDIUM', 'LOW']) urgency!: Urgency | null;
  @Nullable() @ValidateNested() @Type(() => SlaAnswer) sla!: SlaAnswer | null;
  @Nullable() @IsInt() autoResolveSeconds!: number | null;
  @Nullable() @IsInt() reopenSeconds!: number | null;
  @Nullable() @IsInt() stormPerMinute!: number | null;
  @Nullable() @ValidateNested() @Type(() => FlappingAnswer) flapping!: FlappingAnswer | null;
  @IsArray() @IsUUID(undefined, { each: true }) dependsOn!: string[];
  @Nullable() @IsString() runbookUrl!: string | null;
}

export class MatcherAnswer implements Matcher {
  @IsString() field!: string;
  @IsIn(OPERATORS) operator!: Operator;
  @IsString() value!: string;
}

export class SilenceAnswer extends ResourceAnswer {
  @IsString() name!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => MatcherAnswer) matchers!: MatcherAnswer[];
  @IsISO8601() startsAt!: string;
  @IsISO8601() endsAt!: string;
  /** The name of who made it. */
  @IsString() createdBy!: string;
}

export class MaintenanceWindowAnswer extends ResourceAnswer {
  @IsString() name!: string;
  @IsArray() @IsUUID(undefined, { each: true }) serviceIds!: string[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => MatcherAnswer) matchers!: MatcherAnswer[];
  @IsISO8601() startsAt!: string;
  @IsISO8601() endsAt!: string;
  @IsString() timeZone!: string;
  @IsIn(RECURRENCES) recurrence!: Recurrence;
  @Nullable() @IsISO8601() recursUntil!: string | null;
}

export class InhibitionRuleAnswer extends ResourceAnswer {
  @IsString() name!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => MatcherAnswer) source!: MatcherAnswer[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => MatcherAnswer) target!: MatcherAnswer[];
  @IsArray() @IsString({ each: true }) equal!: string[];
}

export class GroupingRuleAnswer extends ResourceAnswer {
  @IsString() name!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => MatcherAnswer) matchers!: MatcherAnswer[];
  @IsArray() @IsString({ each: true }) by!: string[];
  @IsInt() windowSeconds!: number;
}

export class HushedAnswer implements Hushed {
  @IsUUID() incidentId!: string;
  @IsInt() number!: number;
  @IsString() title!: string;
  /** When it would have become quiet. */
  @IsISO8601() at!: string;
  /** `quiet`, `grouped behind #12`, `inhibited by #12`. */
  @IsString() would!: string;
  /** The incident that would have stood for it. */
  @Nullable() @IsUUID() byIncidentId!: string | null;
}

export class PreviewAnswer implements Preview {
  /** Of the newest 1,000, those that belong to an incident (fewer where they are very large). */
  @IsInt() events!: number;
  /** That these events came to. */
  @IsInt() incidents!: number;
  /** How many of them the rule would have kept quiet. */
  @IsInt() quiet!: number;
  /** The newest 20 of them. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => HushedAnswer) examples!: HushedAnswer[];
}
