import { isRefusal, isUniqueViolation } from './faults.js';

/**
 * Optimistic work: `work(true)` takes what it writes for new and reads nothing; where something is there already, a unique key or the house's `refuse` fails
 * its transaction, and `work(false)` is done, which looks first. For work that is new nearly
 * always (docs/adr/0023). When it is not even `likely`, it looks at once.
 */
export async function blindFirst<T>(likely: boolean, work: (blind: boolean) => Promise<T>): Promise<T> {
  if (likely) {
    try {
      return await work(true);
    } catch (error) {
      if (!isUniqueViolation(error) && !isRefusal(error)) throw error;
    }
  }
  return work(false);
}
