/** Instants are RFC 3339 texts in UTC with milliseconds: they compare as texts. */
export function plusSeconds(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1_000).toISOString();
}

export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1_000;
}

export function later(a: string, b: string): string {
  return a < b ? b : a;
}

export function earliest(times: readonly (string | null)[]): string | null {
  return times.reduce((first, at) => (at !== null && (first === null || at < first) ? at : first), null);
}
