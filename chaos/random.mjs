/** Chance that can be repeated: the same seed and name give the same numbers (mulberry32). */
export function chance(seed, name = '') {
  let state = [...`${seed}/${name}`].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low, high) => low + (high - low) * next();
  const of = (list) => list[Math.floor(next() * list.length)];
  return {
    between, of,
    happens: (probability) => next() < probability,
    /** One of `{ name: weight }`, the heavier the likelier. */
    weighted: (weights) => {
      let left = next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
      return Object.entries(weights).find(([, weight]) => (left -= weight) < 0)?.[0] ?? Object.keys(weights)[0];
    },
    shuffled: (list) => list.map((item) => [next(), item]).sort(([a], [b]) => a - b).map(([, item]) => item),
  };
}
