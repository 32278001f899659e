import { World } from './world.js';

let world: World;
beforeAll(async () => { world = await World.start(); });
afterAll(async () => { await world.stop(); });

describe('lifecycle', () => {
  it('a snoozed incident pages nobody, and begins anew when the snooze is over', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }, { minutes: 15, page: [s.user('bob')] }], rounds: 2 });
    const web = await s.service('Web', { policyId });
    await s.trigger(web, 'cpu');
    await s.at('09:16');
    await s.does('bob', 'cpu', { kind: 'snooze', until: s.instant('10:00') });
    await s.at('10:20');
    expect(await s.pages()).toEqual(['09:00 ada', '09:15 bob', '10:00 ada', '10:15 bob']);
    expect(await s.timeline('cpu')).toEqual(['triggered', 'escalated', 'escalated', 'snoozed', 'unsnoozed', 'escalated', 'escalated']);
  });

  it('a trigger within the reopen window goes on with the same incident; after it a new one opens', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { reopenSeconds: 600 });
    await s.trigger(web, 'cpu');
    await s.resolve(web, 'cpu');
    await s.at('09:09');
    await s.trigger(web, 'cpu');
    expect(await s.incidents('cpu')).toHaveLength(1);
    await s.resolve(web, 'cpu');
    await s.at('09:30');
    await s.trigger(web, 'cpu');
    expect(await s.incidents('cpu')).toHaveLength(2);
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:00 resolved cpu', '09:09 reopened cpu', '09:09 resolved cpu', '09:30 triggered cpu']);
  });

  it('one that goes stale is resolved by itself, counted from its newest trigger', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { autoResolveSeconds: 3600 });
    await s.trigger(web, 'cpu');
    await s.at('09:50');
    await s.trigger(web, 'cpu');
    await s.at('10:49');
    expect((await s.incident('cpu')).status).toBe('OPEN');
    await s.at('10:50');
    expect((await s.incident('cpu')).status).toBe('RESOLVED');
    expect((await s.changes()).at(-1)).toMatchObject({ change: 'resolved', data: { reason: 'stale' } });
  });

  it('a resolve that was accepted while the service was down is not lost', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 5, page: [s.user('ada')] }, { minutes: 5, page: [s.user('bob')] }] }) });
    await s.trigger(web, 'cpu');
    await world.leave(world.replicas[0]!);
    await s.send('resolve', web, 'cpu');
    await world.join();
    await s.takenIn();
    await s.at('10:00');
    expect([(await s.incident('cpu')).status, await s.pages()]).toEqual(['RESOLVED', ['09:00 ada']]);
  });

  it('people write on an incident, also on one that is over', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.trigger(web, 'cpu');
    await s.does('ada', 'cpu', { kind: 'edit', priority: 'P1', tags: ['checkout'], fields: { customer: 'ACME' } });
    await s.resolve(web, 'cpu');
    expect(await s.does('ada', 'cpu', { kind: 'note', text: 'was the deploy' })).toBeUndefined();
    expect(await s.does('ada', 'cpu', { kind: 'edit', tags: ['checkout', 'deploy'] })).toBeUndefined();
    expect(await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('10:00') })).toBe('not_possible');
    expect((await s.changes()).at(-1)).toMatchObject({
      change: 'edited',
      incident: { status: 'RESOLVED', priority: 'P1', tags: ['checkout', 'deploy'], fields: { customer: 'ACME' } },
    });
  });
});

