import { World } from './world.js';

let world: World;
beforeAll(async () => { world = await World.start(); });
afterAll(async () => { await world.stop(); });

const keyed = (value: string) => [{ field: 'dedupKey', operator: '=~' as const, value }];

describe('silences and windows that meet', () => {
  it('a silence that ends while another begins leaves no gap', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }] }) });
    await s.silence('first', [], '08:00', '09:30');
    await s.silence('second', [], '09:30', '10:00');
    await s.trigger(web, 'cpu');
    await s.at('09:59');
    expect([await s.pages(), await s.told(), await s.statuses('cpu')]).toEqual([[], [], ['SUPPRESSED silence']]);
    await s.at('10:01');
    expect(await s.pages()).toEqual(['10:00 ada']);
  });

  it('overlapping windows hold until the last of them ends', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.window('short', [], '08:00', '09:20');
    await s.window('long', [web], '09:10', '10:00');
    await s.trigger(web, 'cpu');
    await s.at('09:59');
    expect([await s.told(), await s.statuses('cpu')]).toEqual([[], ['SUPPRESSED maintenance']]);
    await s.at('10:00');
    expect(await s.told()).toEqual(['10:00 triggered cpu']);
  });

  it('maintenance stops the clock of targets, also of an incident that somebody is on', async () => {
    const s = world.scenario('09:00');
    const sla = { acknowledgeSeconds: { HIGH: 600 }, resolveSeconds: { HIGH: 3600 } };
    const web = await s.service('Web', { sla });
    await s.window('upgrade', [web], '09:08', '09:38');
    await s.trigger(web, 'open');
    await s.trigger(web, 'taken');
    await s.answers('ada', 'taken', 'acknowledge');
    await s.at('09:45');
    expect((await s.told()).filter((line) => line.endsWith('open'))).toEqual([
      '09:00 triggered open',
      '09:38 unsuppressed open',
      '09:38 sla_warning open',
      '09:40 sla_breached open',
    ]);
    await s.window('again', [web], '09:48', '10:48');
    await s.at('11:35');
    expect((await s.told()).filter((line) => line.endsWith('taken'))).toEqual([
      '09:00 triggered taken',
      '09:00 acknowledged taken',
      '11:18 sla_warning taken',
      '11:30 sla_breached taken',
    ]);
  });
});

describe('the calendar', () => {
  it('a nightly window in the night in which the clock is put forward: what it has lost of it is no window', async () => {
    const s = world.scenario('09:00', '2026-03-28');
    const web = await s.service('Web');
    await s.window('backup', [web], '00:00', '02:00', 'daily', 'Europe/Berlin');
    // From 01:00 to 03:00 of Berlin: in that night the clock goes from 02:00 to 03:00.
    await s.at('+1 00:30');
    await s.trigger(web, 'cpu');
    expect(await s.statuses('cpu')).toEqual(['SUPPRESSED maintenance']);
    await s.at('+1 01:00');
    expect(await s.told()).toEqual(['+1 01:00 triggered cpu']);
  });

  it('a monthly window that begins on the 31st is on the last day of shorter months, over the end of the month', async () => {
    const s = world.scenario('09:00', '2026-03-31');
    const web = await s.service('Web');
    await s.window('closing', [web], '23:00', '+1 02:00', 'monthly');
    world.clock.set(new Date('2026-05-01T01:30:00.000Z'));
    await s.trigger(web, 'cpu');
    expect(await s.statuses('cpu')).toEqual(['SUPPRESSED maintenance']);
    await s.at('+31 02:00');
    expect(await s.told()).toEqual(['+31 02:00 triggered cpu']);
  });

  it('and in the night in which it is put back it holds for the hour that comes twice', async () => {
    const s = world.scenario('09:00', '2026-10-24');
    const web = await s.service('Web');
    await s.window('backup', [web], '00:00', '01:00', 'daily', 'Europe/Berlin');
    // From 02:00 to 03:00 of Berlin, which lasts from midnight to 02:00 UTC in that night.
    await s.at('+1 01:30');
    await s.trigger(web, 'cpu');
    expect(await s.statuses('cpu')).toEqual(['SUPPRESSED maintenance']);
    await s.at('+1 02:00');
    expect(await s.told()).toEqual(['+1 02:00 triggered cpu']);
  });
});

