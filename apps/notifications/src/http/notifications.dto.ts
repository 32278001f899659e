import { IsInstant, ListQuery } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsObject, IsOptional, IsString, IsUrl, IsUUID, MaxLength, MinLength, ValidateNested,
} from 'class-validator';
import { SEVERITY_NAMES } from '../domain/event-types.js';

export const STATUSES = ['queued', 'processing', 'sent', 'failed', 'dead_letter', 'acknowledged', 'suppressed'];

export class NotificationListQuery extends ListQuery {
  @IsOptional() @IsIn(STATUSES, { each: true })
  status?: string[];

  @IsOptional() @IsString() @MaxLength(120)
  eventType?: string;

  @IsOptional() @IsUUID()
  channelId?: string;

  @IsOptional() @IsUUID()
  incidentId?: string;

  @IsOptional() @IsInstant()
  since?: string;

  @IsOptional() @IsInstant()
  until?: string;
}

export class AcknowledgeBody {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024)
  note?: string;
}

export class LabelledValue {
  @IsString() @MinLength(1) @MaxLength(120)
  label!: string;

  @IsString() @MaxLength(2000)
  value!: string;
}

export class AdHocNotification {
  @IsString() @MinLength(1) @MaxLength(1024)
  title!: string;

  @IsOptional() @IsString() @MaxLength(10_000)
  body?: string;

  @IsOptional() @IsIn(SEVERITY_NAMES)
  severity?: string;

  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => LabelledValue) @ArrayMaxSize(50)
  fields?: LabelledValue[];

  @IsOptional() @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }) @MaxLength(2048)
  sourceUrl?: string;
}

export class SendBody {
  /** Channels, 1 to 20. */
  @IsUUID(undefined, { each: true }) @ArrayMinSize(1) @ArrayMaxSize(20)
  providerIds!: string[];

  @IsObject() @ValidateNested() @Type(() => AdHocNotification)
  notification!: AdHocNotification;
}

export class RaisedNotice extends AdHocNotification {
  /** See GET /api/v1/event-types; other words may be used too. */
  @IsString() @MinLength(1) @MaxLength(120)
  eventType!: string;

  /** Equal fingerprints are about the same thing: said again only when something changed. By default the event type and title. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(255)
  fingerprint?: string;

  @IsOptional() @IsUUID()
  serviceId?: string;

  @IsOptional() @IsString({ each: true }) @MaxLength(120, { each: true }) @ArrayMaxSize(50)
  tags?: string[];

  @IsOptional() @IsString() @MaxLength(255)
  branch?: string;
}