describe('SLA', () => {
  const sla = { acknowledgeSeconds: { HIGH: 600 }, resolveSeconds: { HIGH: 3600 } };

  it('warns before, tells the breach, and an answer in time meets it', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { sla });
    await s.trigger(web, 'slow');
    await s.trigger(web, 'quick');
    await s.at('09:07');
    await s.answers('ada', 'quick', 'acknowledge');
    await s.at('10:30');
    expect((await s.told()).filter((line) => line.endsWith('slow'))).toEqual([
      '09:00 triggered slow',
      '09:08 sla_warning slow',
      '09:10 sla_breached slow',
      '09:48 sla_warning slow',
      '10:00 sla_breached slow',
    ]);
    expect((await s.told()).filter((line) => line.endsWith('quick'))).toEqual([
      '09:00 triggered quick',
      '09:07 acknowledged quick',
      '09:48 sla_warning quick',
      '10:00 sla_breached quick',
    ]);
  });

  it('one that becomes more urgent has the targets of that, from then on', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { sla: { acknowledgeSeconds: { HIGH: 600, MEDIUM: 3_600 }, resolveSeconds: { HIGH: 1_800 } } });
    await s.trigger(web, 'cpu', { severity: 'warning' });
    await s.trigger(web, 'seen', { severity: 'warning' });
    await s.answers('ada', 'seen', 'acknowledge');
    await s.at('09:20');
    for (const key of ['cpu', 'seen']) await s.trigger(web, key, { severity: 'critical' });
    await s.at('10:00');
    const of = async (key: string): Promise<string[]> => (await s.told()).filter((line) => line.includes('sla') && line.endsWith(key));
    expect(await of('cpu')).toEqual(['09:28 sla_warning cpu', '09:30 sla_breached cpu', '09:44 sla_warning cpu', '09:50 sla_breached cpu']);
    expect(await of('seen')).toEqual(['09:44 sla_warning seen', '09:50 sla_breached seen']);
  });

  it('and while it is snoozed their clock stands still too', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { sla: { acknowledgeSeconds: { HIGH: 600 }, resolveSeconds: {} } });
    await s.trigger(web, 'cpu', { severity: 'warning' });
    await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('10:00') });
    await s.at('09:30');
    await s.trigger(web, 'cpu', { severity: 'critical' });
    await s.at('10:11');
    expect((await s.told()).slice(-2)).toEqual(['10:08 sla_warning cpu', '10:10 sla_breached cpu']);
  });

  it('snoozed time does not count', async () => {
    const s = world.scenario('09:00');
    await s.trigger(await s.service('Web', { sla }), 'cpu');
    await s.at('09:05');
    await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('09:35') });
    await s.at('09:50');
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:05 snoozed cpu', '09:35 unsnoozed cpu', '09:38 sla_warning cpu', '09:40 sla_breached cpu']);
  });

  it('nor does the time of a silence that begins while it is open, though nothing else is due meanwhile', async () => {
    const s = world.scenario('09:00');
    await s.trigger(await s.service('Web', { sla: { acknowledgeSeconds: { HIGH: 3_600 }, resolveSeconds: {} } }), 'cpu');
    await s.silence('later', [], '09:10', '09:40');
    await s.at('09:20');
    expect(await s.statuses('cpu')).toEqual(['SUPPRESSED silence']);
    await s.at('11:00');
    expect((await s.told()).filter((line) => line.includes('sla'))).toEqual(['10:18 sla_warning cpu', '10:30 sla_breached cpu']);
  });

  it('nor that of a window that begins while it is open', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { sla: { acknowledgeSeconds: { HIGH: 3_600 }, resolveSeconds: {} } });
    await s.window('upgrade', [web], '09:10', '09:40', 'daily');
    await s.trigger(web, 'cpu');
    await s.at('11:00');
    expect((await s.told()).filter((line) => line.includes('sla'))).toEqual(['10:18 sla_warning cpu', '10:30 sla_breached cpu']);
  });
});

describe('the end by itself, and late events', () => {
  it('an alert that waited in the spool for longer than it takes to go stale is paged, and stale only when it is not heard of again', async () => {
    const s = world.scenario('12:00');
    const web = await s.paged({ autoResolveSeconds: 3600 }, { acknowledgementMinutes: 30 });
    await s.trigger(web, 'cpu', { acceptedAt: s.instant('09:00') });
    expect([await s.pages(), await s.statuses('cpu')]).toEqual([['12:00 ada'], ['OPEN']]);
    await s.at('13:01');
    expect((await s.told()).at(-1)).toBe('13:00 resolved cpu');
  });

  it('a trigger that was accepted just before its incident went stale and is taken in just after opens the next one', async () => {
    const s = world.scenario('09:00');
    const web = await s.paged({ autoResolveSeconds: 3600 }, { acknowledgementMinutes: 30 });
    await s.trigger(web, 'cpu');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('11:00') });
    await s.at('11:01');
    await s.trigger(web, 'cpu', { acceptedAt: s.instant('10:59') });
    expect([await s.statuses('cpu'), (await s.incidents('cpu')).length]).toEqual([['OPEN'], 2]);
  });

  it('what comes late brings no older details', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.trigger(web, 'cpu', { details: { percent: 99 } });
    await s.trigger(web, 'cpu', { details: { percent: 50 }, acceptedAt: s.instant('08:30') });
    const { id } = await s.incident('cpu');
    const [{ details }] = await world.db.query<{ details: object }>('select details from incidents where id = $1', [id]) as [{ details: object }];
    expect(details).toEqual({ percent: 99 });
  });

  it('a reopened incident has its urgency and its targets anew', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { reopenSeconds: 3600, sla: { acknowledgeSeconds: { HIGH: 600 }, resolveSeconds: {} } });
    await s.trigger(web, 'cpu', { severity: 'warning' });
    await s.resolve(web, 'cpu');
    await s.at('09:20');
    await s.trigger(web, 'cpu', { severity: 'critical' });
    await s.at('10:00');
    expect((await s.incident('cpu')).urgency).toBe('HIGH');
    expect((await s.told()).slice(2)).toEqual(['09:20 reopened cpu', '09:28 sla_warning cpu', '09:30 sla_breached cpu']);
  });

  it('one that flaps within its reopen window is the same incident, and is held', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { reopenSeconds: 600, flapping: { changes: 4, seconds: 600 } });
    for (const minute of ['00', '01', '02']) {
      await s.at(`09:${minute}`);
      await s.trigger(web, 'cpu');
      await s.resolve(web, 'cpu');
    }
    await s.at('09:03');
    await s.trigger(web, 'cpu');
    expect([await s.statuses('cpu'), (await s.incidents('cpu')).length]).toEqual([['SUPPRESSED flapping'], 1]);
    await s.at('09:20');
    expect((await s.told()).slice(-1)).toEqual(['09:11 triggered cpu']);
  });
});
