import type { Matcher } from '../domain/matcher.js';
import type { Applier } from '../store/applier.js';
import { SLICE, Settling } from '../store/settling.js';
import { World } from './world.js';

let world: World;
beforeAll(async () => { world = await World.start(2); });
afterAll(async () => { await world.stop(); });

const CPU: Matcher[] = [{ field: 'dedupKey', operator: '=~', value: 'cpu.*' }];
const critical: Matcher[] = [{ field: 'severity', operator: '=', value: 'critical' }];
const warning: Matcher[] = [{ field: 'severity', operator: '=', value: 'warning' }];

describe('a rule that changes', () => {
  it('a silence that is deleted wakes what it kept quiet, at once, and nothing else', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }] }) });
    const deploy = await s.silence('deploy', CPU, '08:00', '18:00');
    await s.silence('disks', [{ field: 'dedupKey', operator: '=', value: 'disk' }], '08:00', '18:00');
    for (const key of ['cpu-1', 'cpu-2', 'disk']) await s.trigger(web, key);
    await s.at('09:05');
    await s.edit('delete from silences where id = $1', [deploy]);
    await s.at('09:05');
    expect((await s.told()).sort()).toEqual(['09:05 triggered cpu-1', '09:05 triggered cpu-2']);
    expect(await s.pages()).toEqual(['09:05 ada', '09:05 ada']);
    await s.at('09:06');
    expect(await s.incident('disk')).toMatchObject({ status: 'SUPPRESSED', version: 1 });
  });

  it('a new silence quiets what is open and matches; who is on it already is left alone', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 15, page: [s.user('ada')] }], rounds: 9 }) });
    for (const key of ['cpu-1', 'cpu-2', 'disk']) await s.trigger(web, key);
    await s.answers('ada', 'cpu-2', 'acknowledge');
    await s.at('09:05');
    await s.silence('deploy', CPU, '09:00', '10:00');
    await s.at('09:05');
    expect([await s.incident('cpu-1'), await s.incident('cpu-2'), await s.incident('disk')]).toMatchObject([
      { status: 'SUPPRESSED', quietKind: 'silence' }, { status: 'ACKNOWLEDGED' }, { status: 'OPEN', version: 2 },
    ]);
    await s.at('10:00');
    expect((await s.told()).slice(-1)).toEqual(['10:00 unsuppressed cpu-1']);
  });

  it('a silence that is made longer goes on, one that is made shorter ends then, and one that begins later changes nothing yet', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    const id = await s.silence('deploy', CPU, '08:00', '10:00');
    await s.trigger(web, 'cpu');
    await s.edit('update silences set ends_at = $2 where id = $1', [id, s.instant('11:00')]);
    await s.at('10:30');
    expect(await s.told()).toEqual([]);
    await s.edit('update silences set ends_at = $2 where id = $1', [id, s.instant('10:31')]);
    await s.silence('tomorrow', CPU, '+1 09:00', '+1 10:00');
    await s.at('10:45');
    expect(await s.told()).toEqual(['10:31 triggered cpu']);
  });

  it('a maintenance window that is made, given other services and deleted does so to what is open', async () => {
    const s = world.scenario('09:00');
    const [web, shop] = [await s.service('Web'), await s.service('Shop')];
    await s.trigger(web, 'w');
    await s.trigger(shop, 's');
    const id = await s.window('upgrade', [web], '08:00', '12:00', 'daily');
    await s.at('09:01');
    expect([(await s.incident('w')).quietKind, (await s.incident('s')).quietKind]).toEqual(['maintenance', null]);
    await s.edit(`update maintenance_windows set service_ids = $2 where id = $1`, [id, JSON.stringify([shop])]);
    await s.at('09:02');
    expect([(await s.incident('w')).quietKind, (await s.incident('s')).quietKind]).toEqual([null, 'maintenance']);
    await s.edit('delete from maintenance_windows where id = $1', [id]);
    await s.at('09:03');
    expect([(await s.incident('w')).status, (await s.incident('s')).status]).toEqual(['OPEN', 'OPEN']);
  });

  it('so does an inhibition rule, and what a service depends on', async () => {
    const s = world.scenario('09:00');
    const database = await s.service('Database');
    const web = await s.service('Web');
    await s.trigger(database, 'down');
    await s.trigger(web, 'slow', { severity: 'warning' });
    await s.trigger(web, 'errors');
    const rule = await s.inhibition('critical over warning', critical, warning);
    await s.edit('update services set depends_on = $2 where id = $1', [web, JSON.stringify([database])]);
    await s.at('09:01');
    expect([await s.incident('slow'), await s.incident('errors'), await s.incident('down')]).toMatchObject([
      { quietKind: 'inhibited' }, { quietKind: 'inhibited' }, { status: 'OPEN' },
    ]);
    await s.edit(`update services set depends_on = '[]' where id = $1`, [web]);
    await s.at('09:02');
    expect([(await s.incident('slow')).status, (await s.incident('errors')).status]).toEqual(['SUPPRESSED', 'OPEN']);
    await s.edit('delete from inhibition_rules where id = $1', [rule]);
    await s.at('09:03');
    expect((await s.incident('slow')).status).toBe('OPEN');
  });

  it('a grouping that is deleted lets every member speak for itself', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    const rule = await s.grouping('all', [], 10);
    for (const key of ['one', 'two', 'three']) await s.trigger(web, key);
    expect((await s.told()).length).toBe(1);
    await s.edit('delete from grouping_rules where id = $1', [rule]);
    await s.at('09:01');
    expect((await s.told()).map((line) => line.split(' ')[2]).sort()).toEqual(['one', 'three', 'two']);
  });

  it('what flapped is told when that is not looked for any more', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { flapping: { changes: 3, seconds: 3_600 } });
    await s.trigger(web, 'cpu');
    await s.resolve(web, 'cpu');
    await s.trigger(web, 'cpu');
    expect(await s.incident('cpu')).toMatchObject({ quietKind: 'flapping' });
    await s.edit('update services set flapping = null where id = $1', [web]);
    await s.at('09:01');
    expect(await s.incident('cpu')).toMatchObject({ status: 'OPEN' });
  });

  it('more than are looked at in one transaction are told once each, by two replicas at the same time', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    const id = await s.silence('deploy', CPU, '08:00', '18:00');
    const keys = Array.from({ length: 1_100 }, (_, index) => `cpu-${index}`);
    await s.flood(web, keys);
    await s.edit('delete from silences where id = $1', [id]);
    await s.at('09:01');
    expect((await s.told()).sort()).toEqual(keys.map((key) => `09:00 triggered ${key}`).sort());
    expect(await world.db.query('select 1 from rule_changes')).toEqual([]);
  }, 60_000);

  it('where all of a slice takes too long, smaller ones do it', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    const id = await s.silence('deploy', CPU, '08:00', '18:00');
    for (const n of [1, 2, 3, 4, 5]) await s.trigger(web, `cpu-${n}`);
    await world.db.query('delete from silences where id = $1', [id]);
    const open = async (): Promise<number> =>
      (await world.db.query(`select 1 from incidents where tenant_id = $1 and status = 'OPEN'`, [s.tenantId])).length;
    const { settling } = world.replicas[0]!;
    expect(await settling.fireDue(world.clock.now(), 2)).toBe(2);
    expect(await open()).toBe(2);
    for (let slices = 0; slices < 2; slices += 1) await settling.fireDue(world.clock.now(), 2);
    expect(await open()).toBe(5);
    await s.at('09:01');
  });

  it('a change that cannot be worked is put off, and those behind it are not', async () => {
    const [one, other] = [world.scenario('09:00'), world.scenario('09:00')];
    const ids = [await one.silence('a', CPU, '08:00', '10:00'), await other.silence('b', CPU, '08:00', '10:00')];
    const fail = (): never => { throw new Error('broken'); };
    const applier = { apply: async () => fail(), committed: () => undefined } as unknown as Applier;
    const broken = new Settling(world.db, applier, { of: fail, refresh: () => Promise.resolve() });
    await expect(broken.fireDue(world.clock.now(), SLICE)).rejects.toThrow('broken');
    await expect(broken.fireDue(world.clock.now(), SLICE)).rejects.toThrow('broken');
    expect(await broken.fireDue(world.clock.now(), SLICE)).toBe(0);
    expect((await world.db.query<{ rule_id: string }>('select rule_id from rule_changes')).map((row) => row.rule_id).sort()).toEqual(ids.sort());
    await other.at('09:01');
    expect(await world.db.query('select 1 from rule_changes')).toEqual([]);
  });

  it('what a replica decides that has not heard of the change yet is put right seconds later', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    const id = await s.silence('deploy', CPU, '08:00', '18:00');
    await world.db.query('delete from silences where id = $1', [id]);
    await world.replicas[0]!.settling.fireDue(world.clock.now(), SLICE);
    await world.leave(world.replicas[0]!);
    await s.trigger(web, 'cpu');
    expect(await s.incident('cpu')).toMatchObject({ status: 'SUPPRESSED' });
    await s.at('09:00:15');
    expect(await s.told()).toEqual(['09:00:15 triggered cpu']);
  });
});

