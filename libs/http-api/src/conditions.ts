import type { Type } from '@nestjs/common';
import { getMetadataStorage, ValidationTypes } from 'class-validator';

export interface Conditions {
  readonly allowsNone: boolean;
  readonly allowsNull: boolean;
  /** Null says something that leaving it out does not (`@Nullable`). */
  readonly meansNull: boolean;
}

/** Which properties of a class may be left out or null: what `@IsOptional` and `@ValidateIf` let pass, found by asking them. */
export function conditionsOf(type: Type<unknown>): ReadonlyMap<string, Conditions> {
  const found = new Map<string, Conditions>();
  for (const { type: kind, propertyName, constraints } of getMetadataStorage().getTargetValidationMetadatas(type, '', true, false)) {
    if (kind !== ValidationTypes.CONDITIONAL_VALIDATION) continue;
    const passes = (value: null | undefined): boolean => {
      try {
        return !(constraints[0] as (object: object, value: unknown) => unknown)({ [propertyName]: value }, value);
      } catch {
        return true;
      }
    };
    const [none, nothing, before] = [passes(undefined), passes(null), found.get(propertyName)];
    found.set(propertyName, {
      allowsNone: none || before?.allowsNone === true, allowsNull: nothing || before?.allowsNull === true,
      meansNull: (nothing && !none) || before?.meansNull === true,
    });
  }
  return found;
}
