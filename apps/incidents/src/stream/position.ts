/** A place in the stream of incident changes: a message, and how many of its changes have been seen. */
export interface Position {
  readonly sequence: number;
  /** Infinity: all of them. */
  readonly seen: number;
}

export function allOf(sequence: number): Position {
  return { sequence, seen: Infinity };
}

/** The place that an event's id names: `1234.2` (the second change of message 1234), or `1234` (all of it). Undefined for what is no such id. */
export function positionOf(id: string): Position | undefined {
  const [, sequence, seen] = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(id.trim()) ?? [];
  return sequence === undefined ? undefined : { sequence: Number(sequence), seen: seen === undefined ? Infinity : Number(seen) };
}

export function idOf({ sequence, seen }: Position): string {
  return seen === Infinity ? String(sequence) : `${sequence}.${seen}`;
}
