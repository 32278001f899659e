import ICAL from 'ical.js';
import { calendarText } from './calendar.js';
import type { Piece } from './pieces.js';

const [from, to] = [Date.parse('2026-03-29T07:00:00Z'), Date.parse('2026-03-30T07:00:00Z')];
const piece = (more: Partial<Piece> = {}): Piece => ({ from, to, userId: 'ada', layerId: 'main', overrideId: null, ...more });
const calendar = (name: string, shifts: { piece: Piece; title: string; description: string }[]): string =>
  calendarText({ scheduleId: 's-1', name, timeZone: 'Europe/Berlin', changedAt: new Date('2026-01-02T03:04:05.678Z'), shifts });
const parsed = (text: string) => new ICAL.Component(ICAL.parse(text) as object[]);
const events = (text: string) => parsed(text).getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));

describe('a calendar', () => {
  it('is read by a parser of somebody else as what it says', () => {
    const text = calendar('Web', [
      { piece: piece(), title: 'Ada: Web', description: 'Layer Main' },
      { piece: piece({ from: to, to: to + 1, layerId: null, overrideId: 'o-1' }), title: 'Bob: Web', description: 'Override' },
    ]);
    expect(['version', 'x-wr-calname', 'x-wr-timezone'].map((name) => parsed(text).getFirstPropertyValue(name))).toEqual(['2.0', 'Web', 'Europe/Berlin']);
    const told = events(text).map(({ uid, summary, description, startDate, endDate }) =>
      [uid, summary, description, startDate.toString(), endDate.toString(), startDate.zone.tzid]);
    expect(told).toEqual([
      [`${from / 1000}-main-s-1@signalbox`, 'Ada: Web', 'Layer Main', '2026-03-29T07:00:00Z', '2026-03-30T07:00:00Z', 'UTC'],
      [`${to / 1000}-o-1-s-1@signalbox`, 'Bob: Web', 'Override', '2026-03-30T07:00:00Z', '2026-03-30T07:00:00Z', 'UTC'],
    ]);
    expect(parsed(text).getFirstSubcomponent('vevent')!.getFirstPropertyValue('dtstamp')!.toString()).toBe('2026-01-02T03:04:05Z');
  });

  it('whatever people and schedules are called, nothing is lost, and no line is longer than 75 octets', () => {
    const names = [
      'a;b,c\\d\n"e"', 'BEGIN:VEVENT\r\nEND:VCALENDAR', '\u00e4\u00f6\u00fc'.repeat(60), '\ud83d\ude80'.repeat(50),
      ' leading and trailing ', 'x'.repeat(75), 'tab\there', ':'.repeat(70) + '\\n',
    ];
    for (const name of names) {
      const text = calendar(name, [{ piece: piece(), title: name, description: name }]);
      const [event, ...more] = events(text);
      expect(more).toEqual([]);
      const whole = name.replaceAll('\r\n', '\n');
      expect([event!.summary, event!.description]).toEqual([whole, whole]);
      const lines = text.split('\r\n');
      expect(lines.pop()).toBe('');
      expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
      expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    }
    expect(events(calendar('a\u0007b', [{ piece: piece(), title: 'a\u0007b', description: '' }]))[0]!.summary).toBe('ab');
  });

  it('without shifts is one all the same', () => expect(events(calendar('Web', []))).toEqual([]));
});
