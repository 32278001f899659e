import { ignored, together, type FieldError, type Rejected, type SourceEvent, type SourceResult } from './contract.js';
import { isFields, type Fields } from './reading.js';

/** One of many in a body. `path`: what stands before the names of its fields in faults, `problems[2].`; `fields` as they came. */
export interface Part { readonly path: string; readonly fields: unknown }

/** What a body of many means: each is read by itself, as an event or its faults. `nothing`: why it is ignored when there is none. */
export function readEach<P extends Part>(
  parts: readonly P[],
  read: (part: P & { readonly fields: Fields }) => SourceEvent | FieldError[],
  nothing: string,
): SourceResult {
  const events: SourceEvent[] = [];
  const rejected: Rejected[] = [];
  for (const [index, part] of parts.entries()) {
    const { fields } = part;
    const made = isFields(fields) ? read({ ...part, fields }) : [{ path: part.path.replace(/\.$/, ''), message: 'must be an object' }];
    if (Array.isArray(made)) rejected.push({ index, errors: made });
    else events.push(made);
  }
  return together(events, rejected, ignored(nothing));
}
