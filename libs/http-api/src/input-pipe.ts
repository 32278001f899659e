import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { isId } from '@signalbox/contracts';
import { validate, type ValidationError } from 'class-validator';
import { instanceOf, isClass } from './instances.js';
import { badRequest, type InputFault, Problem, unsupportedMediaType } from './problem.js';
import { childPath, storageFaults, textFault } from './stored-text.js';

/**
 * Validates whatever a handler takes against its class (class-validator): unknown fields and parameters are faults, and all
 * faults come at once. Numbers and booleans of a query or path are made of their text; a body is taken as it is.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  async transform(value: unknown, { type, metatype, data }: ArgumentMetadata): Promise<unknown> {
    if (type === 'custom') return value;
    if (!isClass(metatype)) return type === 'body' ? value : primitive(value, metatype, data ?? type);
    const source = type === 'body' ? bodyObject(value) : converted(value as object, metatype);
    const faults = type === 'body' ? [] : storageFaults(source);
    const instance = instanceOf(metatype, source, faults);
    const errors = await validate(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false, validationError: { target: false } });
    faults.push(...errors.flatMap((error) => faultsOf(error, '', false, type)));
    if (faults.length > 0) throw badRequest(faults);
    return instance;
  }
}

/** For `@Param('id', IdPipe)`: what is no UUID is the id of nothing, hence a 404. */
@Injectable()
export class IdPipe implements PipeTransform {
  transform(value: string): string {
    if (isId(value)) return value.toLowerCase();
    throw new Problem({ status: 404, detail: 'There is nothing with this id (ids are UUIDs).' });
  }
}

function bodyObject(value: unknown): object {
  if (value === undefined) return {};
  if (typeof value === 'string') throw unsupportedMediaType('text', 'application/json');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest([{ path: '', message: 'the body must be a JSON object' }]);
  return value;
}

/** The texts of a query, made what the class declares. What cannot be made stays text, for the validator to name. */
function converted(query: object, type: Type<object>): object {
  return Object.fromEntries(Object.entries(query).map(([key, value]) => {
    const declared: unknown = Reflect.getMetadata('design:type', type.prototype as object, key);
    return [key, declared === Array && typeof value === 'string' ? [value] : fromText(value, declared)];
  }));
}

function fromText(value: unknown, declared: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (declared === Number && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (declared === Boolean && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function primitive(value: unknown, declared: unknown, name: string): unknown {
  const result = fromText(value, declared);
  const wanted = declared === Number ? 'number' : declared === Boolean ? 'boolean' : undefined;
  const message = typeof value === 'string' ? textFault(value) : undefined;
  if (message !== undefined) throw badRequest([{ path: name, message }]);
  if (result !== undefined && wanted !== undefined && typeof result !== wanted) {
    throw badRequest([{ path: name, message: wanted === 'number' ? 'must be a number' : 'must be true or false' }]);
  }
  return result;
}

function faultsOf(error: ValidationError, parent: string, ofArray: boolean, type: ArgumentMetadata['type']): InputFault[] {
  const path = childPath(parent, error.property, ofArray);
  const own = toldOf(error).map(([rule, message]) => ({ path, message: wording(rule, type) ?? message }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, path, Array.isArray(error.value), type))];
}

/** The kind of value that a rule means: of any other it says nothing that helps. */
const MEANT: Readonly<Record<string, 'number' | 'string' | 'list' | 'no value'>> = {
  min: 'number', max: 'number', minLength: 'string', maxLength: 'string', matches: 'string',
  arrayMinSize: 'list', arrayMaxSize: 'list', arrayUnique: 'list', nestedValidation: 'no value',
};

/** The broken rules that help: who left a text out, or sent a number for it, is told that it must be a text, and not how long. */
function toldOf({ constraints = {}, value }: ValidationError): [rule: string, message: string][] {
  const all = Object.entries(constraints);
  const helpful = all.filter(([rule]) => MEANT[rule] === undefined || means(MEANT[rule], value));
  return helpful.length > 0 ? helpful : all;
}

/** Of a list, its elements may be meant. */
function means(kind: string, value: unknown): boolean {
  return Array.isArray(value) ? kind !== 'no value' : kind === typeof value;
}

function wording(rule: string, type: ArgumentMetadata['type']): string | undefined {
  if (rule === 'whitelistValidation') return `is not a known ${type === 'query' ? 'parameter' : 'field'}`;
  return rule === 'nestedValidation' ? 'must be an object' : undefined;
}
