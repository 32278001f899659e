/** Each ordered stream is split in this many partitions: the unit that one replica reads at a time. Changing it needs empty streams. */
export const PARTITIONS = 8;

/** The partition of an ordering key (FNV-1a over its UTF-16 code units): equal keys are always read by one reader, in order. */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    hash ^= key.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}

/** Events order per dedup key within its scope (an integration, or for API keys a service). */
export function eventOrderKey(scopeId: string, dedupKey: string): string {
  return `${scopeId}/${dedupKey}`;
}
