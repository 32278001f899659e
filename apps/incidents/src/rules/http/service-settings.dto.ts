import type { Urgency } from '@signalbox/contracts';
import { Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsInt, IsObject, IsOptional, IsUUID, IsUrl, Max, MaxLength, Min, ValidateNested } from 'class-validator';

const DAY_SECONDS = 86_400;
const MOST_SECONDS = 90 * DAY_SECONDS;

/** Each up to 90 days; what is left out has no target. */
export class SecondsByUrgency {
  @IsOptional() @IsInt() @Min(1) @Max(MOST_SECONDS)
  HIGH?: number;

  @IsOptional() @IsInt() @Min(1) @Max(MOST_SECONDS)
  MEDIUM?: number;

  @IsOptional() @IsInt() @Min(1) @Max(MOST_SECONDS)
  LOW?: number;
}

export class SlaTargets {
  /** From the opening of an incident to its acknowledgement. */
  @IsOptional() @IsObject() @ValidateNested() @Type(() => SecondsByUrgency)
  acknowledgeSeconds?: SecondsByUrgency;

  /** From the opening of an incident to its end. */
  @IsOptional() @IsObject() @ValidateNested() @Type(() => SecondsByUrgency)
  resolveSeconds?: SecondsByUrgency;
}

export class Flapping {
  /** Openings and resolutions of one key. */
  @IsInt() @Min(3) @Max(50)
  changes!: number;

  /** Within which they have to come: a minute to a day. */
  @IsInt() @Min(60) @Max(DAY_SECONDS)
  seconds!: number;
}

/** What a service says of its incidents: of those that open from now on, except `dependsOn` and `flapping`, which hold at once. Null switches off. */
export class ServiceSettings {
  /** The escalation policy: who is paged. */
  @IsOptional() @Nullable() @IsUUID()
  policyId?: string | null;

  /** Instead of what follows from the severity. */
  @IsOptional() @Nullable() @IsIn(['HIGH', 'MEDIUM', 'LOW'])
  urgency?: Urgency | null;

  @IsOptional() @Nullable() @IsObject() @ValidateNested() @Type(() => SlaTargets)
  sla?: SlaTargets | null;

  /** An incident that is not triggered again for so long is resolved: a minute to 90 days. */
  @IsOptional() @Nullable() @IsInt() @Min(60) @Max(MOST_SECONDS)
  autoResolveSeconds?: number | null;

  /** A trigger so soon after the resolve goes on with the same incident: up to a week. */
  @IsOptional() @Nullable() @IsInt() @Min(1) @Max(7 * DAY_SECONDS)
  reopenSeconds?: number | null;

  /** More new incidents than this in a minute are a storm: they are kept and not told one by one. */
  @IsOptional() @Nullable() @IsInt() @Min(1) @Max(10_000)
  stormPerMinute?: number | null;

  /** A key that opens and is resolved so often is told of again when it is calm. */
  @IsOptional() @Nullable() @IsObject() @ValidateNested() @Type(() => Flapping)
  flapping?: Flapping | null;

  /** Services that this one cannot work without: while one of them has an incident, this one's are quiet. */
  @IsOptional() @IsArray() @IsUUID(undefined, { each: true }) @ArrayMaxSize(50) @ArrayUnique()
  dependsOn?: string[];

  /** What to do when it has an incident. */
  @IsOptional() @Nullable() @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }) @MaxLength(2048)
  runbookUrl?: string | null;
}
