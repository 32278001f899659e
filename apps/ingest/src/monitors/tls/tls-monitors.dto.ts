import { Nullable } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsISO8601,
  IsOptional, IsString, IsUUID, Max, MaxLength, Min, MinLength, ValidateNested,
} from 'class-validator';
import { PROBLEMS, type CertificateFacts, type CertificateProblem, type CheckResult, type ProblemCode } from '../domain/certificate.js';
import type { TlsClass, TlsStatus } from '../domain/tls-monitor.js';
import { NamedMonitorAnswer } from '../monitors.dto.js';

/** What may be set of a TLS monitor, beside what a new one must have. */
class TlsMonitorFields {
  /** 443 by default. */
  @IsOptional() @IsInt() @Min(1) @Max(65_535)
  port?: number;

  /** The name that is asked for and must be in the certificate; the host by default, and with null again. */
  @IsOptional() @Nullable() @IsString() @MinLength(1) @MaxLength(253)
  serverName?: string | null;

  /** By default the host and port. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  /** Days before the certificate ends at which it is told; 30, 14, 7 and 1 by default. */
  @IsOptional() @IsInt({ each: true }) @Min(1, { each: true }) @Max(365, { each: true }) @ArrayUnique() @ArrayMaxSize(10)
  warnDays?: number[];

  /** How often it is checked; 21600 (six hours) by default. */
  @IsOptional() @IsInt() @Min(60) @Max(604_800)
  intervalSeconds?: number;

  /** false: paused; what is open is closed. */
  @IsOptional() @IsBoolean()
  enabled?: boolean;
}

export class NewTlsMonitor extends TlsMonitorFields {
  /** The service whose incident it opens. */
  @IsUUID()
  serviceId!: string;

  /** A name or an address. */
  @IsString() @MinLength(1) @MaxLength(253)
  host!: string;
}

export class TlsMonitorChange extends TlsMonitorFields {
  @IsOptional() @IsUUID()
  serviceId?: string;

  @IsOptional() @IsString() @MinLength(1) @MaxLength(253)
  host?: string;
}

export class CertificateProblemAnswer implements CertificateProblem {
  @IsIn(PROBLEMS) code!: ProblemCode;
  @IsString() message!: string;
}

export class IssuerAnswer implements CertificateFacts {
  @IsString() subject!: string;
  @IsString() issuer!: string;
  @IsString() serialNumber!: string;
  /** SHA-256. */
  @IsString() fingerprint!: string;
  @IsISO8601() validFrom!: string;
  @IsISO8601() validTo!: string;
}

export class CertificateAnswer extends IssuerAnswer {
  @IsString({ each: true }) subjectAltNames!: readonly string[];
}

export class TlsCheckAnswer implements CheckResult {
  /** Nothing is wrong, and it does not end soon. */
  @IsBoolean() ok!: boolean;
  @IsISO8601() checkedAt!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => CertificateProblemAnswer) problems!: readonly CertificateProblemAnswer[];
  /** Whole days until the certificate ends, negative after it; null when none was seen. */
  @Nullable() @IsInt() daysLeft!: number | null;
  @Nullable() @ValidateNested() @Type(() => CertificateAnswer) certificate!: CertificateAnswer | null;
  /** The issuers, nearest first. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => IssuerAnswer) chain!: readonly IssuerAnswer[];
  @Nullable() @IsString() protocol!: string | null;
}

export class TlsMonitorAnswer extends NamedMonitorAnswer implements TlsStatus {
  @IsString() host!: string;
  @IsInt() port!: number;
  @Nullable() @IsString() serverName!: string | null;
  @IsInt({ each: true }) warnDays!: readonly number[];
  @IsInt() intervalSeconds!: number;
  /** What the last check saw; `new`: not checked yet. */
  @IsIn(['new', 'ok', 'expiring', 'failing']) state!: TlsStatus['state'];
  /** In a row. A server that cannot be reached has an incident from the third on. */
  @IsInt() failedChecks!: number;
  /** Why the last check failed; null when it did not. */
  @Nullable() @IsString() lastError!: string | null;
  /** Of the incident that it has open; null when it has none. */
  @Nullable() @IsIn(['ssl_expiry', 'ssl_failure']) incidentClass!: TlsClass | null;
  @Nullable() @ValidateNested() @Type(() => TlsCheckAnswer) lastCheck!: TlsCheckAnswer | null;
}
