import { SetMetadata, type Type } from '@nestjs/common';
import { ValidateIf } from 'class-validator';

const ANSWERS = 'signalbox:answers';
const TEXT = 'signalbox:answers-text';
const ALSO = 'signalbox:answers-also';

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

/** `@AnswersText('text/html')`: a page, lines, a stream of events. */
export function AnswersText(mediaType: string) {
  return SetMetadata(TEXT, mediaType);
}

/** `@AlsoAnswers(200, DryRunDto)`: what another status answers; without a class, a problem that most operations do not have. */
export function AlsoAnswers(status: number, type?: Type<unknown>): MethodDecorator {
  return (_target, _name, descriptor) => {
    const handler = descriptor.value as object;
    Reflect.defineMetadata(ALSO, [...alsoOf(handler), { status, type }], handler);
  };
}

/** The media type of an answer that is text. */
export function textOf(handler: object): string | undefined {
  return Reflect.getMetadata(TEXT, handler) as string | undefined;
}

export function alsoOf(handler: object): readonly { readonly status: number; readonly type: Type<unknown> | undefined }[] {
  return (Reflect.getMetadata(ALSO, handler) ?? []) as { status: number; type: Type<unknown> | undefined }[];
}

export function answersOf(handler: object): AnswerShape | undefined {
  return Reflect.getMetadata(ANSWERS, handler) as AnswerShape | undefined;
}

/** For a field that is always there and may be null (`resolvedAt`). */
export function Nullable(): PropertyDecorator {
  return ValidateIf((_, value) => value !== null);
}
