import { addressPolicy, createOutbound } from '@signalbox/outbound';
import { eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { DeadMan } from '../dead-man.js';
import { Auditor, NEXT_STEP_AT, WAITS_FOR_STEP } from '../store/auditor.js';
import { World } from './world.js';

let world: World;
let auditor: Auditor;
let watchdog: Receiver;
beforeAll(async () => {
  [world, watchdog] = await Promise.all([World.start(), startReceiver()]);
  auditor = new Auditor(world.db, world.clock.now);
});
afterAll(async () => {
  await watchdog.stop();
  await world.stop();
});

/** The clock of the world goes on, and nobody carries out what falls due. */
const standsStill = (seconds: number): void => void world.clock.set(new Date(world.clock.now().getTime() + seconds * 1_000));

async function story() {
  const s = world.scenario('09:00');
  const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }] }) });
  await s.trigger(web, 'cpu');
  await s.trigger(await s.service('Without a policy'), 'disk');
  return s;
}

describe('the audit of escalations', () => {
  it('counts who waits for a step that did not come, until it does', async () => {
    const s = await story();
    expect(await auditor.overdue()).toBe(0);
    standsStill(629);
    expect(await auditor.overdue()).toBe(0);
    standsStill(2);
    expect(await auditor.overdue()).toBe(1);
    await world.pass(world.clock.now());
    expect(await auditor.overdue()).toBe(0);
    await s.answers('bob', 'cpu', 'acknowledge');
    standsStill(86_400);
    expect(await auditor.overdue()).toBe(0);
  });

  it('does not believe what the clock believes: a step that nothing is due for is overdue', async () => {
    await story();
    await world.db.query(`update incidents set due_at = null where status = 'OPEN'`);
    standsStill(700);
    await world.pass(world.clock.now());
    expect(await auditor.overdue()).toBe(1);
    await world.db.query(`
      update incidents set plan = jsonb_set(plan, '{escalation,nextAt}', 'null')
      where status = 'OPEN' and jsonb_typeof(plan->'escalation') = 'object'`);
    expect(await auditor.overdue()).toBe(1);
    await world.db.query(`update incidents set status = 'RESOLVED' where status = 'OPEN'`);
  });

  it('asks by an index of its own', async () => {
    const plan = await world.db.transaction(async (tx) => {
      await tx.query('set local enable_seqscan = off');
      return tx.query<{ 'QUERY PLAN': string }>(`explain select count(*) from incidents where ${WAITS_FOR_STEP} and ${NEXT_STEP_AT} < '2026'`);
    });
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('incidents_next_step');
  });

  it('a watchdog outside is told as long as it is good', async () => {
    const outbound = createOutbound({ policy: addressPolicy({ allowPrivate: 'true' }) });
    const warned: string[] = [];
    const deadMan = new DeadMan({ url: `${watchdog.url}/ping/secret`, outbound, auditor, warn: (message) => void warned.push(message), everyMs: 20 });
    deadMan.start();
    await watchdog.received(2);
    expect(watchdog.requests[0]).toMatchObject({ method: 'GET', url: '/ping/secret' });
    await story();
    standsStill(700);
    await eventually(() => warned.some((message) => message.startsWith('1 escalations are overdue')), { describe: 'a warning' });
    watchdog.requests.length = 0;
    const before = warned.length;
    await eventually(() => warned.length > before + 3, { describe: 'more looks' });
    expect(watchdog.requests).toEqual([]);
    await world.pass(world.clock.now());
    await watchdog.received(1);
    watchdog.answer({ status: 500 });
    await eventually(() => warned.includes('the watchdog answers 500'), { describe: 'another warning' });
    await deadMan.stop();
    await outbound.close();
  });
});
