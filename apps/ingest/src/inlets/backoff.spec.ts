import { failuresAfter, pauseMs } from './backoff.js';

it('waits twice as long each time, up to a minute, give or take a fifth', () => {
  expect([1, 2, 3, 7, 50].map((failures) => pauseMs(failures, 0.5))).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
  expect([pauseMs(1, 0), pauseMs(50, 0.999)]).toEqual([800, 71_976]);
});

it('begins anew after a connection that held, and not after one that broke at once', () => {
  expect([failuresAfter(5, 30_000), failuresAfter(5, 29_999), failuresAfter(5, 0)]).toEqual([1, 6, 6]);
});