describe('groups', () => {
  it('a thousand incidents of a group page once, and once more when the head is over', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 60, page: [s.user('ada')] }] }) });
    await s.grouping('all', [], 60);
    await s.trigger(web, 'head');
    await s.flood(web, Array.from({ length: 999 }, (_, index) => `disk-${index}`));
    expect([await s.pages(), (await s.told()).length]).toEqual([['09:00 ada'], 1]);
    await s.at('09:10');
    await s.resolve(web, 'head');
    await s.at('09:11');
    expect([await s.pages(), (await s.told()).length]).toEqual([['09:00 ada', '09:10 ada'], 3]);
    const rows = await world.db.query(
      `select status, count(*)::int as n, count(distinct muted_by)::int as heads from incidents where tenant_id = $1 group by 1 order by 1`,
      [s.tenantId],
    );
    expect(rows).toEqual([{ status: 'OPEN', n: 1, heads: 0 }, { status: 'RESOLVED', n: 1, heads: 0 }, { status: 'SUPPRESSED', n: 998, heads: 1 }]);
  });

  it('a silence over the head is no silence over the others: the next one is told', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.grouping('all', [], 60);
    await s.silence('head only', keyed('head'), '08:00', '12:00');
    await s.trigger(web, 'head');
    await s.trigger(web, 'two');
    await s.trigger(web, 'three');
    expect([await s.told(), await s.statuses('head', 'two', 'three')]).toEqual([['09:00 triggered two'], ['SUPPRESSED silence', 'OPEN', 'SUPPRESSED grouped']]);
  });

  it('nor is one that begins later, when the head is suppressed by a person', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.grouping('all', [], 60);
    for (const key of ['head', 'two', 'three']) await s.trigger(web, key);
    await s.at('09:05');
    await s.does('ada', 'head', { kind: 'suppress', until: null, reason: 'known' });
    await s.at('09:06');
    expect([await s.told(), (await s.statuses('two', 'three')).toSorted()]).toEqual([
      ['09:00 triggered head', expect.stringMatching(/^09:05 triggered t/)],
      ['OPEN', 'SUPPRESSED grouped'],
    ]);
  });

  it('a whole group that was silenced is told as one when the silence ends', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 60, page: [s.user('ada')] }] }) });
    await s.grouping('all', [], 60);
    await s.silence('deploy', [], '08:00', '10:00');
    await s.flood(web, ['a', 'b', 'c', 'd', 'e']);
    await s.at('10:01');
    expect([await s.pages(), (await s.told()).length]).toEqual([['10:00 ada'], 1]);
  });
});

describe('what stands for what', () => {
  const chain = async (s: ReturnType<World['scenario']>): Promise<string> => {
    await s.inhibition('a mutes b', keyed('a'), keyed('b'));
    await s.inhibition('b mutes c', keyed('b'), keyed('c'));
    return s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 10, page: [s.user('ada')] }], rounds: 9 }) });
  };

  it('in a chain (a mutes b, b mutes c) what is muted mutes nobody: c is told while a is open, and quiet once b speaks', async () => {
    const s = world.scenario('09:00');
    const web = await chain(s);
    for (const key of ['a', 'b', 'c']) await s.trigger(web, key);
    expect(await s.statuses('a', 'b', 'c')).toEqual(['OPEN', 'SUPPRESSED inhibited', 'OPEN']);
    await s.at('09:05');
    await s.resolve(web, 'a');
    await s.at('09:11');
    expect(await s.statuses('b', 'c')).toEqual(['OPEN', 'SUPPRESSED inhibited']);
    expect(await s.pages()).toEqual(['09:00 ada', '09:00 ada', '09:05 ada']);
  });

  it('the other way round (c, b, a) it ends the same', async () => {
    const s = world.scenario('09:00');
    const web = await chain(s);
    for (const key of ['c', 'b', 'a']) await s.trigger(web, key);
    await s.at('09:11');
    expect(await s.statuses('a', 'b', 'c')).toEqual(['OPEN', 'SUPPRESSED inhibited', 'OPEN']);
  });

  it('of services that depend on each other in a circle one is told, and the next when that is over', async () => {
    const s = world.scenario('09:00');
    const ids = [await s.service('One'), await s.service('Two'), await s.service('Three')];
    for (const [index, id] of ids.entries()) await s.edit('update services set depends_on = $2 where id = $1', [id, JSON.stringify([ids[(index + 1) % 3]])]);
    await s.trigger(ids[1]!, 'two');
    await s.trigger(ids[0]!, 'one');
    await s.trigger(ids[2]!, 'three');
    expect(await s.statuses('two', 'one', 'three')).toEqual(['OPEN', 'SUPPRESSED inhibited', 'OPEN']);
    await s.resolve(ids[1]!, 'two');
    await s.at('09:01');
    expect(await s.statuses('one', 'three')).toEqual(['OPEN', 'SUPPRESSED inhibited']);
  });

  it('what others depend on keeps them quiet while somebody is on it, and not any more once it is snoozed', async () => {
    const s = world.scenario('09:00');
    const database = await s.service('Database');
    const web = await s.service('Web', { dependsOn: [database] });
    await s.trigger(database, 'down');
    await s.trigger(web, 'errors');
    await s.answers('ada', 'down', 'acknowledge');
    await s.at('09:10');
    expect(await s.statuses('errors')).toEqual(['SUPPRESSED inhibited']);
    await s.does('ada', 'down', { kind: 'snooze', until: s.instant('12:00') });
    await s.at('09:11');
    expect(await s.statuses('errors')).toEqual(['OPEN']);
  });
});
