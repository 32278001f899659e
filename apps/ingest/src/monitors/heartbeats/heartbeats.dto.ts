import { Nullable } from '@signalbox/http-api';
import { IsBoolean, IsIn, IsInt, IsISO8601, IsOptional, IsString, IsUUID, Max, MaxLength, Min, MinLength } from 'class-validator';
import type { Severity } from '@signalbox/contracts';
import { NamedMonitorAnswer } from '../monitors.dto.js';

const SEVERITIES = ['critical', 'error', 'warning', 'info', 'high', 'medium', 'low'];
/** Somewhat more than a year: what happens yearly can be watched. */
const LONGEST_SECONDS = 34_560_000;

class HeartbeatFields {
  /** How much later than that it may come; 60 by default. */
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_SECONDS)
  graceSeconds?: number;

  /** Of the event of a missed one; error (high) by default. */
  @IsOptional() @IsIn(SEVERITIES)
  severity?: string;

  /** false: paused; it never fires, and beats are taken all the same. */
  @IsOptional() @IsBoolean()
  enabled?: boolean;
}

export class NewHeartbeat extends HeartbeatFields {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** The service whose incident a missed one opens. */
  @IsUUID()
  serviceId!: string;

  /** A beat is expected this often. */
  @IsInt() @Min(1) @Max(LONGEST_SECONDS)
  intervalSeconds!: number;
}

export class HeartbeatChange extends HeartbeatFields {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsUUID()
  serviceId?: string;

  @IsOptional() @IsInt() @Min(1) @Max(LONGEST_SECONDS)
  intervalSeconds?: number;
}

export class HeartbeatAnswer extends NamedMonitorAnswer {
  @IsInt() intervalSeconds!: number;
  @IsInt() graceSeconds!: number;
  @IsIn(['critical', 'error', 'warning', 'info']) severity!: Severity;
  /** `new`: there was no beat yet, so none can be missed. */
  @IsIn(['new', 'up', 'down']) state!: 'new' | 'up' | 'down';
  @Nullable() @IsISO8601() lastBeatAt!: string | null;
  /** Null for viewers: they see that there is a key, not which. */
  @Nullable() @IsString() key!: string | null;
  /** Where beats go: POST, GET or HEAD. Null for viewers. */
  @Nullable() @IsString() url!: string | null;
}
