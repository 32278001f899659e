import { Controller, Get, Query } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Database } from '@signalbox/database';
import { Answers, IsInstant, Nullable, badRequest } from '@signalbox/http-api';
import { ReadModel } from '@signalbox/messaging';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsISO8601, IsNumber, IsOptional, IsString, ValidateNested } from 'class-validator';
import { GROUPINGS, responseTimes, type GroupedBy, type Kept, type ResponseTimes, type Times } from '../store/response-times.js';

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;
const USUAL_DAYS = 30;

export class ResponseTimesQuery {
  /** Incidents that opened at or after; by default 30 days before `until`. */
  @IsOptional() @IsInstant()
  since?: string;

  /** Incidents that opened before; by default now. At most 366 days after `since`. */
  @IsOptional() @IsInstant()
  until?: string;

  @IsOptional() @IsIn(GROUPINGS)
  groupBy: GroupedBy = 'service';
}

export class TimesAnswer implements Times {
  @IsNumber() mean!: number;
  @IsNumber() median!: number;
  @IsNumber() p90!: number;
}

export class KeptAnswer implements Kept {
  @IsInt() met!: number;
  @IsInt() breached!: number;
}

export class KeptTargetsAnswer {
  @ValidateNested() @Type(() => KeptAnswer) acknowledge!: KeptAnswer;
  @ValidateNested() @Type(() => KeptAnswer) resolve!: KeptAnswer;
}

export class ResponseTimesGroup implements ResponseTimes {
  /** The id of the service or the team, the urgency, or the day (UTC); null: of no team, or of all. */
  @Nullable() @IsString() key!: string | null;
  @Nullable() @IsString() name!: string | null;
  @IsInt() opened!: number;
  @IsInt() acknowledged!: number;
  @IsInt() resolved!: number;
  /** From opened to acknowledged; null when none was. */
  @Nullable() @ValidateNested() @Type(() => TimesAnswer) acknowledgeSeconds!: TimesAnswer | null;
  @Nullable() @ValidateNested() @Type(() => TimesAnswer) resolveSeconds!: TimesAnswer | null;
  @ValidateNested() @Type(() => KeptTargetsAnswer) sla!: KeptTargetsAnswer;
}

export class ResponseTimesAnswer {
  @IsISO8601() since!: string;
  @IsISO8601() until!: string;
  @IsIn(GROUPINGS) groupBy!: GroupedBy;
  @ValidateNested() @Type(() => ResponseTimesGroup) total!: ResponseTimesGroup;
  /** The groups, most incidents first (days in their order); at most 1,000. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => ResponseTimesGroup) data!: ResponseTimesGroup[];
}

@Controller('api/v1/reports')
export class ReportsController {
  constructor(private readonly db: Database, private readonly teams: ReadModel<'teams'>) {}

  /**
   * How long incidents took to be acknowledged (MTTA) and resolved (MTTR), and
   * how many kept their targets. Those that nobody was ever told of are left out.
   */
  @Get('response-times')
  @Answers(ResponseTimesAnswer)
  @Requires({ resource: 'reports', action: 'read', role: 'viewer' })
  async responseTimes(@CurrentIdentity() { tenantId }: Identity, @Query() { since, until, groupBy }: ResponseTimesQuery): Promise<ResponseTimesAnswer> {
    const end = until === undefined ? new Date() : new Date(until);
    const window = { since: since === undefined ? new Date(end.getTime() - USUAL_DAYS * DAY_MS) : new Date(since), until: end, groupBy };
    const lengthMs = end.getTime() - window.since.getTime();
    if (lengthMs <= 0) throw badRequest([{ path: 'since', message: 'must be before until' }]);
    if (lengthMs > MOST_DAYS * DAY_MS) throw badRequest([{ path: 'since', message: `must be at most ${MOST_DAYS} days before until` }]);
    const { total, groups } = await responseTimes(this.db, tenantId, window);
    const data = groupBy === 'team' ? groups.map((group) => this.named(tenantId, group)) : groups;
    return { since: window.since.toISOString(), until: end.toISOString(), groupBy, total, data };
  }

  private named(tenantId: string, group: ResponseTimes): ResponseTimes {
    const team = group.key === null ? undefined : this.teams.get(group.key);
    return { ...group, name: team?.tenantId === tenantId ? team.name : null };
  }
}
