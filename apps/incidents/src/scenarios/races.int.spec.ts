import { World } from './world.js';

let world: World;
beforeAll(async () => { world = await World.start(2); });
afterAll(async () => { await world.stop(); });

describe('killed at any moment', () => {
  it('an escalation goes on at every step when the replica that carries it out loses its connection before the commit, and nobody is paged twice', async () => {
    const s = world.scenario('09:00');
    const names = ['ada', 'bob', 'eve', 'joe'];
    const web = await s.service('Web', { policyId: await s.policy({ steps: names.map((name) => ({ minutes: 10, page: [s.user(name)] })) }) });
    await s.trigger(web, 'cpu');
    const { id } = await s.incident('cpu');
    const [first, second] = world.replicas;
    await s.at('09:09');
    for (const minute of ['09:10', '09:20', '09:30']) {
      world.clock.set(new Date(s.instant(minute)));
      await world.whileHeld('select 1 from incidents where id = $1', [id], async () => {
        const killed = first!.clockwork.fireDue(world.clock.now(), 100).then(() => 'done', () => 'killed');
        await world.waiting(1);
        expect(await second!.clockwork.fireDue(world.clock.now(), 100)).toBe(0);
        await world.cut();
        expect(await killed).toBe('killed');
      });
      await s.at(minute);
    }
    expect(await s.pages()).toEqual(['09:00 ada', '09:10 bob', '09:20 eve', '09:30 joe']);
    expect((await s.changes()).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
  });

  it('what fell due while nobody was there is carried out once, when the first replica is back', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({
      steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }, { minutes: 10, page: [s.user('eve')] }],
    });
    const web = await s.service('Web', { policyId });
    await s.trigger(web, 'cpu');
    await Promise.all([...world.replicas].map((replica) => world.leave(replica)));
    world.clock.set(new Date(s.instant('11:00')));
    await world.join();
    await world.join();
    await s.at('11:10');
    expect(await s.pages()).toEqual(['09:00 ada', '11:00 bob', '11:10 eve']);
  });

  it('a page that reached nobody is passed over once, whoever is killed before the commit, and by an answer in the same moment not at all', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: ['ada', 'bob'].map((name) => ({ minutes: 10, page: [s.user(name)] })) });
    await s.trigger(await s.service('Web', { policyId }), 'cpu');
    const { id } = await s.incident('cpu');
    const report = await s.unreached('cpu');
    let taken = Promise.resolve();
    await world.whileHeld('select 1 from incidents where id = $1', [id], async () => {
      taken = world.report(report);
      await world.waiting(1);
      await world.cut();
    });
    await taken;
    const paged = ['09:00 ada', '09:00 nobody', '09:00 bob'];
    expect(await s.pages()).toEqual(paged);
    const second = await s.unreached('cpu');
    await world.whileHeld('select 1 from incidents where id = $1', [id], async () => {
      const answered = s.answers('bob', 'cpu', 'acknowledge');
      await world.waiting(1);
      taken = Promise.all([answered, world.report(second)]).then(() => undefined);
      await world.waiting(2);
    });
    await taken;
    expect(await s.statuses('cpu')).toEqual(['ACKNOWLEDGED']);
    expect(await s.pages()).toEqual(paged);
  });

  it('a storm says how big it is and that it is over once, whoever of the replicas is killed before the commit', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { stormPerMinute: 2 });
    await s.flood(web, ['a', 'b', 'c', 'd', 'e']);
    const [first, second] = world.replicas;
    await s.at('09:00:59');
    for (const minute of ['09:01', '09:02']) {
      world.clock.set(new Date(s.instant(minute)));
      await world.whileUnwritten('incident_groups', async () => {
        const killed = first!.storms.fireDue(world.clock.now()).then(() => 'done', () => 'killed');
        await world.waiting(1);
        expect(await second!.storms.fireDue(world.clock.now())).toBe(0);
        await world.cut();
        expect(await killed).toBe('killed');
      });
      await s.at(minute);
    }
    await s.at('09:30');
    expect((await s.notices()).map(({ occurredAt, eventType }) => `${occurredAt.slice(11, 16)} ${eventType}`)).toEqual([
      '09:00 incident.storm',
      '09:01 incident.storm',
      '09:02 incident.storm_over',
    ]);
  });

  it('an event that the stream delivers twice pages once', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await s.policy({ steps: [{ minutes: 10, page: [s.user('ada')] }] }) });
    await s.again('trigger', web, 'cpu');
    expect([await s.pages(), (await s.incident('cpu')).eventCount]).toEqual([['09:00 ada'], 1]);
  });
});

