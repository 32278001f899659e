import { eventually } from '@signalbox/testing';
import { Repeating } from './repeating.js';

test('it goes on, never twice at a time, and stopping waits for what is in hand and begins nothing more', async () => {
  let [begun, inHand, most] = [0, 0, 0];
  let release = (): void => undefined;
  const repeating = new Repeating(async () => {
    begun += 1;
    inHand += 1;
    most = Math.max(most, inHand);
    if (begun === 3) await new Promise<void>((resolve) => { release = resolve; });
    inHand -= 1;
    return 0;
  });
  repeating.start();
  await eventually(() => begun === 3, { describe: 'the third time' });
  const stopped = repeating.stop();
  expect([repeating.stopped, inHand]).toEqual([true, 1]);
  release();
  await stopped;
  expect([begun, inHand, most]).toEqual([3, 0, 1]);
});
