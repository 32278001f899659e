import { newId, type AttemptRecord, type DeadLetter } from '@signalbox/contracts';
import { foldDeaths } from './letters.js';

const tenantId = newId();

function letter(change: Partial<DeadLetter>): DeadLetter {
  return {
    id: 'a', tenantId, kind: 'route', owner: 'delivery', reason: 'timeout', detail: '',
    subject: 's', payload: 1, headers: {}, attempts: [attempt(1)], traceId: newId(),
    diedAt: '2026-11-21T09:00:00.000Z', ...change,
  };
}

function attempt(number: number): AttemptRecord {
  return { number, startedAt: `2026-11-21T08:00:0${number}.000Z`, durationMs: 1, outcome: 'retry' };
}

describe('deaths in one batch', () => {
  it('a repeated copy counts once', () => {
    const first = letter({});
    expect(foldDeaths([first, { ...first }])).toEqual([first]);
  });

  it('a later death brings its new attempts and is the newest word; what the letter is stays', () => {
    const first = letter({});
    const again = letter({
      reason: 'refused', detail: 'HTTP 400', payload: 2, attempts: [attempt(1), attempt(2)],
      destinationHost: 'x', diedAt: '2026-11-21T10:00:00.000Z',
    });
    expect(foldDeaths([first, again])).toEqual([
      { ...first, reason: 'refused', detail: 'HTTP 400', destinationHost: 'x', attempts: [attempt(1), attempt(2)], diedAt: again.diedAt },
    ]);
  });

  it('an older copy that comes late changes nothing, and tenants never meet', () => {
    const newer = letter({ diedAt: '2026-11-21T10:00:00.000Z' });
    expect(foldDeaths([newer, letter({ reason: 'old' })])).toEqual([newer]);
    expect(foldDeaths([letter({}), letter({ tenantId: newId() })])).toHaveLength(2);
  });
});
