import { setTimeout as sleep } from 'node:timers/promises';
import { fullStreams, makeRoom } from '../bus.mjs';
import { verdict } from '../invariants.mjs';
import { carryOut } from '../killer.mjs';
import { makePlan } from '../plan.mjs';
import { asOwner, spooled } from '../store.mjs';
import { everyoneDied } from './random.mjs';

const TARGETS = ['ingest', 'incidents', 'notifications', 'delivery', 'nats'];
const PADDING = 60_000;
const FULL_WITHIN_MS = 180_000;

export const fullStream = {
  name: 'full-stream', seconds: 30, about: 'large events fill streams of 16 MB; services die while gateways spool; then there is room',
  async play(stage, { seconds }) {
    await stage.open({ env: { STREAM_MAX_MEGABYTES: '16' } });
    const load = stage.load({
      keys: 10, senders: 5, padding: PADDING,
      topics: { 'chaos/fast': 50, 'chaos/refusing': 5, 'chaos/limited': 10, 'chaos/resetting': 10, 'elsewhere/none': 5 },
    });
    const waiting = await untilSpooling(stage);
    const full = await fullStreams(stage.system.natsUrl, 3 * PADDING);
    stage.say(`full: ${full.join(', ')}; spooled: ${waiting}`);
    const deaths = await carryOut(
      makePlan(stage.seed, seconds, { targets: TARGETS, everySeconds: 6 }),
      { kill: (name) => stage.kill(name), restart: (name) => stage.revive(name) },
      stage.say,
    );
    await stage.ready();
    const kept = await spooled(stage.system.databaseUrl);
    await makeRoom(stage.system.natsUrl, 20);
    stage.receivers.heal();
    await load.stop();
    const verdicts = await stage.judge({ withinMs: 180_000 });
    stage.tellOfTheLoad();
    return [
      verdict('the streams of what comes in were full', ['EVENTS', 'MESSAGES'].filter((name) => !full.includes(name)), full.join(', ')),
      verdict('the gateways spooled until there was room', kept === 0 ? ['the spool was empty'] : [], `${kept} envelopes`),
      everyoneDied(TARGETS, deaths), ...verdicts,
    ];
  },
};

/** Waits until events and messages go to the spool because their streams are full. Gives how many envelopes are there. */
async function untilSpooling(stage) {
  for (const deadline = Date.now() + FULL_WITHIN_MS; ; await sleep(250)) {
    const [{ kinds, n }] = await asOwner(
      stage.system.databaseUrl,
      `select count(distinct split_part(subject, '.', 1))::int as kinds, count(*)::int as n from ingest.spool`,
    );
    const full = await fullStreams(stage.system.natsUrl, 3 * PADDING);
    if (kinds === 2 && full.includes('EVENTS') && full.includes('MESSAGES')) return n;
    if (Date.now() > deadline) {
      throw new Error(`the streams were not full within ${FULL_WITHIN_MS / 1000} s (full: ${full.join(', ') || 'none'}; spooled: ${n})`);
    }
  }
}
