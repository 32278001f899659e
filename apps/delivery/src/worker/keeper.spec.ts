import { eventually } from '@signalbox/testing';
import { Keeper } from './keeper.js';

it('a duty that takes long keeps neither another duty nor the lease waiting', async () => {
  const done = { renewals: 0, short: 0 };
  let end = (): void => undefined;
  const keeper = new Keeper(
    {
      renew: async () => { done.renewals += 1; return [{ partition: 0, epoch: 1, cursor: { sequence: 0, stream: null } }]; },
      release: async () => undefined,
    }, { connected: true },
    [
      { name: 'long', everyMs: 0, run: () => new Promise<void>((resolve) => { end = resolve; }) },
      { name: 'short', everyMs: 0, run: async () => { done.short += 1; return true; } },
    ], () => undefined);
  await keeper.start();
  await eventually(() => done.short >= 5 && done.renewals >= 2, { describe: 'the short duty goes on, and the lease is renewed' });
  end();
  await keeper.stop();
});
