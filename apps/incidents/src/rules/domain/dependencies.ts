/** What a service depends on. */
export interface Dependent { readonly id: string; readonly name: string; readonly dependsOn: readonly string[] }

/** The names along a circle that `id` would be part of if it depended on `wanted`, beginning and ending with it; null when there is none. */
export function circleThrough(id: string, wanted: readonly string[], services: readonly Dependent[]): string[] | null {
  const byId = new Map(services.map((service) => [service.id, service]));
  const cameFrom = new Map<string, string>(wanted.map((next) => [next, id]));
  // A map goes on over what is added to it on the way: every service once, nearest first.
  for (const [current] of cameFrom) {
    if (current === id) return wayTo(id, cameFrom).map((one) => byId.get(one)?.name ?? one);
    for (const next of byId.get(current)?.dependsOn ?? []) if (!cameFrom.has(next)) cameFrom.set(next, current);
  }
  return null;
}

/** From `id` round to itself. */
function wayTo(id: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [id];
  for (let at = cameFrom.get(id)!; at !== id; at = cameFrom.get(at)!) way.unshift(at);
  return [id, ...way];
}
