import type { Matcher } from '../domain/matcher.js';
import { World } from './world.js';

let world: World;
beforeAll(async () => { world = await World.start(); });
afterAll(async () => { await world.stop(); });

describe('silences and maintenance', () => {
  it('an incident that matches a silence pages nobody and is told to nobody; when the silence ends it is told as if it opened then', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }] }) });
    await s.silence('deploy', [{ field: 'dedupKey', operator: '=~', value: 'cpu.*' }], '08:00', '10:00');
    await s.trigger(web, 'cpu-1');
    expect(await s.incident('cpu-1')).toMatchObject({ status: 'SUPPRESSED', quietKind: 'silence' });
    await s.at('09:59');
    expect([await s.pages(), await s.told()]).toEqual([[], []]);
    await s.at('10:00');
    expect(await s.incident('cpu-1')).toMatchObject({ status: 'OPEN', quietKind: null });
    expect([await s.pages(), await s.told()]).toEqual([['10:00 ada'], ['10:00 triggered cpu-1']]);
  });

  it('one that opens and ends within the silence is never told, and its timeline shows why', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.silence('deploy', [], '08:00', '10:00');
    await s.trigger(web, 'cpu');
    await s.resolve(web, 'cpu');
    await s.at('11:00');
    expect(await s.told()).toEqual([]);
    expect(await s.timeline('cpu')).toEqual(['triggered', 'resolved']);
    expect((await s.changes()).map(({ quiet }) => quiet?.name)).toEqual(['deploy', 'deploy']);
  });

  it('what was told before the silence began is quiet until it ends, and its end is told', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }], rounds: 9 }) });
    await s.trigger(web, 'cpu');
    await s.silence('later', [], '09:10', '09:40');
    await s.at('09:39');
    expect(await s.pages()).toEqual(['09:00 ada']);
    await s.at('09:41');
    expect(await s.pages()).toEqual(['09:00 ada', '09:40 ada']);
    await s.resolve(web, 'cpu');
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:40 unsuppressed cpu', '09:41 resolved cpu']);
  });

  it('holds before the first event after a start', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.silence('deploy', [], '08:00', '10:00');
    const fresh = await world.join();
    expect(fresh.rules.of(s.tenantId).silences).toHaveLength(1);
    await world.leave(fresh);
    await s.trigger(web, 'cpu');
    expect(await s.told()).toEqual([]);
  });

  it('a weekly window holds at the same time of its clock, whatever daylight saving does', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.window('backup', [web], '02:00', '03:00', 'daily', 'Europe/Berlin');
    await s.at('+1 02:30');
    await s.trigger(web, 'cpu');
    expect(await s.incident('cpu')).toMatchObject({ status: 'SUPPRESSED', quietKind: 'maintenance' });
    await s.at('+1 03:00');
    expect(await s.told()).toEqual(['+1 03:00 triggered cpu']);
  });
});

