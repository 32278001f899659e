import type { Severity } from '@signalbox/contracts';

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2, critical: 3 };

export function isWorse(one: Severity, than: Severity): boolean {
  return RANK[one] > RANK[than];
}
