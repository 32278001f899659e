import type { InputFault } from '@signalbox/http-api';
import { faultOf, type Matcher } from '../../domain/matcher.js';

/** What is wrong with matchers, each with its place in the body; `path` is the list's. */
export function matcherFaults(path: string, matchers: readonly Matcher[]): InputFault[] {
  return matchers.flatMap((matcher, index) => {
    const fault = faultOf(matcher);
    // It begins with the name of the field at fault.
    return fault === null ? [] : [{ path: `${path}[${index}].${fault.slice(0, fault.indexOf(' '))}`, message: fault.slice(fault.indexOf(' ') + 1) }];
  });
}

/** The same for names of fields of incidents. */
export function fieldFaults(path: string, fields: readonly string[]): InputFault[] {
  return fields.flatMap((field, index) => {
    const fault = faultOf({ field, operator: '=', value: '' });
    return fault === null ? [] : [{ path: `${path}[${index}]`, message: fault.slice(fault.indexOf(' ') + 1) }];
  });
}

export function matchersOf(matchers: readonly Matcher[]): Matcher[] {
  return matchers.map(({ field, operator, value }) => ({ field, operator, value }));
}