describe('at the same moment', () => {
  const policyOf = (s: ReturnType<World['scenario']>) => s.policy({
    steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }], rounds: 3,
  });

  it('an acknowledgement that is being stored when a page is due stops it', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await policyOf(s) });
    await s.trigger(web, 'cpu');
    await s.at('09:09');
    world.clock.set(new Date(s.instant('09:10')));
    await world.whileHeld('select 1 from incidents where id = $1', [(await s.incident('cpu')).id], async () => {
      await s.send('acknowledge', web, 'cpu');
      await world.waiting(1);
      expect(await world.replicas[0]!.clockwork.fireDue(world.clock.now(), 100)).toBe(0);
    });
    await s.takenIn();
    await s.at('12:00');
    expect(await s.pages()).toEqual(['09:00 ada']);
  });

  it('one that comes while the page is being stored follows it, and is the last word', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { policyId: await policyOf(s) });
    await s.trigger(web, 'cpu');
    await s.at('09:09');
    world.clock.set(new Date(s.instant('09:10')));
    let fired: Promise<number> | undefined;
    await world.whileHeld('select 1 from incidents where id = $1', [(await s.incident('cpu')).id], async () => {
      fired = world.replicas[0]!.clockwork.fireDue(world.clock.now(), 100);
      await world.waiting(1);
      await s.send('acknowledge', web, 'cpu');
      await world.waiting(2);
    });
    await Promise.all([fired, s.takenIn()]);
    await s.at('12:00');
    expect((await s.changes()).map(({ change, version }) => `${version} ${change}`)).toEqual(['1 triggered', '2 escalated', '3 escalated', '4 acknowledged']);
  });

  it('a member of a group that repeats while its head is resolved is told all the same', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    const rule = await s.grouping('all', [], 10);
    await s.trigger(web, 'head');
    await s.trigger(web, 'member');
    world.clock.set(new Date(s.instant('09:01')));
    // The repeat has read its incident, and waits for the group.
    await world.whileHeld('select 1 from incident_groups where tenant_id = $1 and key like $2', [s.tenantId, `group/${rule}/%`], async () => {
      await s.send('trigger', web, 'member', { severity: 'critical' });
      await world.waiting(1);
      await s.answers('ada', 'head', 'resolve');
    });
    await s.takenIn();
    await s.at('09:02');
    expect(await s.told()).toEqual(['09:00 triggered head', '09:01 resolved head', '09:01 triggered member']);
  });

  it('one that is born behind a head that is being resolved is told seconds later', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.grouping('all', [], 10);
    await s.trigger(web, 'head');
    world.clock.set(new Date(s.instant('09:01')));
    await world.whileHeld('select 1 from incident_numbers where tenant_id = $1', [s.tenantId], async () => {
      await s.send('trigger', web, 'member');
      await world.waiting(1);
      await s.answers('ada', 'head', 'resolve');
    });
    await s.takenIn();
    expect(await s.statuses('member')).toEqual(['SUPPRESSED grouped']);
    await s.at('09:02');
    expect(await s.told()).toEqual(['09:00 triggered head', '09:01 resolved head', '09:01:05 triggered member']);
  });

  it('a head that opens and ends in the same batch as its member leaves the member to be told', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.grouping('all', [], 10);
    await s.together(web, ['trigger', 'head'], ['trigger', 'member'], ['resolve', 'head']);
    await s.at('09:01');
    expect(await s.told()).toEqual(['09:00 triggered head', '09:00 resolved head', '09:00 triggered member']);
  });

  it('a trigger and a resolve in one batch go on with the incident that may be reopened', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { reopenSeconds: 600 });
    await s.trigger(web, 'cpu');
    await s.resolve(web, 'cpu');
    await s.at('09:05');
    await s.together(web, ['trigger', 'cpu'], ['resolve', 'cpu']);
    expect(await s.told()).toEqual(['09:00 triggered cpu', '09:00 resolved cpu', '09:05 reopened cpu', '09:05 resolved cpu']);
  });

  it('two replicas that look at the same time at two services that depend on each other do not silence both for good', async () => {
    const s = world.scenario('09:00');
    const [one, two] = [await s.service('One'), await s.service('Two')];
    await s.trigger(one, 'one');
    await s.trigger(two, 'two');
    await s.edit(
      'update services set depends_on = case when id = $1 then $4::jsonb else $3::jsonb end where id in ($1, $2)',
      [one, two, JSON.stringify([one]), JSON.stringify([two])],
    );
    const ids = [(await s.incident('one')).id, (await s.incident('two')).id];
    // Due before anything else, one after the other.
    for (const [index, id] of ids.entries()) await world.db.query('update incidents set due_at = $2 where id = $1', [id, `2000-01-01T00:00:0${index}Z`]);
    const looks: Promise<number>[] = [];
    await world.whileHeld('select 1 from incidents where id = any($1::uuid[])', [ids], async () => {
      for (const [index, replica] of world.replicas.entries()) {
        looks.push(replica.clockwork.fireDue(world.clock.now(), index + 1));
        await world.waiting(index + 1);
      }
    });
    await Promise.all(looks);
    expect(await s.statuses('one', 'two')).toEqual(['SUPPRESSED inhibited', 'SUPPRESSED inhibited']);
    await s.at('09:02');
    expect((await s.statuses('one', 'two')).toSorted()).toEqual(['OPEN', 'SUPPRESSED inhibited']);
  });
});

