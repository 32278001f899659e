const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const SEPARATOR = 0xff;

/** Prometheus' own fingerprint of a set of labels (prometheus/common, model/fingerprinting): 64-bit FNV-1a over the sorted labels, 16 hex digits. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET;
  const add = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  };
  for (const name of Object.keys(labels).toSorted()) {
    for (const part of [name, labels[name]!]) {
      for (const byte of Buffer.from(part)) add(byte);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
