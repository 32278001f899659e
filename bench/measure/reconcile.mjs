// Nothing is measured that did not reconcile: every accepted id must be found again, per id.

/** Adds up what was accepted and what was found, over all rounds of a bench. */
export class Reconciliation {
  accepted = 0;
  found = 0;
  lost = [];
  duplicates = 0;

  /**
   * `accepted`: ids that were promised. `found`: Map of id → how often it was found. Ids that
   * were found without a promise (a time-out after the write) are no loss.
   */
  add(accepted, found) {
    for (const id of accepted) {
      this.accepted += 1;
      const times = found.get(id) ?? 0;
      if (times === 0) this.lost.push(id);
      else this.found += 1;
      this.duplicates += Math.max(0, times - 1);
    }
  }

  get ok() {
    return this.accepted > 0 && this.lost.length === 0;
  }

  toJSON() {
    return { accepted: this.accepted, found: this.found, lost: this.lost.length, duplicates: this.duplicates, ok: this.ok, lostIds: this.lost.slice(0, 20) };
  }
}

/** Counts ids: Map of id → how often. */
export function tally(ids) {
  const counts = new Map();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
