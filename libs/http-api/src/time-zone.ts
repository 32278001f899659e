import { isTimeZone } from '@signalbox/calendar';
import { ValidateBy } from 'class-validator';

/** For a time zone that comes in, by its IANA name (`Europe/Berlin`). A mere offset is none: it knows no summer time. */
export function IsTimeZoneName(): PropertyDecorator {
  return ValidateBy({
    name: 'isTimeZoneName',
    validator: { validate: isTimeZone, defaultMessage: () => 'must be the IANA name of a time zone, such as Europe/Berlin' },
  });
}
