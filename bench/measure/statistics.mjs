// Medians, percentiles, and the comparison of alternating rounds.

/** The value below which a share `q` (0..1) of the sorted numbers lies. */
export function percentile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

export function ascending(numbers) {
  return Float64Array.from(numbers).sort();
}

/** `{ median, min, max }` of a few rounds. */
export function summary(values) {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/**
 * Runs `ours` and `floor` in turn (A B A B …) and gives the rounds in pairs: the machine's mood of the moment is in both of a pair.
 * Each is called with the round's number and gives an object of measurements.
 */
export async function alternate({ rounds, ours, floor, say }) {
  const pairs = [];
  for (let round = 1; round <= rounds; round += 1) {
    const pair = { ours: await ours(round), floor: await floor(round) };
    say(`round ${round} of ${rounds}: ours ${brief(pair.ours)} | floor ${brief(pair.floor)}`);
    pairs.push(pair);
  }
  return pairs;
}

const brief = (measured) => Object.entries(measured).map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`).join(', ');

/**
 * One line of the report: a quantity of both sides, and the ratio of each pair against a bar, `{ atLeast }` or `{ atMost }`.
 * Without a bar it is only told.
 */
export function compare(pairs, key, { what, unit, bar }) {
  const ours = summary(pairs.map((pair) => pair.ours[key]));
  const floor = summary(pairs.map((pair) => pair.floor[key]));
  const ratio = summary(pairs.map((pair) => pair.ours[key] / pair.floor[key]));
  return { what, unit, ours, floor, ratio, bar, ok: meets(ratio.median, bar) };
}

/** One line of the report with no floor: a quantity held against an absolute bar. */
export function against(values, { what, unit, bar }) {
  const ours = summary(values);
  return { what, unit, ours, bar, ok: meets(ours.median, bar) };
}

function meets(value, bar) {
  if (bar === undefined) return true;
  return bar.atLeast === undefined ? value <= bar.atMost : value >= bar.atLeast;
}
