/** Whether a payload is one that the route wants. */
export type Filter = (payload: unknown) => boolean;

/** A fault of a filter: where in it (`filter.value.$gt`) and what to do. */
export interface FilterFault { readonly path: string; readonly message: string }

export type FilterResult = { readonly ok: true; readonly filter: Filter } | { readonly ok: false; readonly faults: readonly FilterFault[] };

const MAX_DEPTH = 8;
const MAX_CONDITIONS = 200;
const MAX_VALUES = 1000;

type Test = (value: unknown) => boolean;
type Make = (operand: unknown, path: string, parse: Parse) => Test;

/** What can be said of the value at a path. `undefined` is a value that is not there. Every test takes time linear in the value and the operand. */
const OPERATORS: Readonly<Record<string, Make>> = {
  $eq: (operand) => equalTo(operand),
  $ne: (operand) => not(equalTo(operand)),
  $gt: (operand, path, parse) => compared(operand, path, parse, (order) => order > 0),
  $gte: (operand, path, parse) => compared(operand, path, parse, (order) => order >= 0),
  $lt: (operand, path, parse) => compared(operand, path, parse, (order) => order < 0),
  $lte: (operand, path, parse) => compared(operand, path, parse, (order) => order <= 0),
  $in: (operand, path, parse) => oneOf(operand, path, parse),
  $nin: (operand, path, parse) => not(oneOf(operand, path, parse)),
  $exists: (operand, path, parse) => {
    if (typeof operand !== 'boolean') parse.fault(path, 'must be true or false');
    return (value) => (value !== undefined) === operand;
  },
  $startsWith: (operand, path, parse) => textual(operand, path, parse, (value, text) => value.startsWith(text)),
  $endsWith: (operand, path, parse) => textual(operand, path, parse, (value, text) => value.endsWith(text)),
  $contains: (operand) => {
    const same = equalTo(operand);
    return (value) => Array.isArray(value) ? value.some(same) : typeof value === 'string' && typeof operand === 'string' && value.includes(operand);
  },
  $not: (operand, path, parse) => not(parse.condition(operand, path)),
};

/**
 * Compiles a filter: payload paths (`site.name`, `readings.0.value`) with a literal or operators, all of which must hold;
 * `$and`, `$or` (lists of filters) and `$not` (a filter) combine. Names every fault at once.
 */
export function compileFilter(source: unknown): FilterResult {
  if (isDeeper(source, MAX_DEPTH * 3)) return { ok: false, faults: [{ path: 'filter', message: 'is nested too deeply' }] };
  const parse = new Parse();
  const filter = parse.filter(source, 'filter', 1);
  return parse.faults.length === 0 ? { ok: true, filter } : { ok: false, faults: parse.faults };
}

/** A condition that a payload does not meet: where it stands in the filter, what it asks for, and what the payload has there, if it has. */
export interface Unmet { readonly path: string; readonly wants: unknown; readonly found?: unknown }

/** Why a compiled filter does not take a payload: each of its outermost conditions that fails. For somebody who looks, not for the hot path. */
export function unmetBy(payload: unknown, source: Readonly<Record<string, unknown>>): Unmet[] {
  return Object.entries(source).flatMap(([key, wants]) => {
    const alone = compileFilter({ [key]: wants });
    if (!alone.ok || alone.filter(payload)) return [];
    const found = key.startsWith('$') ? undefined : valueAt(payload, key.split('.'));
    return [{ path: key, wants, ...(found === undefined ? {} : { found }) }];
  });
}

class Parse {
  readonly faults: FilterFault[] = [];
  private conditions = 0;

  fault(path: string, message: string): void {
    if (this.faults.length < 50) this.faults.push({ path, message });
  }

  filter(source: unknown, path: string, depth: number): Filter {
    if (!isObject(source)) {
      this.fault(path, 'must be an object such as {"value": {"$gt": 90}}');
      return () => false;
    }
    if (depth > MAX_DEPTH) {
      this.fault(path, `must not be nested deeper than ${MAX_DEPTH} levels`);
      return () => false;
    }
    const parts = Object.entries(source).map(([key, operand]) => this.part(key, operand, `${path}.${key}`, depth));
    return parts.length === 1 ? parts[0]! : (payload) => parts.every((part) => part(payload));
  }

