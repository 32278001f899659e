import { FailureDetector } from './failure-detector.js';

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

describe('the failure detector', () => {
  it('speaks once ten attempts have been made and half of them failed, and then starts afresh', async () => {
    const failing: string[] = [];
    const detector = new FailureDetector((destination) => failing.push(destination));
    for (let i = 0; i < 9; i += 1) {
      detector.record('a', true);
      await settled();
    }
    expect(failing).toEqual([]);
    detector.record('a', true);
    await settled();
    expect(failing).toEqual(['a']);
    detector.record('a', true);
    await settled();
    expect(failing).toEqual(['a']);
    detector.stop();
  });

  it('stays silent about a destination that mostly takes what it gets, and about its neighbours', async () => {
    const failing: string[] = [];
    const detector = new FailureDetector((destination) => failing.push(destination));
    for (let i = 0; i < 60; i += 1) {
      detector.record('mostly well', i % 3 === 0);
      detector.record('well', false);
      await settled();
    }
    expect(failing).toEqual([]);
    detector.stop();
  });
});
