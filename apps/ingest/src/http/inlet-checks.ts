import { dotted, validateConfig } from '@signalbox/adapter-config';
import { badRequest } from '@signalbox/http-api';
import { BlockedAddressError, checkTarget } from '@signalbox/outbound';
import { InletError, type InletKind, type InletName, type Place } from '../inlets/contract.js';
import { INLETS, inletOf } from '../inlets/registry.js';
import type { InletTestAnswer } from './inlets.dto.js';

/** What an inlet must be like before it is saved, and whether it would connect. */
export class InletChecks {
  constructor(private readonly place: Omit<Place, 'inlet'>) {}

  /** The kind of that name. 400 when there is none. */
  kindOf(name: string): InletKind {
    const kind = inletOf(name);
    if (kind === undefined) throw badRequest([{ path: 'kind', message: `must be one of: ${INLETS.map((inlet) => inlet.kind).join(', ')}` }]);
    return kind;
  }

  /** The config with its defaults; 400 with every fault at once. Host names are resolved: what leads inside is refused now, and again at every connect. */
  async config(kind: InletKind, given: object): Promise<Record<string, unknown>> {
    const result = validateConfig(kind, given, { noun: 'inlet', pathOf: dotted });
    if (!result.ok) throw badRequest(result.faults.map(({ path, message }) => ({ path: path === '' ? 'config' : `config.${path}`, message })));
    for (const target of kind.targets(result.config)) {
      const message = await this.addressFault(target);
      if (message !== undefined) throw badRequest([{ path: 'config.url', message }]);
    }
    return result.config as Record<string, unknown>;
  }

  /** Connects beside whatever runs and takes nothing. */
  async test(kind: InletKind, config: Record<string, unknown>, inlet: InletName): Promise<InletTestAnswer> {
    try {
      return { ok: true, message: await kind.probe(config, { ...this.place, inlet }) };
    } catch (error) {
      if (error instanceof InletError) return { ok: false, message: error.message };
      throw error;
    }
  }

  private async addressFault({ host, port }: { host: string; port: number }): Promise<string | undefined> {
    try {
      await checkTarget(host, port, this.place.policy);
      return undefined;
    } catch (error) {
      if (error instanceof BlockedAddressError) return error.message;
      // A name that does not resolve now may do so later; every connect asks again.
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (code === 'ENOTFOUND') return 'the host name does not exist: check its spelling';
      if (code.startsWith('E')) return undefined;
      throw error;
    }
  }
}
