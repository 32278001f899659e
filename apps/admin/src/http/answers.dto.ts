import { ROLES, type Role } from '@signalbox/access';
import type { AuditEntry, TraceEntry } from '@signalbox/contracts';
import { Nullable, ResourceAnswer } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsDefined, IsIn, IsISO8601, IsObject, IsOptional, IsString, IsUUID, ValidateNested } from 'class-validator';
import type { ApiKey } from '../store/api-key-store.js';
import type { Team, TeamMember } from '../store/team-store.js';
import type { Tenant } from '../store/tenant-store.js';
import type { Member } from '../store/user-store.js';

// What this service answers, for the API document; the handlers' return types hold them to the code.

export class ApiKeyAnswer extends ResourceAnswer implements ApiKey {
  @IsString() name!: string;
  /** How the key begins: enough to tell keys apart. */
  @IsString() prefix!: string;
  @IsIn(ROLES) role!: Role;
  @IsString({ each: true }) scopes!: readonly string[];
  @Nullable() @IsISO8601() expiresAt!: string | null;
  /** To the minute; null when it was never used. */
  @Nullable() @IsISO8601() lastUsedAt!: string | null;
}

export class NewApiKeyAnswer extends ApiKeyAnswer {
  /** The key itself: in this answer only. */
  @IsString() key!: string;
}

export class ActorAnswer {
  @IsIn(['user', 'api_key', 'service', 'system']) type!: AuditEntry['actor']['type'];
  @IsString() id!: string;
  @IsString() name!: string;
}

export class AuditAnswer {
  @IsUUID() id!: string;
  @IsISO8601() at!: string;
  @ValidateNested() @Type(() => ActorAnswer) actor!: ActorAnswer;
  @IsString() action!: string;
  @IsString() resource!: string;
  @IsString() resourceId!: string;
  /** The resource before the change, secrets masked; null when it was made. */
  @IsDefined() before!: unknown;
  /** The resource after the change; null when it was deleted. */
  @IsDefined() after!: unknown;
  @Nullable() @IsString() ip!: string | null;
  @Nullable() @IsString() requestId!: string | null;
}

export class SignedInUserAnswer {
  @IsUUID() id!: string;
  @IsString() email!: string;
  @IsString() name!: string;
  /** IANA name. */
  @IsString() timeZone!: string;
  @IsBoolean() platformOperator!: boolean;
}

export class AskingKeyAnswer {
  @IsUUID() id!: string;
  @IsString() name!: string;
  @IsString({ each: true }) scopes!: readonly string[];
}

export class OwnTenantAnswer {
  @IsUUID() id!: string;
  @IsString() name!: string;
  @IsIn(ROLES) role!: Role;
}

export class SessionAnswer {
  /** Null when an API key asks. */
  @Nullable() @ValidateNested() @Type(() => SignedInUserAnswer) user!: SignedInUserAnswer | null;
  @IsOptional() @ValidateNested() @Type(() => AskingKeyAnswer) apiKey?: AskingKeyAnswer;
  @IsUUID() tenantId!: string;
  @IsIn(ROLES) role!: Role;
  @IsArray() @ValidateNested({ each: true }) @Type(() => OwnTenantAnswer) tenants!: OwnTenantAnswer[];
}

export class TenantAnswer extends ResourceAnswer implements Tenant {
  @IsString() name!: string;
  @IsBoolean() enabled!: boolean;
}

export class TeamMemberAnswer implements TeamMember {
  @IsUUID() userId!: string;
  @IsBoolean() lead!: boolean;
}

export class TeamAnswer extends ResourceAnswer implements Team {
  @IsString() name!: string;
  @Nullable() @IsString() description!: string | null;
  @IsArray() @ValidateNested({ each: true }) @Type(() => TeamMemberAnswer) members!: readonly TeamMemberAnswer[];
}

export class TraceEntryAnswer implements TraceEntry {
  @IsISO8601() at!: string;
  @IsString() service!: string;
  @IsString() kind!: string;
  @IsString() id!: string;
  @IsString() summary!: string;
  @IsOptional() @IsObject() data?: Record<string, unknown>;
}

export class TraceAnswer {
  @IsUUID() traceId!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => TraceEntryAnswer) entries!: TraceEntryAnswer[];
  /** The services that did not answer. */
  @IsString({ each: true }) incomplete!: string[];
}

export class UserAnswer extends ResourceAnswer implements Member {
  @IsString() email!: string;
  @IsString() name!: string;
  /** In this tenant. */
  @IsIn(ROLES) role!: Role;
  /** IANA name, of the account in all of its tenants. */
  @IsString() timeZone!: string;
}

/** The parts of an OpenAPI 3.1 document. */
export class OpenApiAnswer {
  @IsString() openapi!: string;
  @IsObject() info!: Record<string, unknown>;
  @IsArray() tags!: unknown[];
  @IsArray() security!: unknown[];
  @IsObject() paths!: Record<string, unknown>;
  @IsObject() components!: Record<string, unknown>;
}
