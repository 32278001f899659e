import type { Piece } from './pieces.js';

/** What a feed of a schedule tells. */
export interface Calendar {
  readonly scheduleId: string;
  readonly name: string;
  readonly timeZone: string;
  /** Of the last change of the schedule or its overrides. */
  readonly changedAt: Date;
  /** Shifts in order; of each, what it is called and where it comes from. */
  readonly shifts: readonly { readonly piece: Piece; readonly title: string; readonly description: string }[];
}

const LINE_OCTETS = 75;

/**
 * An iCalendar object (RFC 5545) with an event for each shift, its times in UTC (so that no time zone needs a definition).
 * A shift keeps its UID as long as it begins at the same time by the same layer or override.
 */
export function calendarText({ scheduleId, name, timeZone, changedAt, shifts }: Calendar): string {
  const lines = [
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Signalbox//On-call//EN', 'CALSCALE:GREGORIAN', 'METHOD:PUBLISH',
    `X-WR-CALNAME:${escaped(name)}`, `X-WR-TIMEZONE:${escaped(timeZone)}`, 'REFRESH-INTERVAL;VALUE=DURATION:PT1H', 'X-PUBLISHED-TTL:PT1H',
    ...shifts.flatMap(({ piece, title, description }) => [
      'BEGIN:VEVENT', `UID:${piece.from / 1000}-${piece.layerId ?? piece.overrideId}-${scheduleId}@signalbox`, `DTSTAMP:${utc(changedAt.getTime())}`,
      `DTSTART:${utc(piece.from)}`, `DTEND:${utc(piece.to)}`,
      `SUMMARY:${escaped(title)}`, `DESCRIPTION:${escaped(description)}`,
      'TRANSP:TRANSPARENT', 'END:VEVENT',
    ]),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** RFC 5545, 3.3.11. Other control characters have no place in a text. */
function escaped(text: string): string {
  return text.replaceAll(/[\\;,]/g, '\\$&').replaceAll(/\r\n?|\n/g, '\\n').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}

/** RFC 5545, 3.1: no line has more than 75 octets; what is longer goes on in the next, after a space. No character is cut. */
function folded(line: string): string {
  let [text, octets] = ['', 0];
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > LINE_OCTETS) {
      text += '\r\n ';
      octets = 1;
    }
    text += character;
    octets += size;
  }
  return text;
}

/** `20260329T070000Z`. Whole seconds: shifts begin and end at them, moments with fractions are cut. */
function utc(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