describe('the policy and its people change', () => {
  it('a policy that is deleted while an incident runs is carried out to its end', async () => {
    const s = world.scenario('09:00');
    const web = await s.paged({}, { acknowledgementMinutes: 30 });
    await s.trigger(web, 'cpu');
    await s.edit('update services set policy_id = null where tenant_id = $1', [s.tenantId]);
    await s.edit('delete from escalation_policies where tenant_id = $1', [s.tenantId]);
    await s.at('09:16');
    await s.trigger(web, 'next');
    expect(await s.pages()).toEqual(['09:00 ada', '09:15 bob']);
  });

  it('a service that is deleted leaves its open incidents to those who are paged for them', async () => {
    const s = world.scenario('09:00');
    const web = await s.paged({}, { acknowledgementMinutes: 30 });
    await s.trigger(web, 'cpu');
    await s.edit('delete from services where id = $1', [web]);
    await s.at('09:16');
    await s.resolve(web, 'cpu');
    expect([await s.pages(), (await s.told()).at(-1)]).toEqual([['09:00 ada', '09:15 bob'], '09:16 resolved cpu']);
  });

  it('everybody who was to be paged was deleted: the fallback hears of it, and goes on hearing', async () => {
    const s = world.scenario('09:00');
    const steps = [{ minutes: 15, page: [s.user('ada')] }, { minutes: 15, page: [s.team('ops')] }];
    const web = await s.service('Web', { policyId: await s.policy({ steps, fallback: [s.channel('all')] }) });
    s.gone('ada');
    s.gone('ops');
    await s.trigger(web, 'cpu');
    await s.at('10:31');
    expect(await s.pages()).toEqual(['09:00 all', '09:15 all', '09:30 all', '10:00 all', '10:30 all']);
  });

  it('nobody at all is there: it does not stop trying, and the first who is there again is paged', async () => {
    const s = world.scenario('09:00');
    const rota = s.schedule('rota', (at) => (at.slice(11, 16) < '11:00' ? [] : ['ada']));
    await s.trigger(await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 15, page: [rota] }] }) }), 'cpu');
    await s.at('11:31');
    expect((await s.pages()).filter((line) => !line.endsWith('nobody'))).toEqual(['11:01 ada', '11:31 ada']);
  });
});
