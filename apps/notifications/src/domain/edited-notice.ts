import { Severity } from '@signalbox/contracts';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Notice } from '../channels/notice.js';

/** What may be changed of a dead notification before it is sent again; all else about it stays. */
const Editable = Type.Object({
  title: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  body: Type.Optional(Type.String({ maxLength: 100_000 })),
  severity: Type.Optional(Severity),
  fields: Type.Optional(Type.Array(Type.Object({ label: Type.String(), value: Type.String() }))),
  sourceUrl: Type.Optional(Type.String({ maxLength: 2048 })),
});

/** A notice with the edits of a replay's payload. Throws, naming the field, when an edit does not fit. */
export function edited(notice: Notice, payload: unknown): Notice {
  if (typeof payload !== 'object' || payload === null) return notice;
  const edits = Object.fromEntries(Object.keys(Editable.properties).flatMap((name) => {
    const value = (payload as Record<string, unknown>)[name];
    return value === undefined || value === null ? [] : [[name, value]];
  }));
  const fault = Value.Errors(Editable, edits).First();
  if (fault !== undefined) throw new TypeError(`the edited notification cannot be sent: ${fault.path.slice(1)}: ${fault.message}`);
  return { ...notice, ...edits };
}
