import type { Type } from '@nestjs/common';
import * as classValidator from 'class-validator';
import type { ISchemaConverters } from 'class-validator-jsonschema/build/defaultConverters.js';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata.js';
import { conditionsOf } from '../conditions.js';
import { nestedTypeOf } from '../instances.js';
import { type Reference, type Schema, SCHEMAS } from './document.js';

/** `targetConstructorToSchema` of class-validator-jsonschema, handed in so that only the making of documents loads it. */
export type ToSchema = typeof import('class-validator-jsonschema').targetConstructorToSchema;

/**
 * Collects the JSON Schemas of classes from their class-validator decorators, and of the classes that they nest.
 * Two classes of one name in one service are an error, as one would silently hide the other.
 */
export class SchemaCollector {
  private readonly classes = new Map<string, Type<unknown>>();
  private readonly schemas = new Map<string, Schema>();

  constructor(private readonly toSchema: ToSchema) {}

  /** A reference to a class' schema, which is made on the way. */
  ref(type: Type<unknown>): Reference {
    const known = this.classes.get(type.name);
    if (known !== undefined && known !== type) throw new Error(`two classes are named ${type.name}: the API document needs different names`);
    if (known === undefined) {
      this.classes.set(type.name, type);
      this.schemas.set(type.name, this.schemaOf(type));
    }
    return { $ref: SCHEMAS + type.name };
  }

  /** The schema of a class itself: its properties, what is required, what may be null, what is the default. */
  schemaOf(type: Type<unknown>): Schema {
    const raw = this.toSchema(type, { additionalConverters: this.converters() }) as Schema;
    const rules = conditionsOf(type);
    const defaults = defaultsOf(type);
    const properties = Object.fromEntries(Object.entries(raw.properties ?? {}).map(([name, schema]) => {
      const nullable = rules.get(name)?.allowsNull === true ? orNull(schema) : schema;
      return [name, name in defaults ? { ...nullable, default: defaults[name] } : nullable];
    }));
    const required = Object.keys(properties).filter((name) => rules.get(name)?.allowsNone !== true);
    return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
  }

  all(): Record<string, Schema> {
    return Object.fromEntries(this.schemas);
  }

  /** Where the library's own converters say less, or something else, than what the validator does. */
  private converters(): ISchemaConverters {
    const { ValidationTypes } = classValidator;
    const nested = (meta: ValidationMetadata): Schema => {
      const type = nestedTypeOf(meta.target as Type<unknown>, meta.propertyName);
      return type === undefined ? {} : this.ref(type);
    };
    const moment: Schema = { type: 'string', format: 'date-time' };
    return {
      [ValidationTypes.NESTED_VALIDATION]: nested,
      [ValidationTypes.CUSTOM_VALIDATION]: nativeSchemaOf,
      [ValidationTypes.IS_DEFINED]: {},
      [classValidator.MIN]: ({ constraints }) => ({ minimum: constraints[0] as number }),
      [classValidator.MAX]: ({ constraints }) => ({ maximum: constraints[0] as number }),
      [classValidator.IS_POSITIVE]: { exclusiveMinimum: 0 },
      [classValidator.IS_NOT_EMPTY]: (meta) => (nativeSchemaOf(meta).type === 'string' ? { minLength: 1 } : {}),
      [classValidator.IS_DATE]: moment, [classValidator.IS_DATE_STRING]: moment,
      [classValidator.IS_ISO8601]: moment, [classValidator.IS_RFC_3339]: moment, isInstant: moment,
      isTimeZoneName: { type: 'string', pattern: '^[A-Za-z]', maxLength: 64 },
      [classValidator.IS_URL]: { type: 'string', format: 'uri' },
      [classValidator.IS_ENUM]: ({ constraints }) => {
        const values = Object.values(constraints[0] as object) as unknown[];
        return { ...(values.every((value) => typeof value === 'string') ? { type: 'string' } : {}), enum: values };
      },
    } as ISchemaConverters;
  }
}

function nativeSchemaOf(meta: ValidationMetadata): Schema {
  const natives = new Map<unknown, string>([[String, 'string'], [Number, 'number'], [Boolean, 'boolean']]);
  const type = natives.get(designTypeOf(meta));
  return type === undefined ? {} : { type };
}

function designTypeOf({ target, propertyName }: ValidationMetadata): unknown {
  return Reflect.getMetadata('design:type', (target as Type<unknown>).prototype as object, propertyName);
}

function orNull(schema: Schema): Schema {
  if (schema.$ref !== undefined || schema.type === undefined) return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };
  const nullable = { ...schema, type: [schema.type, 'null'].flat() };
  return Array.isArray(schema['enum']) ? { ...nullable, enum: [...(schema['enum'] as unknown[]), null] } : nullable;
}

/** Values that a fresh instance has (`limit = 50`). */
function defaultsOf(type: Type<unknown>): Record<string, unknown> {
  try {
    return Object.fromEntries(Object.entries(new type() as object).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)));
  } catch {
    return {};
  }
}
