import type { Scenario } from './scenario.js';
import { World } from './world.js';

// What users of other tools were woken for, or not: each story is the one of a public bug report.

let world: World;
beforeAll(async () => { world = await World.start(); });
afterAll(async () => { await world.stop(); });

/** A service whose incidents page ada, then bob after a quarter of an hour. */
function paged(s: Scenario, wanted: Parameters<Scenario['paged']>[0] = {}, acknowledgementMinutes?: number): Promise<string> {
  return s.paged(wanted, { rounds: 3, ...(acknowledgementMinutes === undefined ? {} : { acknowledgementMinutes }) });
}

const OF_CLUSTER_B = [{ field: 'details.cluster', operator: '=', value: 'b' }] as const;

describe('silences', () => {
  it('what had been told and is resolved within a silence is told as resolved', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.trigger(web, 'cpu');
    await s.silence('later', [], '09:05', '10:00');
    await s.at('09:06');
    await s.resolve(web, 'cpu');
    await s.at('10:30');
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:06 resolved cpu']);
    expect(await s.pages()).toEqual(['09:00 ada']);
  });

  it('what flaps within a silence never rings, and rings when it ends open', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.silence('noisy', [], '08:00', '10:00');
    for (const minute of ['01', '02', '03']) {
      await s.at(`09:${minute}`);
      await s.trigger(web, 'cpu');
      if (minute !== '03') await s.resolve(web, 'cpu');
    }
    await s.at('10:01');
    expect([await s.pages(), await s.told()]).toEqual([['10:00 ada'], ['10:00 triggered cpu']]);
  });

  it('what moved away from what is silenced rings', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.silence('moving cluster b', OF_CLUSTER_B, '08:00', '+1 08:00');
    await s.trigger(web, 'disk', { details: { cluster: 'b' } });
    await s.at('09:10');
    await s.trigger(web, 'disk', { details: { cluster: 'a' } });
    await s.at('09:11');
    expect([await s.statuses('disk'), await s.pages()]).toEqual([['OPEN'], ['09:10 ada']]);
  });

  it('what moved into what is silenced rings no more', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.silence('moving cluster b', OF_CLUSTER_B, '08:00', '+1 08:00');
    await s.trigger(web, 'disk', { details: { cluster: 'a' } });
    await s.trigger(web, 'disk', { details: { cluster: 'b' } });
    await s.at('09:20');
    expect([await s.statuses('disk'), await s.pages()]).toEqual([['SUPPRESSED silence'], ['09:00 ada']]);
  });
});

describe('inhibition', () => {
  const quietening = async (s: Scenario): Promise<string> => {
    await s.inhibition('down explains slow', [{ field: 'dedupKey', operator: '=', value: 'down' }], [{ field: 'dedupKey', operator: '=', value: 'slow' }]);
    return paged(s);
  };

  it('source and target that are resolved together: the target never rings', async () => {
    const s = world.scenario('09:00');
    const web = await quietening(s);
    await s.trigger(web, 'down');
    await s.trigger(web, 'slow');
    await s.at('09:05');
    await s.together(web, ['resolve', 'down'], ['resolve', 'slow']);
    await s.at('09:30');
    expect(await s.pages()).toEqual(['09:00 ada']);
    expect((await s.told()).filter((line) => line.includes('slow'))).toEqual([]);
  });

  it('a source that flaps: its target rings once, when what flaps is held', async () => {
    const s = world.scenario('09:00');
    await s.inhibition('down explains slow', [{ field: 'dedupKey', operator: '=', value: 'down' }], [{ field: 'dedupKey', operator: '=', value: 'slow' }]);
    const web = await paged(s, { flapping: { changes: 4, seconds: 3_600 } });
    await s.trigger(web, 'down');
    await s.trigger(web, 'slow');
    for (const minute of ['10', '11', '12', '13', '14']) {
      await s.at(`09:${minute}`);
      await s.resolve(web, 'down');
      await s.trigger(web, 'down');
    }
    await s.at('09:20');
    expect([await s.statuses('down', 'slow'), await s.pages()]).toEqual([['SUPPRESSED flapping', 'OPEN'], ['09:00 ada', '09:10 ada', '09:11 ada']]);
  });

  it('what was told before it was inhibited, and is resolved meanwhile, is told as resolved', async () => {
    const s = world.scenario('09:00');
    const web = await quietening(s);
    await s.trigger(web, 'slow');
    await s.at('09:01');
    await s.trigger(web, 'down');
    await s.at('09:16');
    expect(await s.statuses('slow')).toEqual(['SUPPRESSED inhibited']);
    await s.resolve(web, 'slow');
    await s.resolve(web, 'down');
    expect((await s.told()).filter((line) => line.endsWith('slow'))).toEqual(['09:00 triggered slow', '09:16 resolved slow']);
  });

  it('the target is let go when the source ends by going stale', async () => {
    const s = world.scenario('09:00');
    await s.inhibition('down explains slow', [{ field: 'dedupKey', operator: '=', value: 'down' }], [{ field: 'dedupKey', operator: '=', value: 'slow' }]);
    const probe = await s.service('Probe', { autoResolveSeconds: 600 });
    const web = await paged(s);
    await s.trigger(probe, 'down');
    await s.trigger(web, 'slow');
    await s.at('09:11');
    expect(await s.pages()).toEqual(['09:10 ada']);
  });
});

