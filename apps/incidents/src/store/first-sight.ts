import type { TenantRules } from '../domain/rules.js';
import { eventOf, keyOf, type Happening } from './happening.js';
import type { Stored } from './incident-writes.js';
import { mayMatter } from './neighbourhood.js';

/** More than this at once are looked at: what they have in common with others is likelier, and a wrong guess costs more. */
const MOST = 8;
const KEYS_REMEMBERED = 20_000;
const TENANTS_REMEMBERED = 10_000;

/**
 * Guesses that a few triggers, whose keys this process has not met lately, open new incidents with the next numbers of their tenants: then they are taken in
 * without a look (docs/adr/0023). Only Postgres knows; it refuses a guess that is wrong, and nothing here has to be right.
 */
export class FirstSight {
  private readonly met = new Set<string>();
  private readonly numbers = new Map<string, number>();

  isLikely(happenings: readonly Happening[], rulesOf: (tenantId: string) => TenantRules): boolean {
    return happenings.length <= MOST && new Set(happenings.map(keyOf)).size === happenings.length && happenings.every((one) => {
      const rules = rulesOf(one.tenantId);
      return eventOf(one)?.action === 'trigger' && !this.met.has(keyOf(one)) && this.numbers.has(one.tenantId) && rules.service(one.serviceId) !== undefined && !mayMatter(rules, one.serviceId);
    });
  }

  /** What Postgres adds to a new incident when the guess is right. Each number is guessed once, so that batches side by side guess different ones. */
  guess(tenantId: string, serviceId: string, rules: TenantRules): Stored {
    const number = this.numbers.get(tenantId)! + 1;
    this.numbers.set(tenantId, number);
    return { number, service_name: rules.service(serviceId)!.name };
  }

  /** What became known by a batch: its keys, and the numbers that Postgres gave. */
  learn(happenings: readonly Happening[], numbers: ReadonlyMap<string, number>): void {
    for (const one of happenings) {
      this.met.add(keyOf(one));
      if (this.met.size > KEYS_REMEMBERED) this.met.delete(this.met.values().next().value!);
    }
    for (const [tenantId, number] of numbers) {
      this.numbers.set(tenantId, number);
      if (this.numbers.size > TENANTS_REMEMBERED) this.numbers.delete(this.numbers.keys().next().value!);
    }
  }
}
