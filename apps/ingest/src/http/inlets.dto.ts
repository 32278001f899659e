import { Nullable, ResourceAnswer } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsISO8601, IsObject, IsOptional, IsString, MaxLength, Min, MinLength, ValidateNested } from 'class-validator';

export class NewInlet {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  /** A kind of inlet: see GET /api/v1/inlet-types. It cannot be changed later. */
  @IsString() @MinLength(1) @MaxLength(64)
  kind!: string;

  /** A disabled inlet is not connected; the far side keeps what comes for as long as it was asked to. */
  @IsOptional() @IsBoolean()
  enabled?: boolean;

  /** Its settings. */
  @IsObject()
  config!: Record<string, unknown>;
}

export class InletChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsBoolean()
  enabled?: boolean;

  /** All its settings; a secret that is left as the mask keeps its value. */
  @IsOptional() @IsObject()
  config?: Record<string, unknown>;
}

class InletCounts {
  /** Messages that were stored. */
  @IsInt() @Min(0) stored!: number;
  /** What could be no message: the first 100 a day are dead letters. */
  @IsInt() @Min(0) refused!: number;
  /** On the broker's own topics. */
  @IsInt() @Min(0) ignored!: number;
}

export class InletAnswer extends ResourceAnswer {
  @IsString() name!: string;
  @IsString() kind!: string;
  @IsBoolean() enabled!: boolean;
  /** Secrets are dots; sent back as dots they keep their values. */
  @IsObject() config!: Record<string, unknown>;
  /** `waiting`: it failed and is tried again; see lastError. `stopped`: nobody runs it just now. */
  @IsIn(['disabled', 'connecting', 'connected', 'waiting', 'stopped']) state!: string;
  @Nullable() @IsString() lastError!: string | null;
  @Nullable() @IsISO8601() lastErrorAt!: string | null;
  @Nullable() @IsISO8601() lastMessageAt!: string | null;
  @ValidateNested() @Type(() => InletCounts) counts!: InletCounts;
}

export class InletTestAnswer {
  @IsBoolean() ok!: boolean;
  /** What the far side said, in a sentence. */
  @IsString() message!: string;
}

export class InletTypeAnswer {
  @IsString() kind!: string;
  @IsString() name!: string;
  /** JSON Schema of the settings: what a form is drawn from. */
  @IsObject() config!: Record<string, unknown>;
}
