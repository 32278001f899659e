import { applyDecorators } from '@nestjs/common';
import { IsTimeZone, Matches, MaxLength } from 'class-validator';

/** A time zone by its IANA name (`Europe/Berlin`). A mere offset is none: it knows no summer time. */
export function TimeZone(): PropertyDecorator {
  return applyDecorators(
    IsTimeZone({ message: 'must be the IANA name of a time zone, such as Europe/Berlin' }),
    Matches(/^[A-Za-z]/, { message: 'must be a name, not an offset' }),
    MaxLength(64),
  );
}
