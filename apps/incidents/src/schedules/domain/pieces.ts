import { Zone } from '@signalbox/calendar';
import { instantOfMoment } from './moments.js';
import { dayAt, turnsOf } from './rotation.js';
import { DAY_MS, timeOfDay, weekdayOf, type Layer, type Override, type Restriction, type Schedule } from './schedule.js';

interface Span { readonly from: number; readonly to: number }

/** Somebody's time, from one instant to another: a turn of a layer or a part of it, or an override's. */
export interface Piece extends Span {
  readonly userId: string;
  readonly layerId: string | null;
  readonly overrideId: string | null;
}

/**
 * Everybody's pieces within a window (instants), in order and without overlap; where there is none, nobody is on call. Turns are cut apart
 * although the same person has the next. The work is bounded by the window, however long ago the layers began.
 * `overrides`: in the order in which they were made; later ones win.
 */
export function piecesOf(schedule: Schedule, overrides: readonly Override[], from: number, to: number): Piece[] {
  const zone = Zone.of(schedule.timeZone);
  const layered = schedule.layers.reduce<Piece[]>((below, layer) => overlaid(below, layerPieces(layer, zone, from, to)), []);
  return overrides.reduce((pieces, override) => overridden(pieces, override, from, to), layered);
}

function layerPieces(layer: Layer, zone: Zone, from: number, to: number): Piece[] {
  const start = instantOfMoment(layer.startsAt, zone);
  const [low, high] = [Math.max(from, start), Math.min(to, layer.endsAt === undefined ? to : instantOfMoment(layer.endsAt, zone))];
  if (low >= high) return [];
  const turns = turnsOf(layer.rotation, zone, start);
  const mine: Piece[] = [];
  for (let index = turns.indexAt(low), begin = low; begin < high; index += 1) {
    const end = Math.min(turns.startOf(index + 1), high);
    if (end > begin) mine.push({ from: begin, to: end, userId: layer.users[index % layer.users.length]!, layerId: layer.id, overrideId: null });
    begin = end;
  }
  return layer.restrictions.length === 0 ? mine : within(mine, openings(layer.restrictions, zone, low, high));
}

/** When restrictions let a layer count, overlapping and touching ones joined. */
function openings(restrictions: readonly Restriction[], zone: Zone, from: number, to: number): Span[] {
  const spans: Span[] = [];
  // Two days before: an overnight one, on the far side of a day that was left out.
  for (let day = dayAt(zone, from) - 2; day <= dayAt(zone, to) + 1; day += 1) {
    for (const { weekdays, from: opens, to: closes } of restrictions) {
      if (weekdays !== undefined && !weekdays.includes(weekdayOf(day))) continue;
      const [begin, end] = [timeOfDay(opens), timeOfDay(closes)];
      spans.push({ from: zone.instantOf(day * DAY_MS + begin), to: zone.instantOf((end > begin ? day : day + 1) * DAY_MS + end) });
    }
  }
  const joined: { from: number; to: number }[] = [];
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else joined.push({ ...span });
  }
  return joined;
}

/** What of the pieces lies within the spans; both in order and without overlap. */
function within(pieces: readonly Piece[], spans: readonly Span[]): Piece[] {
  let first = 0;
  return pieces.flatMap((piece) => {
    while (first < spans.length && spans[first]!.to <= piece.from) first += 1;
    const parts: Piece[] = [];
    for (let at = first; at < spans.length && spans[at]!.from < piece.to; at += 1) {
      const [begin, end] = [Math.max(piece.from, spans[at]!.from), Math.min(piece.to, spans[at]!.to)];
      if (end > begin) parts.push({ ...piece, from: begin, to: end });
    }
    return parts;
  });
}

/** The pieces above, and those below where there is none above. */
function overlaid(below: readonly Piece[], above: readonly Piece[]): Piece[] {
  if (above.length === 0) return [...below];
  const between = [-Infinity, ...above.map(({ to }) => to)].map((from, index) => ({ from, to: above[index]?.from ?? Infinity }));
  return [...within(below, between), ...above].sort((a, b) => a.from - b.from);
}

/** The pieces with an override applied to the part that it touches. */
function overridden(pieces: Piece[], { id, userId, startsAt, endsAt, replacesUserId }: Override, from: number, to: number): Piece[] {
  const span = { from: Math.max(from, startsAt.getTime()), to: Math.min(to, endsAt.getTime()) };
  if (span.from >= span.to) return pieces;
  const [first, end] = [lowest(pieces, (piece) => piece.to > span.from), lowest(pieces, (piece) => piece.from >= span.to)];
  const touched = pieces.slice(first, end);
  const taken = { userId, layerId: null, overrideId: id };
  const above = replacesUserId === null ? [{ ...span, ...taken }]
    : within(touched.filter((piece) => piece.userId === replacesUserId), [span]).map((piece) => ({ ...piece, ...taken }));
  return [...pieces.slice(0, first), ...overlaid(touched, above), ...pieces.slice(end)];
}

/** The first place from which on a condition holds. */
function lowest(pieces: readonly Piece[], holds: (piece: Piece) => boolean): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(pieces[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
