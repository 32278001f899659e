import { isFields, jsonIn, text, type Fields } from '../reading.js';

/** One signal that a rule compares: its dimensions say which time series it is. */
export interface Input {
  readonly name: string;
  /** Sorted by name. */
  readonly dimensions: readonly (readonly [name: string, value: string])[];
  readonly value: unknown;
  readonly fragment: unknown;
}

/** The name of what has the dimensions of the whole alert, where no input has any. */
export const WHOLE = '';

/** The dimensions that name the thing which is in trouble, the most telling first. */
const THINGS = [
  'host.name', 'host', 'hostname', 'instance', 'service.name', 'sf_service', 'service',
  'k8s.pod.name', 'kubernetes_pod_name', 'container_name', 'k8s.node.name',
  'AWSUniqueId', 'aws_function_name', 'InstanceId', 'LoadBalancerName', 'DBInstanceIdentifier',
  'k8s.deployment.name', 'k8s.cluster.name', 'cluster', 'plugin_instance',
];

/**
 * The inputs of a body by name: an object (documented as such), or the JSON text of one in a payload of one's own. Their dimensions stand under `key` or
 * `dimensions`, and for the whole alert under the body's own `dimensions`.
 */
export function inputsOf(body: Fields): readonly Input[] {
  const given = isFields(body.inputs) ? body.inputs : jsonIn(body.inputs);
  const inputs = isFields(given) ? Object.entries(given).flatMap(([name, input]) => (isFields(input) ? [{ name, ...partsOf(input) }] : [])) : [];
  const whole = dimensionsOf(isFields(body.dimensions) ? body.dimensions : jsonIn(body.dimensions));
  if (whole.length > 0 && inputs.every(({ dimensions }) => dimensions.length === 0)) {
    inputs.unshift({ name: WHOLE, dimensions: whole, value: undefined, fragment: undefined });
  }
  return inputs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The host, service or container that the inputs are about. */
export function thingOf(inputs: readonly Input[]): string | undefined {
  for (const thing of THINGS) {
    for (const { dimensions } of inputs) {
      const found = dimensions.find(([name]) => name === thing);
      if (found !== undefined) return found[1];
    }
  }
  return undefined;
}

function partsOf(input: Fields): Omit<Input, 'name'> {
  const key = dimensionsOf(input.key);
  return { dimensions: key.length > 0 ? key : dimensionsOf(input.dimensions), value: input.value, fragment: input.fragment };
}

function dimensionsOf(value: unknown): (readonly [string, string])[] {
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([name, raw]) => {
    const known = text(raw);
    return known === undefined ? [] : [[name, known] as const];
  }).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
