import { IsInstant, ListQuery } from '@signalbox/http-api';
import { IsIn, IsOptional, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';

export class IncidentListQuery extends ListQuery {
  @IsOptional() @IsIn(['OPEN', 'ACKNOWLEDGED', 'SNOOZED', 'SUPPRESSED', 'RESOLVED'], { each: true })
  status?: string[];

  @IsOptional() @IsIn(['HIGH', 'MEDIUM', 'LOW'], { each: true })
  urgency?: string[];

  /** The id of a service. */
  @IsOptional() @IsUUID()
  service?: string;

  @IsOptional() @IsString() @MaxLength(255)
  dedupKey?: string;

  /** Part of the title, the dedup key or the source. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(200)
  text?: string;

  /** Opened at or after. */
  @IsOptional() @IsInstant()
  since?: string;

  /** Opened before. */
  @IsOptional() @IsInstant()
  until?: string;
}

export class ActionBody {
  /** Kept on the timeline. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024)
  note?: string;
}
