import type { TenantRules } from '../domain/rules.js';
import { eventOf, keyOf, type Happening } from './happening.js';
import type { Stored } from './incident-writes.js';
import { mayMatter } from './neighbourhood.js';

/** More than this at once are looked at: what they have in common with others is likelier, and a wrong guess costs more. */
const MOST = 8;
/** So many batches of a tenant are looked at, at most, before the next guess. */
const MOST_LOOKS = 64;
const KEYS_REMEMBERED = 20_000;
const TENANTS_REMEMBERED = 10_000;

/** What is known of a tenant: its last number, how many guesses in a row were wrong, and how many of its batches are to be looked at for that. */
interface Known { readonly number: number; readonly wrong: number; readonly looks: number }

/**
 * Guesses that a few triggers, whose keys this process has not met lately, open new incidents with the next numbers of their tenants: then they are taken in
 * without a look (docs/adr/0023). Only Postgres knows; it refuses a guess that is wrong, and nothing here has to be right. Where guesses go wrong again and
 * again (replicas that open incidents of the same tenant, more keys than are remembered), ever fewer are made.
 */
export class FirstSight {
  private readonly met = new Map<string, true>();
  private readonly tenants = new Map<string, Known>();

  isLikely(happenings: readonly Happening[], rulesOf: (tenantId: string) => TenantRules): boolean {
    if (happenings.length > MOST || new Set(happenings.map(keyOf)).size < happenings.length) return false;
    return happenings.every((one) => {
      const rules = rulesOf(one.tenantId);
      return eventOf(one)?.action === 'trigger' && !this.met.has(keyOf(one)) && this.tenants.get(one.tenantId)?.looks === 0
        && rules.service(one.serviceId) !== undefined && !mayMatter(rules, one.serviceId);
    });
  }

  /** What Postgres adds to a new incident when the guess is right. Each number is guessed once, so that batches side by side guess different ones. */
  guess(tenantId: string, serviceId: string, rules: TenantRules): Stored {
    const known = this.tenants.get(tenantId)!;
    const number = known.number + 1;
    this.tenants.set(tenantId, { ...known, number });
    return { number, service_name: rules.service(serviceId)!.name };
  }

  /** What became of a guess of these. The look that follows a wrong one counts as one of those that are asked for. */
  guessed(happenings: readonly Happening[], right: boolean): void {
    for (const [tenantId, known] of this.knownOf(happenings)) {
      const wrong = right ? 0 : known.wrong + 1;
      this.tenants.set(tenantId, { ...known, wrong, looks: right ? 0 : Math.min(2 ** (wrong - 1), MOST_LOOKS) });
    }
  }

  /** What became known by a batch: its keys, and the numbers that Postgres gave. */
  learn(happenings: readonly Happening[], numbers: ReadonlyMap<string, number>): void {
    for (const one of happenings) remember(this.met, keyOf(one), true, KEYS_REMEMBERED);
    for (const [tenantId, known] of this.knownOf(happenings)) this.tenants.set(tenantId, { ...known, looks: Math.max(known.looks - 1, 0) });
    for (const [tenantId, number] of numbers) {
      remember(this.tenants, tenantId, { wrong: 0, looks: 0, ...this.tenants.get(tenantId), number }, TENANTS_REMEMBERED);
    }
  }

  private knownOf(happenings: readonly Happening[]): [string, Known][] {
    return [...new Set(happenings.map(({ tenantId }) => tenantId))].flatMap((tenantId): [string, Known][] => {
      const known = this.tenants.get(tenantId);
      return known === undefined ? [] : [[tenantId, known]];
    });
  }
}

/** Keeps the `most` that were remembered last. */
function remember<V>(memory: Map<string, V>, key: string, value: V, most: number): void {
  memory.delete(key);
  memory.set(key, value);
  if (memory.size > most) memory.delete(memory.keys().next().value!);
}
