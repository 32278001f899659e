import { IsInstant, Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, Max, MaxLength, Min,
  MinLength, ValidateNested,
} from 'class-validator';
import { EscalationTarget } from '../rules/http/policies.dto.js';
import { AssigneeBody, IncidentEdit, IncidentListQuery } from './incidents.dto.js';

/** Each action with the fields that it takes, as the operation of one incident does. */
export const BULK_ACTIONS = {
  acknowledge: ['note'], resolve: ['note'], snooze: ['until', 'minutes'], unsnooze: [], suppress: ['until', 'reason'], unsuppress: [], reassign: ['assignee'],
  escalate: ['targets'], note: ['text'], merge: ['intoId'], unmerge: [], edit: ['title', 'priority', 'tags', 'fields'],
} as const satisfies Record<string, readonly string[]>;
export type BulkAction = keyof typeof BULK_ACTIONS;

export class BulkBody extends IncidentEdit {
  /** Incidents by id. Either these or `filter`. */
  @IsOptional() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(500) @ArrayUnique() @IsUUID(undefined, { each: true })
  ids?: string[];

  /** A page of incidents as the list gives it: `nextCursor` of the answer leads to the next. */
  @IsOptional() @IsObject() @ValidateNested() @Type(() => IncidentListQuery)
  filter?: IncidentListQuery;

  @IsIn(Object.keys(BULK_ACTIONS))
  action!: BulkAction;

  /** Only says how many it would concern. */
  @IsOptional() @IsBoolean()
  dryRun?: boolean;

  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024)
  note?: string;

  @IsOptional() @IsInstant()
  until?: string;

  @IsOptional() @IsInt() @Min(1) @Max(527_040)
  minutes?: number;

  @IsOptional() @IsString() @MinLength(1) @MaxLength(200)
  reason?: string;

  /** Null: nobody's. */
  @IsOptional() @Nullable() @IsObject() @ValidateNested() @Type(() => AssigneeBody)
  assignee?: AssigneeBody | null;

  @IsOptional() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(20) @ValidateNested({ each: true }) @Type(() => EscalationTarget)
  targets?: EscalationTarget[];

  @IsOptional() @IsString() @MinLength(1) @MaxLength(10_000)
  text?: string;

  @IsOptional() @IsUUID()
  intoId?: string;
}

export class BulkOutcome {
  @IsUUID() id!: string;
  /** `unchanged`: it was so already; `refused`: its state does not allow it, see `detail`. */
  @IsIn(['done', 'unchanged', 'refused', 'not_found']) outcome!: 'done' | 'unchanged' | 'refused' | 'not_found';
  @Nullable() @IsString() detail!: string | null;
  /** As it is now; null of one that is not there. */
  @Nullable() @IsString() status!: string | null;
  @Nullable() @IsInt() version!: number | null;
}

export class BulkAnswer {
  /** How many of the tenant's incidents it concerns. */
  @IsInt() count!: number;
  /** What became of each, in the order of `ids` or of the list; empty of a dry run. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => BulkOutcome) results!: BulkOutcome[];
  /** For `filter.cursor` of the next page; null when there is none. */
  @Nullable() @IsString() nextCursor!: string | null;
}
