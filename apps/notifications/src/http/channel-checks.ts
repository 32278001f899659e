import { badRequest, unprocessable, type InputFault } from '@signalbox/http-api';
import { BlockedAddressError, checkTarget, type AddressPolicy } from '@signalbox/outbound';
import { validateConfig } from '../channels/config.js';
import type { Channel } from '../channels/contract.js';
import { CHANNELS, channelOf } from '../channels/registry.js';

/** The kind of channel by name; 400 for one that there is not. */
export function kindNamed(kind: string): Channel {
  const channel = channelOf(kind);
  if (channel !== undefined) return channel;
  throw badRequest([{ path: 'kind', message: `must be one of ${CHANNELS.map((c) => c.kind).join(', ')}` }]);
}

/** A config that fits its kind and may be connected to; 422 with every fault otherwise. */
export async function checkedConfig(channel: Channel, input: unknown, policy: AddressPolicy): Promise<Record<string, unknown>> {
  const result = validateConfig(channel, input, { httpsOnly: !policy.allowPrivate });
  if (!result.ok) throw unprocessable(result.errors.map(({ path, message }) => ({ path: `config${path.replaceAll('/', '.')}`, message })));
  const faults: InputFault[] = [];
  for (const { host, port } of channel.targets(result.config)) {
    try {
      await checkTarget(host, port, policy);
    } catch (error) {
      // A name that does not resolve now may do so later; an address that may not be connected to never will.
      if (error instanceof BlockedAddressError) faults.push({ path: 'config', message: error.message });
    }
  }
  if (faults.length > 0) throw unprocessable(faults);
  return result.config as Record<string, unknown>;
}
