import { afterAction, progress, type JobAction, type JobCounts, type JobState } from './replay-job.js';

const start = new Date('2026-11-21T09:00:00.000Z');
const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

function job(change: Partial<JobCounts> = {}): JobCounts {
  return {
    state: 'running', total: 100, done: 0, failed: 0, skipped: 0, ratePerSecond: null,
    startedAt: start, pausedAt: null, pausedSeconds: 0, finishedAt: null, ...change,
  };
}

describe('a replay job', () => {
  it.each<[JobState, JobAction, JobState | undefined]>([
    ['running', 'pause', 'paused'], ['paused', 'pause', 'paused'], ['done', 'pause', undefined], ['cancelled', 'pause', undefined],
    ['running', 'resume', 'running'], ['paused', 'resume', 'running'], ['done', 'resume', undefined], ['cancelled', 'resume', undefined],
    ['running', 'cancel', 'cancelled'], ['paused', 'cancel', 'cancelled'], ['done', 'cancel', undefined], ['cancelled', 'cancel', 'cancelled'],
  ])('%s, asked to %s, is %s', (state, action, next) => {
    expect(afterAction(state, action)).toBe(next);
  });

  it('counts its pace over settled letters and running time only', () => {
    expect(progress(job({ done: 10, failed: 5, skipped: 5 }), after(10))).toEqual({ rate: 2, etaSeconds: 40 });
    expect(progress(job({ done: 20, pausedSeconds: 30 }), after(40))).toEqual({ rate: 2, etaSeconds: 40 });
  });

  it('says nothing about the end while it is paused, or before it knows its pace', () => {
    expect(progress(job({ state: 'paused', done: 20, pausedAt: after(10) }), after(999))).toEqual({ rate: 2, etaSeconds: null });
    expect(progress(job(), after(5))).toEqual({ rate: 0, etaSeconds: null });
  });

  it('knows its own limit to be the end of hurry', () => {
    expect(progress(job({ ratePerSecond: 4 }), after(0))).toEqual({ rate: 0, etaSeconds: 25 });
    expect(progress(job({ done: 50, ratePerSecond: 1 }), after(1)).etaSeconds).toBe(50);
  });

  it('is at its end when it is over', () => {
    expect(progress(job({ state: 'done', done: 100, finishedAt: after(50) }), after(5_000))).toEqual({ rate: 2, etaSeconds: 0 });
  });
});
