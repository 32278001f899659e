import { isInstant } from './instant.js';

describe('a time that comes in', () => {
  it.each(['2026-11-21T09:30:00Z', '2026-11-21T09:30:00.123+01:00', '2026-11-21', '9999-12-31T23:59:59.999Z'])('may be %s', (text) =>
    expect(isInstant(text)).toBe(true));

  it.each([
    '2026-W01-1', '2026-001', '2026-02-30', '2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z',
    '-000001-01-01T00:00:00Z', '+275760-09-13T00:00:00.001Z', '2026-11-21T23:59:60Z', '2026-11-21T09:30:00+99:99',
    '2026-11-21T09:30:00', '2026', '20261121', 'now', '', 5, null, undefined,
  ])('may not be %s', (text) => expect(isInstant(text)).toBe(false));
});
