import { ValidateBy, type ValidationArguments } from 'class-validator';
import { faultOf, type Matcher } from '../../domain/matcher.js';

/** What is wrong with a matcher begins with the name of its field that is at fault. */
const at = (field: string, matcher: Matcher): string | null => {
  const fault = faultOf(matcher);
  return fault?.startsWith(`${field} `) === true ? fault : null;
};
const nameFault = (value: unknown): string | null => (typeof value === 'string' ? at('field', { field: value, operator: '=', value: '' }) : null);
const valueFault = ({ object, value }: ValidationArguments): string | null => {
  const { operator } = object as Matcher;
  return typeof value === 'string' ? at('value', { field: 'title', operator, value }) : null;
};

/** The name of a field of incidents, or a list of such names. */
export function IsFieldName({ each = false } = {}): PropertyDecorator {
  const faults = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).flatMap((one) => nameFault(one) ?? []);
  const defaultMessage = (args?: ValidationArguments): string => `${each ? 'each ' : ''}${faults(args?.value)[0]}`;
  return ValidateBy({ name: 'isFieldName', validator: { validate: (value) => nameFault(value) === null, defaultMessage } }, { each });
}

/** Where the operator of the same matcher asks for an expression, the value is one. */
export function IsExpressionWhereWanted(): PropertyDecorator {
  return ValidateBy({
    name: 'isExpression',
    validator: {
      validate: (_, args) => valueFault(args!) === null,
      defaultMessage: (args) => valueFault(args!) ?? '',
    },
  });
}

export function matchersOf(matchers: readonly Matcher[]): Matcher[] {
  return matchers.map(({ field, operator, value }) => ({ field, operator, value }));
}
