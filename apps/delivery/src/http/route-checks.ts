import { badRequest, type InputFault } from '@signalbox/http-api';
import { BlockedAddressError, checkTarget, checkUrl, type AddressPolicy } from '@signalbox/outbound';
import { validateConfig } from '../destinations/config.js';
import type { Destination } from '../destinations/contract.js';
import { DESTINATIONS, destinationOf } from '../destinations/registry.js';
import { compileFilter } from '../domain/filter.js';
import { patternFault } from '../domain/topics.js';

/** A destination as it may be saved: its settings complete and valid. */
export interface CheckedDestination { readonly kind: Destination; readonly config: Record<string, unknown>; readonly summary: string }

export interface RouteToCheck {
  readonly topic?: string | undefined;
  readonly filter?: object | null | undefined;
  readonly destination?: { readonly kind: Destination; readonly config: object } | undefined;
}

/** What a route must be like before it is saved. */
export class RouteChecks {
  constructor(private readonly policy: AddressPolicy) {}

  /** The kind of destination of that name. 400 when there is none. */
  kindOf(type: string): Destination {
    const kind = destinationOf(type);
    if (kind === undefined) throw badRequest([{ path: 'destination.type', message: `must be one of: ${DESTINATIONS.map((d) => d.kind).join(', ')}` }]);
    return kind;
  }

  /** 400 with every fault at once. Host names are resolved: what leads inside is refused now, and again at every connect. */
  async route({ topic, filter, destination }: RouteToCheck): Promise<CheckedDestination | undefined> {
    const faults: InputFault[] = [];
    const topicFault = topic === undefined ? undefined : patternFault(topic);
    if (topicFault !== undefined) faults.push({ path: 'topic', message: topicFault });
    if (filter !== undefined && filter !== null) {
      const compiled = compileFilter(filter);
      if (!compiled.ok) faults.push(...compiled.faults);
    }
    const checked = destination === undefined ? undefined : await checkDestination(destination.kind, destination.config, this.policy, faults);
    if (faults.length > 0) throw badRequest(faults);
    return checked;
  }
}

async function checkDestination(kind: Destination, given: object, policy: AddressPolicy, faults: InputFault[]): Promise<CheckedDestination | undefined> {
  const result = validateConfig(kind, given);
  if (!result.ok) {
    faults.push(...result.faults.map(({ path, message }) => ({ path: path === '' ? 'destination.config' : `destination.config.${path}`, message })));
    return undefined;
  }
  const config = result.config as Record<string, unknown>;
  const fault = await addressFault(kind, config, policy);
  if (fault !== undefined) faults.push(fault);
  return { kind, config, summary: kind.summary(config) };
}

async function addressFault(kind: Destination, config: Record<string, unknown>, policy: AddressPolicy): Promise<InputFault | undefined> {
  const path = typeof config.url === 'string' ? 'destination.config.url' : 'destination.config';
  try {
    if (typeof config.url === 'string') checkUrl(config.url, policy);
    for (const { host, port } of kind.targets(config)) await checkTarget(host, port, policy);
    return undefined;
  } catch (error) {
    if (error instanceof BlockedAddressError) return { path, message: error.message };
    // A name that does not resolve now may do so later; every connect asks again.
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOTFOUND') return { path, message: 'the host name does not exist: check its spelling' };
    if (code.startsWith('E')) return undefined;
    throw error;
  }
}