describe('many that are one', () => {
  it('incidents of a group are one for those who are told; when the head is over the next one is told', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }] }) });
    await s.grouping('by cluster', ['details.cluster'], 10);
    for (const [minute, key] of ['a1', 'a2', 'a3'].entries()) {
      await s.at(`09:0${minute}`);
      await s.trigger(web, key, { details: { cluster: 'a' } });
    }
    await s.trigger(web, 'b1', { details: { cluster: 'b' } });
    expect(await s.told()).toEqual(['09:00 triggered a1', '09:02 triggered b1']);
    expect(await s.incident('a2')).toMatchObject({ status: 'SUPPRESSED', quietKind: 'grouped', mutedBy: (await s.incident('a1')).id });
    await s.at('09:05');
    await s.resolve(web, 'a1');
    await s.at('09:06');
    expect((await s.told()).slice(2)).toEqual(['09:05 resolved a1', '09:05 triggered a2']);
    expect(await s.incident('a3')).toMatchObject({ status: 'SUPPRESSED', mutedBy: (await s.incident('a2')).id });
    expect(await s.pages()).toEqual(['09:00 ada', '09:02 ada', '09:05 ada']);
  });

  it('after the window a new group begins', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.grouping('all', [], 10);
    await s.trigger(web, 'one');
    await s.at('09:11');
    await s.trigger(web, 'two');
    expect(await s.told()).toEqual(['09:00 triggered one', '09:11 triggered two']);
  });

  it('a flood on a service is told up to its limit; the rest is kept, each with its events, and comes up when what stands for it is over', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { stormPerMinute: 5 });
    await s.flood(web, Array.from({ length: 40 }, (_, index) => `disk-${String(index).padStart(2, '0')}`));
    const loud = (await s.told()).map((line) => line.slice('09:00 triggered '.length));
    const quiet = Array.from({ length: 40 }, (_, index) => `disk-${String(index).padStart(2, '0')}`).filter((key) => !loud.includes(key));
    expect([loud.length, quiet.length]).toEqual([5, 35]);
    expect(await s.incident(quiet[34]!)).toMatchObject({ status: 'SUPPRESSED', quietKind: 'storm', eventCount: 1 });
    expect((await s.notices()).map(({ eventType }) => eventType)).toEqual(['incident.storm']);
    await s.at('09:30');
    await s.resolve(web, loud[0]!);
    await s.at('09:31');
    expect((await s.told()).slice(5)).toEqual([`09:30 resolved ${loud[0]}`, expect.stringMatching(/^09:30 triggered disk-/)]);
  });

  it('an incident of what others depend on keeps theirs quiet', async () => {
    const s = world.scenario('09:00');
    const database = await s.service('Database');
    const web = await s.service('Web', { dependsOn: [database] });
    await s.trigger(database, 'down');
    await s.trigger(web, 'errors');
    expect(await s.incident('errors')).toMatchObject({ status: 'SUPPRESSED', quietKind: 'inhibited' });
    await s.at('09:10');
    await s.resolve(database, 'down');
    await s.at('09:11');
    expect(await s.told()).toEqual(['09:00 triggered down', '09:10 resolved down', '09:10 triggered errors']);
  });

  it('an inhibition rule asks for equal fields, and does not hold for the source itself', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    const ofSeverity = (value: string): Matcher[] => [{ field: 'severity', operator: '=', value }];
    await s.inhibition('critical over warning', ofSeverity('critical'), ofSeverity('warning'), ['details.host']);
    await s.trigger(web, 'a-critical', { details: { host: 'a' } });
    await s.trigger(web, 'a-warning', { severity: 'warning', details: { host: 'a' } });
    await s.trigger(web, 'b-warning', { severity: 'warning', details: { host: 'b' } });
    expect(await s.told()).toEqual(['09:00 triggered a-critical', '09:00 triggered b-warning']);
  });

  it('what incidents lack is nothing that they have in common: neither a group nor an inhibition hides them', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.grouping('by cluster', ['details.cluster', 'serviceId'], 10);
    await s.inhibition('down over the rest', [{ field: 'dedupKey', operator: '=~', value: '.*down' }], [], ['details.host']);
    await s.trigger(web, 'down');
    await s.trigger(web, 'heartbeat');
    await s.trigger(web, 'certificate');
    expect(await s.told()).toEqual(['09:00 triggered down', '09:00 triggered heartbeat', '09:00 triggered certificate']);
    await s.trigger(web, 'disk', { details: { cluster: 'a' } });
    await s.trigger(web, 'memory', { details: { cluster: 'a' } });
    expect(await s.statuses('disk', 'memory')).toEqual(['OPEN', 'SUPPRESSED grouped']);
  });

  it('what flaps is told of once, held, and told again when it is calm and still open', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { flapping: { changes: 4, seconds: 600 } });
    for (const minute of ['00', '01', '02']) {
      await s.at(`09:${minute}`);
      await s.trigger(web, 'cpu');
      if (minute !== '02') await s.resolve(web, 'cpu');
    }
    expect(await s.incident('cpu')).toMatchObject({ status: 'SUPPRESSED', quietKind: 'flapping' });
    expect((await s.notices()).map(({ eventType }) => eventType)).toEqual(['incident.flapping']);
    await s.at('09:30');
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:00 resolved cpu', '09:01 triggered cpu', '09:01 resolved cpu', '09:10 triggered cpu']);
  });

  it('merged incidents are quiet and end with the one that they were merged into; an un-merged one speaks for itself', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.flood(web, ['main', 'other', 'third']);
    const main = await s.incident('main');
    await s.at('09:01');
    await s.does('ada', 'other', { kind: 'merge', into: { id: main.id, number: main.number } });
    await s.does('ada', 'third', { kind: 'merge', into: { id: main.id, number: main.number } });
    await s.does('ada', 'third', { kind: 'unmerge' });
    expect(await s.incident('third')).toMatchObject({ status: 'OPEN' });
    await s.at('09:05');
    await s.answers('ada', 'main', 'resolve');
    await s.at('09:06');
    expect([(await s.incident('other')).status, (await s.incident('third')).status]).toEqual(['RESOLVED', 'OPEN']);
  });
});
