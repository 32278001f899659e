import {
  beginObligation, completeObligation, decideObligation, dueDateOf,
  obligationStatus, type ObligationConfig, type ObligationState,
} from './obligation.js';

const config: ObligationConfig = {
  dueAt: '2026-06-30T09:00:00.000Z', timeZone: 'UTC', recurrence: 'none',
  remindBefore: [30, 7, 1], owner: 'Ada', branch: 'north', tags: ['tax'],
};
const monthly = { ...config, recurrence: 'monthly' as const };
const at = (text: string): Date => new Date(`${text}:00.000Z`);

/** Looks whenever it is due until `until`, as the clockwork does, and gives what was told and when. */
function run(of: ObligationConfig, state: ObligationState, from: Date | null, until: Date): { told: string[]; state: ObligationState } {
  const told: string[] = [];
  for (let now = from; now !== null && now <= until;) {
    const decision = decideObligation({ id: 'o', name: 'VAT', config: of, state }, now);
    for (const one of decision.told) if (one.tell === 'notice') told.push(`${now.toISOString().slice(0, 16)} ${one.eventType} ${one.severity} ${one.title}`);
    state = decision.state;
    now = decision.dueAt;
  }
  return { told, state };
}

describe('an obligation', () => {
  it('is told at each reminder, when it is due, and once that it is overdue', () => {
    const { state, dueAt } = beginObligation(config, at('2026-01-01T00:00'));
    expect(run(config, state, dueAt, at('2027-01-01T00:00')).told).toEqual([
      '2026-05-31T09:00 obligation_due warning Due in 30 days: VAT', '2026-06-23T09:00 obligation_due warning Due in 7 days: VAT',
      '2026-06-29T09:00 obligation_due warning Due in 1 day: VAT', '2026-06-30T09:00 obligation_due warning Due now: VAT',
      '2026-07-01T09:00 obligation_overdue error Overdue: VAT',
    ]);
  });

  it('begun late makes up for no reminder; begun overdue says so', () => {
    const late = beginObligation(config, at('2026-06-25T00:00'));
    expect(late.dueAt).toEqual(at('2026-06-29T09:00'));
    const overdue = beginObligation(config, at('2026-08-01T00:00'));
    expect(run(config, overdue.state, at('2026-08-01T00:00'), at('2026-08-01T00:00')).told).toEqual(['2026-08-01T00:00 obligation_overdue error Overdue: VAT']);
  });

  it('whose reminders passed while nobody looked is told once, with the days that are left', () => {
    const { state } = beginObligation(config, at('2026-01-01T00:00'));
    const decision = decideObligation({ id: 'o', name: 'VAT', config, state }, at('2026-06-25T09:00'));
    expect(decision).toMatchObject({
      dueAt: at('2026-06-29T09:00'),
      told: [{
        title: 'Due in 5 days: VAT', branch: 'north', tags: ['tax'],
        fields: [{ label: 'Due' }, { label: 'Owner', value: 'Ada' }, { label: 'Branch' }],
      }],
    });
    expect(decideObligation({ id: 'o', name: 'VAT', config, state: decision.state }, at('2026-06-25T10:00')).told).toEqual([]);
  });

  it('keeps the fingerprint of its reminders apart from that of being overdue, and from the next time', () => {
    const { state } = beginObligation(monthly, at('2026-01-01T00:00'));
    const fingerprint = (of: ObligationState, now: string) => {
      const [one] = decideObligation({ id: 'o', name: 'VAT', config: monthly, state: of }, at(now)).told;
      return one?.tell === 'notice' ? one.fingerprint : undefined;
    };
    const next = completeObligation({ id: 'o', name: 'VAT', config: monthly, state }, 'Ada', null, at('2026-06-01T00:00')).state;
    const all = [fingerprint(state, '2026-06-23T09:00'), fingerprint(state, '2026-07-01T09:00'), fingerprint(next, '2026-07-23T09:00')];
    expect(new Set(all).size).toBe(3);
    expect(fingerprint(state, '2026-06-30T09:00')).toBe(all[0]);
  });

  it('that is done is told no more; who heard that it was overdue hears that it is done', () => {
    const { state, dueAt } = beginObligation(config, at('2026-01-01T00:00'));
    const early = completeObligation({ id: 'o', name: 'VAT', config, state }, 'Ada', 'filed', at('2026-06-01T00:00'));
    expect(early).toMatchObject({ dueAt: null, told: [], state: { finished: true, lastDone: { by: 'Ada', note: 'filed', dueAt: config.dueAt } } });
    expect(decideObligation({ id: 'o', name: 'VAT', config, state: early.state }, at('2026-08-01T00:00'))).toMatchObject({ dueAt: null, told: [] });
    const overdue = run(config, state, dueAt, at('2026-07-02T00:00'));
    expect(completeObligation({ id: 'o', name: 'VAT', config, state: overdue.state }, 'Ada', null, at('2026-07-02T00:00')).told)
      .toMatchObject([{ eventType: 'obligation_overdue', severity: 'info', title: 'Done: VAT', fingerprint: `obligation_overdue/o/${config.dueAt}` }]);
  });

  it('that recurs is owed again, its past reminders not made up for; one whose next time has long passed is overdue at once', () => {
    const { state } = beginObligation(monthly, at('2026-01-01T00:00'));
    const next = completeObligation({ id: 'o', name: 'VAT', config: monthly, state }, 'Ada', null, at('2026-06-30T10:00'));
    expect([next.state.occurrence, dueDateOf(monthly, next.state), next.dueAt]).toEqual([1, at('2026-07-30T09:00'), at('2026-07-23T09:00')]);
    const late = completeObligation({ id: 'o', name: 'VAT', config: monthly, state }, 'Ada', null, at('2026-09-15T00:00'));
    expect(run(monthly, late.state, at('2026-09-15T00:00'), at('2026-09-15T00:00')).told).toEqual(['2026-09-15T00:00 obligation_overdue error Overdue: VAT']);
  });

  it.each([['2026-06-01T00:00', 'open'], ['2026-06-30T09:00', 'due'], ['2026-07-01T09:00', 'overdue']])('at %s is %s', (now, status) => {
    expect(obligationStatus(config, beginObligation(config, at('2026-01-01T00:00')).state, at(now))).toBe(status);
  });
});
