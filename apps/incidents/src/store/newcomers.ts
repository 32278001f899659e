import type { Happening } from './happening.js';
import type { Rulebook } from './rulebook.js';

/** One that is not there (it was deleted) is asked for once in so long. */
const ASK_AGAIN_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * Services that events name and that are not known here yet: another replica has just stored them, and its word is still on the way.
 * Their tenants' rules are read before anything is decided: an incident that opens without its policy would never page anybody.
 */
export class Newcomers {
  private readonly asked = new Map<string, number>();

  constructor(
    private readonly rules: Pick<Rulebook, 'of'>,
    private readonly read: (tenantIds: readonly string[]) => Promise<unknown>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Throws when the rules cannot be read now. */
  async meet(happenings: readonly Happening[]): Promise<void> {
    const now = this.nowMs();
    const isUnknown = ({ tenantId, serviceId }: Happening): boolean => this.rules.of(tenantId).service(serviceId) === undefined;
    const mayBeAskedFor = ({ serviceId }: Happening): boolean => now >= (this.asked.get(serviceId) ?? -Infinity);
    const unknown = happenings.filter((one) => isUnknown(one) && mayBeAskedFor(one));
    if (unknown.length === 0) return;
    await this.read([...new Set(unknown.map(({ tenantId }) => tenantId))]);
    for (const { serviceId } of unknown) this.asked.set(serviceId, now + ASK_AGAIN_MS);
    if (this.asked.size > MOST_REMEMBERED) this.asked.clear();
  }
}
