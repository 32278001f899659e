import { SetMetadata, type Type } from '@nestjs/common';
import { ValidateIf } from 'class-validator';

const ANSWERS = 'signalbox:answers';

/** What a handler answers when all goes well, for the API document. */
export interface AnswerShape {
  readonly type: Type<unknown>;
  readonly form: 'one' | 'list' | 'page';
}

/** `@Answers(IncidentDto)` one, `@Answers([IncidentDto])` an array, `@Answers(IncidentDto, 'page')` a page with `nextCursor`. */
export function Answers(type: Type<unknown> | readonly [Type<unknown>], form: 'one' | 'page' = 'one') {
  const shape: AnswerShape = typeof type === 'function' ? { type, form } : { type: type[0], form: 'list' };
  return SetMetadata(ANSWERS, shape);
}

export function answersOf(handler: object): AnswerShape | undefined {
  return Reflect.getMetadata(ANSWERS, handler) as AnswerShape | undefined;
}

/** For a field that is always there and may be null (`resolvedAt`). */
export function Nullable(): PropertyDecorator {
  return ValidateIf((_, value) => value !== null);
}