describe('what cannot be decided, and clocks', () => {
  it('an incident whose plan cannot be carried out holds up nobody else', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }] });
    const web = await s.service('Web', { policyId });
    await s.trigger(web, 'broken');
    await s.trigger(web, 'whole');
    await world.db.query(`update incidents set plan = jsonb_set(plan, '{escalation,step}', '7') where id = $1`, [(await s.incident('broken')).id]);
    await s.at('09:09');
    world.clock.set(new Date(s.instant('09:10')));
    for (const replica of world.replicas) await replica.clockwork.fireDue(world.clock.now(), 100);
    expect(await s.pages()).toEqual(['09:00 ada', '09:00 ada', '09:10 bob']);
    expect((await s.incident('broken')).dueAt?.toISOString()).toBe(s.instant('09:11'));
    await s.resolve(web, 'broken');
  });

  it('a clock that goes back pages nobody again', async () => {
    const s = world.scenario('09:00');
    const policyId = await s.policy({ steps: [{ minutes: 10, page: [s.user('ada')] }, { minutes: 10, page: [s.user('bob')] }] });
    const web = await s.service('Web', { policyId });
    await s.trigger(web, 'cpu');
    await s.at('09:11');
    await s.at('09:05');
    await s.at('09:12');
    expect(await s.pages()).toEqual(['09:00 ada', '09:10 bob']);
  });

  it('a person ends what the person sees, though the clock of the gateway is ahead', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web');
    await s.trigger(web, 'cpu', { acceptedAt: s.instant('09:01') });
    await s.answers('ada', 'cpu', 'resolve');
    expect(await s.statuses('cpu')).toEqual(['RESOLVED']);
  });
});
