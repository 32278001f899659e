import { newId } from '@signalbox/contracts';
import { World } from './world.js';

let world: World;
beforeAll(async () => { world = await World.start(2); });
afterAll(async () => { await world.stop(); });

describe('escalation', () => {
  it('pages the primary when it opens, the secondary fifteen minutes later, and nobody any more once somebody is on it', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({
      steps: [{ minutes: 15, page: [s.user('primary')] }, { minutes: 15, page: [s.user('secondary')] }, { minutes: 30, page: [s.team('platform')] }],
    });
    const web = await s.service('Web', { policyId });
    await s.trigger(web, 'cpu');
    expect(await s.pages()).toEqual(['09:00 primary']);
    await s.at('09:14');
    expect(await s.pages()).toEqual(['09:00 primary']);
    await s.at('09:15');
    expect(await s.pages()).toEqual(['09:00 primary', '09:15 secondary']);
    await s.answers('secondary', 'cpu', 'acknowledge');
    await s.at('12:00');
    expect(await s.pages()).toEqual(['09:00 primary', '09:15 secondary']);
  });

  it('goes through its rounds, says that it is exhausted, and reminds for ever', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({
      steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }], rounds: 2, fallback: [s.user('boss')],
    });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    await s.at('10:45');
    expect(await s.pages()).toEqual(['09:00 ada', '09:10 bob', '09:20 ada', '09:30 bob', '09:40 bob, boss', '10:10 bob, boss', '10:40 bob, boss']);
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:40 escalation_exhausted cpu']);
  });

  it('an acknowledgement that nobody follows up ends, and the next step is paged', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }, { minutes: 15, page: [s.user('bob')] }], acknowledgementMinutes: 30 });
    const web = await s.service('Web', { policyId });
    await s.trigger(web, 'cpu');
    await s.at('09:05');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.at('09:36');
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:05 acknowledged cpu', '09:35 acknowledgement_timed_out cpu']);
    expect(await s.pages()).toEqual(['09:00 ada', '09:35 bob']);
  });

  it('a schedule is whoever is on call when the page goes out', async () => {
    const s = world.scenario('09:50');
    const rota = s.schedule('rota', (at) => (at.slice(11, 16) < '10:00' ? ['ada'] : ['bob']));
    const policyId = await s.policy({ steps: [{ minutes: 5, page: [rota] }], rounds: 3 });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    await s.at('10:01');
    expect(await s.pages()).toEqual(['09:50 ada', '09:55 ada', '10:00 bob']);
  });

  it('says by which schedule somebody is paged: the first target that leads to them', async () => {
    const s = world.scenario('09:00');
    const [rota, other] = [s.schedule('rota', () => ['ada']), s.schedule('other', () => ['ada', 'bob'])];
    const policyId = await s.policy({ steps: [{ minutes: 5, page: [rota, other, s.user('ada')] }, { minutes: 5, page: [s.user('ada'), rota] }] });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    await s.at('09:05');
    expect((await s.changes()).flatMap(({ page }) => (page === undefined ? [] : [page.targets]))).toEqual([
      [{ ...s.user('ada'), schedule: { id: rota.id, name: 'rota' } }, { ...s.user('bob'), schedule: { id: other.id, name: 'other' } }],
      [s.user('ada')],
    ]);
  });

  it('nobody on call: the fallback is paged; without one the next step follows at once, and the timeline says that nobody was reached', async () => {
    const s = world.scenario('09:00');
    const gap = s.schedule('gap', () => []);
    const withFallback = await s.policy({ steps: [{ minutes: 15, page: [gap] }], fallback: [s.user('boss')] });
    await s.trigger(await s.service('Web', { policyId: withFallback }), 'cpu');
    expect(await s.pages()).toEqual(['09:00 boss']);
    const without = await s.policy({ steps: [{ minutes: 15, page: [gap] }, { minutes: 15, page: [s.user('ada')] }] });
    await s.trigger(await s.service('Shop', { policyId: without }), 'disk');
    expect(await s.pages()).toEqual(['09:00 boss', '09:00 nobody', '09:00 ada']);
    expect(await s.timeline('disk')).toEqual(['triggered', 'escalated', 'escalated']);
  });

  it('a page that reached nobody is not waited for: the fallback is paged, and waited for; '
    + 'without one the next step comes at once, and the timeline says why', async () => {
    const s = world.scenario('09:00');
    const steps = [{ minutes: 15, page: [s.user('ada')] }, { minutes: 15, page: [s.user('bob')] }];
    await s.trigger(await s.service('Web', { policyId: await s.policy({ steps, fallback: [s.user('boss')] }) }), 'cpu');
    await s.at('09:01');
    await s.reachesNobody('cpu');
    await s.at('09:16');
    expect(await s.pages()).toEqual(['09:00 ada', '09:01 boss', '09:16 bob']);
    await s.trigger(await s.service('Shop', { policyId: await s.policy({ steps }) }), 'disk');
    await s.reachesNobody('disk');
    expect((await s.pages()).slice(3)).toEqual(['09:16 ada', '09:16 nobody', '09:16 bob']);
    expect((await s.timeline('disk')).toSorted()).toEqual(['escalated', 'escalated', 'escalated', 'notification', 'triggered']);
    const pages = (await s.changes()).filter(({ page }) => page !== undefined);
    expect(pages.map(({ data }) => [data!.step, data!.reason])).toEqual([
      [1, undefined], [1, 'nobody_reached'], [2, undefined],
      [1, undefined], [1, 'nobody_reached'], [2, undefined],
    ]);
  });

  it('whom nobody reaches at all, the policy comes to its end a minute after each round, and reminds no oftener than it ever does', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({
      steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }], rounds: 2, fallback: [s.user('boss')],
    });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    for (let pages = 1; pages <= 4; pages += 1) await s.reachesNobody('cpu');
    expect(await s.pages()).toEqual(['09:00 ada', '09:00 boss', '09:00 nobody', '09:00 bob', '09:00 boss', '09:00 nobody']);
    await s.at('09:01');
    for (let pages = 1; pages <= 4; pages += 1) await s.reachesNobody('cpu');
    await s.at('09:02');
    const after = ['09:01 ada', '09:01 boss', '09:01 nobody', '09:01 bob', '09:01 boss', '09:01 nobody', '09:02 bob, boss'];
    expect((await s.pages()).slice(6)).toEqual(after);
    await s.reachesNobody('cpu');
    await s.at('09:32');
    expect((await s.pages()).slice(6)).toEqual([...after, '09:32 bob, boss']);
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:02 escalation_exhausted cpu']);
  });

  it('the same report again, or one that comes when somebody has answered or another page has gone out, does nothing', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({
      steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }, { minutes: 10, page: [s.user('eve')] }],
    });
    const web = await s.service('Web', { policyId });
    await s.trigger(web, 'cpu');
    const report = await s.unreached('cpu');
    await world.report(report, report);
    await world.report({ ...report, id: newId() }, { ...report, id: newId(), incidentId: newId() });
    const paged = ['09:00 ada', '09:00 nobody', '09:00 bob'];
    expect(await s.pages()).toEqual(paged);
    const second = await s.unreached('cpu');
    await s.answers('bob', 'cpu', 'acknowledge');
    await world.report(second);
    expect(await s.statuses('cpu')).toEqual(['ACKNOWLEDGED']);
    expect(await s.pages()).toEqual(paged);
    await s.resolve(web, 'cpu');
    await s.trigger(web, 'cpu');
    await world.report({ ...second, id: newId() });
    expect(await s.pages()).toEqual([...paged, '09:00 ada']);
  });

  it('one that is snoozed and wakes begins anew: a report of before does not pass over its first step', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }] });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    const report = await s.unreached('cpu');
    await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('09:05') });
    await world.report(report);
    await s.at('09:05');
    await world.report({ ...report, id: newId() });
    await s.at('09:14');
    expect(await s.pages()).toEqual(['09:00 ada', '09:05 ada']);
  });

  it('the last user was deleted: the policy does not stop, and whoever comes next is paged', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }] });
    s.gone('ada');
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    expect(await s.pages()).toEqual(['09:00 nobody', '09:00 bob']);
  });

  it('a policy that is edited while an incident runs changes the next incident, not this one', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }] });
    const web = await s.service('Web', { policyId });
    await s.trigger(web, 'first');
    await s.edit('update escalation_policies set steps = $2 where id = $1', [policyId, JSON.stringify([{ delaySeconds: 60, targets: [s.user('eve')] }])]);
    await s.at('09:10');
    await s.trigger(web, 'second');
    expect(await s.pages()).toEqual(['09:00 ada', '09:10 bob', '09:10 eve']);
  });

  it('a person escalates by hand: the next step is paged at once, also out of an acknowledgement; named people can be asked in', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 30, page: [s.user('ada')] }, { minutes: 30, page: [s.user('bob')] }] });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    await s.at('09:02');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.at('09:03');
    expect(await s.does('ada', 'cpu', { kind: 'escalate', targets: null })).toBeUndefined();
    expect(await s.does('ada', 'cpu', { kind: 'escalate', targets: [s.user('expert')] })).toBeUndefined();
    expect(await s.pages()).toEqual(['09:00 ada', '09:03 bob', '09:03 expert']);
  });

  it('two replicas that look at the same moment page once', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 5, page: [s.user('ada')] }, { minutes: 5, page: [s.user('bob')] }], rounds: 1 });
    const web = await s.service('Web', { policyId });
    await s.flood(web, Array.from({ length: 30 }, (_, index) => `disk-${index}`));
    await s.at('09:05');
    expect((await s.pages()).toSorted()).toEqual([...Array.from({ length: 30 }, () => '09:00 ada'), ...Array.from({ length: 30 }, () => '09:05 bob')]);
  });
});
