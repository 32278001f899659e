import type { AttemptRecord } from '@signalbox/contracts';
import { IsInt, IsISO8601, IsNumber, IsOptional, IsString, Min } from 'class-validator';

/** One attempt to deliver something, as every service shows it: secrets were masked before it was kept. */
export class AttemptAnswer implements AttemptRecord {
  @IsInt() @Min(1) number!: number;
  @IsISO8601() startedAt!: string;
  @IsNumber() durationMs!: number;
  @IsString() outcome!: string;
  @IsOptional() @IsString() reason?: string;
  @IsOptional() @IsString() detail?: string;
  @IsOptional() request?: unknown;
  @IsOptional() response?: unknown;
}
