import { ListQuery, Nullable, ResourceAnswer } from '@signalbox/http-api';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { CONTACT_KINDS } from '../contacts/registry.js';
import type { ContactMethod } from '../store/contact-store.js';

const KINDS = CONTACT_KINDS.map(({ kind }) => kind);

export class ContactMethodListQuery extends ListQuery {
  /** Of somebody else: for administrators. */
  @IsOptional() @IsUUID()
  userId?: string;
}

export class NewContactMethod {
  /** Whose it is; your own unless told. For others you need to be an administrator. */
  @IsOptional() @IsUUID()
  userId?: string;

  @IsIn(KINDS)
  kind!: string;

  @IsString() @MinLength(3) @MaxLength(254)
  address!: string;

  @IsOptional() @IsString() @MaxLength(120)
  label?: string;
}

export class ContactMethodChange {
  @IsOptional() @Nullable() @IsString() @MaxLength(120)
  label?: string | null;

  /** Lower goes first. */
  @IsOptional() @IsInt() @Min(0) @Max(1000)
  position?: number;
}

export class ContactCode {
  @Matches(/^\d{6}$/, { message: 'must be the six digits that were sent' })
  code!: string;
}

export class ContactMethodAnswer extends ResourceAnswer implements ContactMethod {
  @IsUUID() userId!: string;
  @IsIn(KINDS) kind!: string;
  @IsString() address!: string;
  @Nullable() @IsString() label!: string | null;
  /** Whether a code that was sent there came back: nothing else is sent there before. */
  @IsBoolean() verified!: boolean;
  @IsInt() position!: number;
}

export class CodeSentAnswer extends ContactMethodAnswer {
  /** Whether the mail server took the message with the code. */
  @IsBoolean() codeSent!: boolean;
  /** What it said when it did not: mend that, then have the code sent again. */
  @IsOptional() @IsString() codeError?: string;
}