describe('grouping', () => {
  it('a critical incident is not hidden behind the acknowledged warning that it is grouped with', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.grouping('all', [], 60);
    await s.trigger(web, 'warning', { severity: 'warning' });
    await s.answers('ada', 'warning', 'acknowledge');
    await s.at('09:05');
    await s.trigger(web, 'critical');
    expect([await s.statuses('critical'), await s.pages()]).toEqual([['OPEN'], ['09:00 ada', '09:05 ada']]);
  });

  it('one that gets worse behind its head is told, and what comes is quiet behind it', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.grouping('all', [], 60);
    await s.trigger(web, 'head', { severity: 'warning' });
    await s.trigger(web, 'worse', { severity: 'warning' });
    await s.answers('ada', 'head', 'acknowledge');
    await s.at('09:05');
    await s.trigger(web, 'worse', { severity: 'error' });
    await s.trigger(web, 'later', { severity: 'error' });
    expect([await s.statuses('worse', 'later'), await s.pages()]).toEqual([['OPEN', 'SUPPRESSED grouped'], ['09:00 ada', '09:05 ada']]);
    expect((await s.incident('later')).mutedBy).toBe((await s.incident('worse')).id);
  });

  it('a critical one that is silenced itself takes nobody\'s lead', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.grouping('all', [], 60);
    await s.silence('known', [{ field: 'dedupKey', operator: '=', value: 'known' }], '08:00', '10:00');
    await s.trigger(web, 'head', { severity: 'warning' });
    await s.trigger(web, 'known');
    await s.trigger(web, 'member', { severity: 'warning' });
    expect(await s.statuses('known', 'member')).toEqual(['SUPPRESSED silence', 'SUPPRESSED grouped']);
  });
});

describe('escalation', () => {
  it('one person in three targets of a step is paged once', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 30, page: [s.schedule('a', () => ['ada']), s.schedule('b', () => ['ada', 'bob']), s.user('ada')] }] });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    expect(await s.pages()).toEqual(['09:00 ada, bob']);
  });

  it('an acknowledgement that times out after the last step of the last round still pages', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }], acknowledgementMinutes: 60 });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    await s.at('09:01');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.at('10:35');
    expect(await s.pages()).toEqual(['09:00 ada', '10:01 ada', '10:31 ada']);
  });

  it('who still works on it acknowledges again, and has the whole time once more', async () => {
    const s = world.scenario('09:00');
    await s.trigger(await paged(s, {}, 30), 'cpu');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.at('09:20');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.at('09:49');
    expect(await s.pages()).toEqual(['09:00 ada']);
    await s.at('09:50');
    expect(await s.pages()).toEqual(['09:00 ada', '09:50 bob']);
  });

  it('whoever it is given to hears of it', async () => {
    const s = world.scenario('09:00');
    await s.trigger(await paged(s), 'cpu');
    await s.at('09:02');
    await s.does('ada', 'cpu', { kind: 'reassign', assignee: { type: 'user', id: s.user('eve').id, name: 'eve' }, page: true });
    expect(await s.pages()).toEqual(['09:00 ada', '09:02 eve']);
  });

  it('a schedule whose shift begins while its step is waited for: the next round pages who is there by then', async () => {
    const s = world.scenario('08:50');
    const rota = s.schedule('office', (at) => (at.slice(11, 16) < '09:00' ? [] : ['ada']));
    const policyId = await s.policy({ steps: [{ minutes: 15, page: [rota] }], rounds: 3, fallback: [s.channel('ops')] });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    await s.at('09:06');
    expect(await s.pages()).toEqual(['08:50 ops', '09:05 ada']);
  });

  it('paused by a window at night, it goes on in the morning, also when nobody was there at its end', async () => {
    const s = world.scenario('06:00');
    const web = await paged(s);
    await s.window('night', [web], '05:00', '08:00', 'daily', 'UTC');
    await s.trigger(web, 'cpu');
    await world.leave(world.replicas[0]!);
    world.clock.set(new Date(s.instant('11:30')));
    await world.join();
    await s.at('11:31');
    expect(await s.pages()).toEqual(['11:30 ada']);
  });
});

describe('lifecycle', () => {
  it('what is reopened is snoozed no more: it pages the first step', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s, { reopenSeconds: 3_600 });
    await s.trigger(web, 'cpu');
    await s.at('09:16');
    await s.does('bob', 'cpu', { kind: 'snooze', until: s.instant('12:00') });
    await s.answers('bob', 'cpu', 'resolve');
    await s.at('09:20');
    await s.trigger(web, 'cpu');
    expect([await s.statuses('cpu'), await s.pages()]).toEqual([['OPEN'], ['09:00 ada', '09:15 bob', '09:20 ada']]);
  });

  it('a trigger for what is merged counts there and rings nobody; once it is un-merged it rings', async () => {
    const s = world.scenario('09:00');
    const web = await paged(s);
    await s.flood(web, ['main', 'cpu']);
    await s.at('09:01');
    await s.merge('cpu', 'main');
    await s.answers('ada', 'main', 'acknowledge');
    await s.trigger(web, 'cpu');
    await s.at('09:40');
    expect(await s.pages()).toEqual(['09:00 ada', '09:00 ada']);
    await s.does('ada', 'cpu', { kind: 'unmerge' });
    expect((await s.pages()).slice(2)).toEqual(['09:40 bob']);
  });

  it('an edit of an acknowledged incident neither rings nor lets its acknowledgement run anew', async () => {
    const s = world.scenario('09:00');
    await s.trigger(await paged(s, {}, 30), 'cpu');
    await s.answers('ada', 'cpu', 'acknowledge');
    await s.at('09:20');
    await s.does('ada', 'cpu', { kind: 'edit', priority: 'P1' });
    await s.does('ada', 'cpu', { kind: 'note', text: 'looking' });
    await s.at('09:31');
    expect(await s.pages()).toEqual(['09:00 ada', '09:30 bob']);
  });
});
