export interface Chance {
  between(low: number, high: number): number;
  of<T>(list: readonly T[]): T;
  happens(probability: number): boolean;
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
  shuffled<T>(list: readonly T[]): T[];
}

/** Chance that can be repeated: the same seed and name give the same numbers. */
export function chance(seed: string | number, name?: string): Chance;