  /** What is said of one value: a literal, or an object of operators. */
  condition(operand: unknown, path: string): Test {
    if (!isObject(operand) || !Object.keys(operand).some((key) => key.startsWith('$'))) return equalTo(operand);
    const tests = Object.entries(operand).map(([name, value]) => this.operator(name, value, `${path}.${name}`));
    return tests.length === 1 ? tests[0]! : (value) => tests.every((test) => test(value));
  }

  private part(key: string, operand: unknown, path: string, depth: number): Filter {
    if (key === '$and' || key === '$or') return this.combined(key, operand, path, depth);
    if (key === '$not') return not(this.filter(operand, path, depth + 1));
    if (key.startsWith('$')) {
      this.fault(path, `is no operator here: only $and, $or and $not stand beside payload paths`);
      return () => false;
    }
    this.conditions += 1;
    if (this.conditions === MAX_CONDITIONS + 1) this.fault(path, `is one condition too many: at most ${MAX_CONDITIONS}`);
    const keys = key.split('.');
    if (keys.includes('')) this.fault(path, 'must be a path such as site.name or readings.0.value');
    const test = this.condition(operand, path);
    return (payload) => test(valueAt(payload, keys));
  }

  private combined(key: '$and' | '$or', operand: unknown, path: string, depth: number): Filter {
    if (!Array.isArray(operand) || operand.length === 0) {
      this.fault(path, 'must be a list of filters');
      return () => false;
    }
    const filters = operand.map((each: unknown, index) => this.filter(each, `${path}.${index}`, depth + 1));
    return key === '$and' ? (payload) => filters.every((each) => each(payload)) : (payload) => filters.some((each) => each(payload));
  }

  private operator(name: string, operand: unknown, path: string): Test {
    const make = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (make !== undefined) return make(operand, path, this);
    this.fault(path, name === '$regex'
      ? 'is not offered, since an expression can take for ever: use $startsWith, $endsWith or $contains'
      : `is no operator: use ${Object.keys(OPERATORS).join(', ')}`);
    return () => false;
  }
}

function not<V>(test: (value: V) => boolean): (value: V) => boolean {
  return (value) => !test(value);
}

function compared(operand: unknown, path: string, parse: Parse, holds: (order: number) => boolean): Test {
  if (typeof operand !== 'number' && typeof operand !== 'string') parse.fault(path, 'must be a number or a text');
  // A number is compared with numbers only, a text (a time, say) with texts only.
  return (value) => typeof value === typeof operand && holds(value! < operand! ? -1 : value! > operand! ? 1 : 0);
}

function oneOf(operand: unknown, path: string, parse: Parse): Test {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length > MAX_VALUES) {
    parse.fault(path, `must be a list of 1 to ${MAX_VALUES} values`);
    return () => false;
  }
  const plain = new Set(operand.filter((each) => !isStructure(each)));
  const structures = operand.filter(isStructure).map(equalTo);
  return (value) => plain.has(value) || structures.some((same) => same(value));
}

function textual(operand: unknown, path: string, parse: Parse, holds: (value: string, text: string) => boolean): Test {
  if (typeof operand !== 'string' || operand === '') parse.fault(path, 'must be a text');
  return (value) => typeof value === 'string' && holds(value, operand as string);
}

function equalTo(operand: unknown): Test {
  return isStructure(operand) ? (value) => same(operand, value) : (value) => value === operand;
}

function same(a: unknown, b: unknown): boolean {
  if (!isStructure(a) || !isStructure(b)) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length
    && keys.every((key) => Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

function valueAt(payload: unknown, keys: readonly string[]): unknown {
  let at = payload;
  for (const key of keys) {
    if (!isStructure(at) || !Object.prototype.propertyIsEnumerable.call(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/** By levels, not by recursion: what a user sends may be nested deeper than the stack. */
function isDeeper(source: unknown, levels: number): boolean {
  let row = [source];
  for (let depth = 0; row.length > 0; depth += 1) {
    if (depth > levels) return true;
    row = row.filter(isStructure).flatMap((each) => Object.values(each) as unknown[]);
  }
  return false;
}

function isStructure(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return isStructure(value) && !Array.isArray(value);
}
