import type { Scenario } from './scenario.js';
import { World } from './world.js';

let world: World;
beforeAll(async () => { world = await World.start(); });
afterAll(async () => { await world.stop(); });

const WARNINGS = [{ field: 'severity', operator: '=', value: 'warning' }] as const;

/** A service whose incidents page ada, then bob after a quarter of an hour; an acknowledgement ends after half an hour. */
const paged = (s: Scenario, wanted: Parameters<Scenario['paged']>[0] = {}): Promise<string> => s.paged(wanted, { acknowledgementMinutes: 30 });

describe('acknowledged, and something else', () => {
  it('an acknowledged incident is never paged again, whatever it hears', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 5, page: [s.user('ada')] }], rounds: 20 }) });
    await s.trigger(web, 'cpu', { severity: 'warning' });
    await s.at('09:02');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.trigger(web, 'cpu', { severity: 'critical' });
    await s.at('09:30');
    await s.trigger(web, 'cpu');
    await s.answers('bob', 'cpu', 'acknowledge');
    await s.at('+1 09:00');
    expect([await s.pages(), await s.told()]).toEqual([['09:00 ada'], ['09:00 triggered cpu', '09:02 acknowledged cpu', '09:02 updated cpu']]);
  });

  it('acknowledged within a silence and forgotten: when the silence is over it is paged aloud', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.silence('deploy', [], '08:00', '09:10');
    await s.trigger(web, 'cpu');
    await s.at('09:05');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.at('09:40');
    expect(await s.told()).toEqual(['09:35 acknowledgement_timed_out cpu']);
    expect((await s.changes()).filter(({ page, quiet }) => page !== undefined && quiet === undefined)).toHaveLength(1);
    expect(await s.pages()).toEqual(['09:35 ada']);
  });

  it('suppressed, then acknowledged and forgotten: it stays suppressed until its time', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.trigger(web, 'cpu');
    await s.at('09:01');
    await s.does('ada', 'cpu', { kind: 'suppress', until: s.instant('10:00'), reason: 'known' });
    await s.answers('ada', 'cpu', 'acknowledge');
    expect(await s.statuses('cpu')).toEqual(['ACKNOWLEDGED']);
    await s.at('09:40');
    expect(await s.statuses('cpu')).toEqual(['SUPPRESSED manual']);
    await s.at('10:01');
    expect([await s.pages(), await s.told()]).toEqual([['09:00 ada', '10:00 bob'], ['09:00 triggered cpu', '10:00 unsuppressed cpu']]);
  });

  it('the acknowledgement that ends while it is snoozed pages nobody; the snooze begins anew', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.trigger(web, 'cpu');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.at('09:10');
    await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('11:00') });
    await s.at('11:01');
    expect(await s.pages()).toEqual(['09:00 ada', '11:00 ada']);
  });

  it('merged while somebody is on it: un-merging it is possible, and it is still theirs', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.flood(web, ['main', 'cpu']);
    await s.merge('cpu', 'main');
    await s.answers('ada', 'cpu', 'acknowledge');
    expect(await s.does('ada', 'cpu', { kind: 'unmerge' })).toBeUndefined();
    await s.resolve(web, 'main');
    await s.at('09:10');
    expect(await s.statuses('main', 'cpu')).toEqual(['RESOLVED', 'ACKNOWLEDGED']);
  });

  it('the head of a group that somebody is on keeps the others quiet, and so does one that is snoozed', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.grouping('all', [], 60);
    for (const key of ['one', 'two', 'three']) await s.trigger(web, key);
    await s.answers('ada', 'one', 'acknowledge');
    await s.at('09:20');
    await s.does('ada', 'one', { kind: 'snooze', until: s.instant('09:50') });
    await s.at('09:49');
    expect([await s.pages(), await s.statuses('one', 'two', 'three')]).toEqual([['09:00 ada'], ['SNOOZED', 'SUPPRESSED grouped', 'SUPPRESSED grouped']]);
  });
});

describe('snoozed, and something else', () => {
  it('resolved while it is snoozed, it does not come back', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.trigger(web, 'cpu');
    await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('10:00') });
    await s.at('09:30');
    await s.resolve(web, 'cpu');
    await s.at('12:00');
    expect([await s.pages(), await s.told()]).toEqual([['09:00 ada'], ['09:00 triggered cpu', '09:00 snoozed cpu', '09:30 resolved cpu']]);
  });

  it('snoozed within a silence that is over when it wakes, it is paged aloud', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.silence('deploy', [], '08:00', '09:30');
    await s.trigger(web, 'cpu');
    await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('10:00') });
    await s.at('10:16');
    expect([await s.pages(), await s.told()]).toEqual([['10:00 ada', '10:15 bob'], ['10:00 unsnoozed cpu']]);
    expect((await s.changes()).filter(({ page, quiet }) => page !== undefined && quiet !== undefined)).toEqual([]);
  });

  it('a snooze that ends within a silence is told when the silence ends', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.trigger(web, 'cpu');
    await s.does('ada', 'cpu', { kind: 'snooze', until: s.instant('10:00') });
    await s.silence('deploy', [], '09:30', '10:30');
    await s.at('10:29');
    expect([await s.pages(), await s.statuses('cpu')]).toEqual([['09:00 ada'], ['SUPPRESSED silence']]);
    await s.at('10:31');
    expect([await s.pages(), await s.told()]).toEqual([['09:00 ada', '10:30 ada'], ['09:00 triggered cpu', '09:00 snoozed cpu', '10:30 unsuppressed cpu']]);
  });
});

