import type { Type } from '@nestjs/common';
import { conditionsOf } from './conditions.js';
import type { InputFault } from './problem.js';
import { childPath } from './stored-text.js';

/** What `@Type` and `@Transform` declared. The file is the one that class-validator-jsonschema's README names; it ships without types beside it. */
const { defaultMetadataStorage: storage } = require('class-transformer/cjs/storage.js') as typeof import('class-transformer/types/storage.js');

const NATIVE: readonly unknown[] = [String, Number, Boolean, Array, Object, Date, undefined];
const PLAIN_TO_CLASS = 0;

/**
 * An instance of a DTO class made of plain data: nested classes by `@Type` (or the declared class), `@Transform` applied,
 * everything else as it came. A null that means nothing to
 * its field counts as left out, so that handlers have one way of being given nothing. Not class-transformer's `plainToInstance`: that copies
 * free-form fields and, doing so, loses or fails on keys such as `constructor`. A field named like a member of every object is never assigned: it is
 * a fault.
 */
export function instanceOf(type: Type<object>, source: object, faults: InputFault[], path = ''): object {
  const instance = new type() as Record<string, unknown>;
  for (const [key, value] of Object.entries(source)) {
    if (key in Object.prototype) {
      faults.push({ path: childPath(path, key, false), message: 'is not a known field' });
    } else if (value !== null || !isNothing(type, key)) {
      instance[key] = transformed(type, key, nestedValue(type, key, value, faults, childPath(path, key, false)), source);
    }
  }
  return instance;
}

/** The class of a nested object, or of the elements of a list: of `@Type(() => X)`, else the declared one. */
export function nestedTypeOf(type: Type<unknown>, property: string): Type<object> | undefined {
  const declared: unknown = storage.findTypeMetadata(type, property)?.typeFunction() ?? Reflect.getMetadata('design:type', type.prototype as object, property);
  return isClass(declared) ? declared : undefined;
}

/** Whether something is a class of ours (a DTO), and none of the language's. */
export function isClass(type: unknown): type is Type<object> {
  return typeof type === 'function' && !NATIVE.includes(type);
}

/** Whether a property's null says no more than leaving it out: `@IsOptional` lets it pass, and no `@Nullable` gives it a meaning. */
function isNothing(type: Type<object>, key: string): boolean {
  const rules = conditionsOf(type).get(key);
  return rules?.allowsNull === true && !rules.meansNull;
}

function nestedValue(type: Type<object>, key: string, value: unknown, faults: InputFault[], path: string): unknown {
  const nested = nestedTypeOf(type, key);
  if (nested === undefined) return value;
  if (Array.isArray(value)) {
    return value.map((one: unknown, index) => isObject(one) ? instanceOf(nested, one, faults, childPath(path, String(index), true)) : one);
  }
  return isObject(value) ? instanceOf(nested, value, faults, path) : value;
}

function transformed(type: Type<object>, key: string, value: unknown, obj: object): unknown {
  return storage.findTransformMetadatas(type, key, PLAIN_TO_CLASS)
    .reduce((result: unknown, { transformFn }) => transformFn({ value: result, key, obj, type: PLAIN_TO_CLASS, options: {} }) as unknown, value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