describe('one that gets worse', () => {
  it('outgrows a silence for warnings: it is told and paged, and its targets run', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s, { sla: { acknowledgeSeconds: { MEDIUM: 600 }, resolveSeconds: {} } });
    await s.silence('only warnings', WARNINGS, '08:00', '12:00');
    await s.trigger(web, 'cpu', { severity: 'warning' });
    await s.at('09:30');
    expect(await s.told()).toEqual([]);
    await s.trigger(web, 'cpu', { severity: 'critical' });
    await s.at('09:41');
    expect([await s.pages(), await s.told()]).toEqual([['09:30 ada'], ['09:30 triggered cpu', '09:38 sla_warning cpu', '09:40 sla_breached cpu']]);
  });

  it('and does so after somebody had acknowledged and suppressed it: the escalation goes on', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.trigger(web, 'cpu', { severity: 'warning' });
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.silence('only warnings', WARNINGS, '08:00', '12:00');
    await s.at('09:31');
    expect(await s.statuses('cpu')).toEqual(['SUPPRESSED silence']);
    await s.trigger(web, 'cpu', { severity: 'critical' });
    expect(await s.pages()).toEqual(['09:00 ada', '09:31 bob']);
  });

  it('stays merged', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.trigger(web, 'main');
    await s.trigger(web, 'cpu', { severity: 'warning' });
    await s.merge('cpu', 'main');
    await s.trigger(web, 'cpu', { severity: 'critical' });
    expect(await s.statuses('cpu')).toEqual(['SUPPRESSED merged']);
  });

  it('stays behind the head of its group, also when its details would put it into another', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.grouping('by cluster', ['details.cluster'], 60);
    await s.trigger(web, 'head', { details: { cluster: 'a' } });
    await s.trigger(web, 'cpu', { severity: 'warning', details: { cluster: 'a' } });
    await s.trigger(web, 'cpu', { severity: 'critical', details: { cluster: 'b' } });
    expect([await s.statuses('cpu'), await s.told()]).toEqual([['SUPPRESSED grouped'], ['09:00 triggered head']]);
  });

  it('has the urgency that its service fixed, whatever it says', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Batch', { urgency: 'LOW', sla: { acknowledgeSeconds: { HIGH: 60 }, resolveSeconds: {} } });
    await s.trigger(web, 'cpu', { severity: 'warning' });
    await s.trigger(web, 'cpu', { severity: 'critical' });
    await s.at('10:00');
    expect([(await s.incident('cpu')).urgency, await s.told()]).toEqual(['LOW', ['09:00 triggered cpu', '09:00 updated cpu']]);
  });
});

describe('people and quiet', () => {
  it('whom a person asks in is paged, though the incident is silenced; the next step is nothing to ask for then', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.silence('deploy', [], '08:00', '10:00');
    await s.trigger(web, 'cpu');
    expect(await s.does('ada', 'cpu', { kind: 'escalate', targets: null })).toBe('not_possible');
    expect(await s.does('ada', 'cpu', { kind: 'escalate', targets: [s.user('expert')] })).toBeUndefined();
    expect((await s.changes()).filter(({ quiet }) => quiet === undefined).map(({ page }) => page?.targets)).toEqual([[s.user('expert')]]);
  });

  it('un-merged while a silence holds, it is quiet for that', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.flood(web, ['main', 'cpu']);
    await s.merge('cpu', 'main');
    await s.silence('cpu only', [{ field: 'dedupKey', operator: '=', value: 'cpu' }], '08:00', '10:00');
    await s.does('ada', 'cpu', { kind: 'unmerge' });
    expect(await s.statuses('cpu')).toEqual(['SUPPRESSED silence']);
    await s.at('10:01');
    expect((await s.told()).at(-1)).toBe('10:00 unsuppressed cpu');
  });

  it('what was merged into what was merged ends with the last of them', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.flood(web, ['a', 'b', 'c']);
    await s.merge('a', 'b');
    await s.merge('b', 'c');
    await s.at('09:10');
    await s.resolve(web, 'c');
    await s.at('09:11');
    expect(await s.statuses('a', 'b', 'c')).toEqual(['RESOLVED', 'RESOLVED', 'RESOLVED']);
  });

  it('what was merged into one that is over stays over when that one is reopened, until it hears again itself', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { reopenSeconds: 3600 });
    await s.flood(web, ['main', 'cpu']);
    await s.merge('cpu', 'main');
    await s.resolve(web, 'main');
    await s.at('09:05');
    await s.trigger(web, 'main');
    expect(await s.statuses('main', 'cpu')).toEqual(['OPEN', 'RESOLVED']);
    await s.at('09:06');
    await s.trigger(web, 'cpu');
    expect([await s.statuses('cpu'), (await s.told()).at(-1)]).toEqual([['OPEN'], '09:06 reopened cpu']);
  });
});
