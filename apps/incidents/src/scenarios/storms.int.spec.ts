import { World } from './world.js';

let world: World;
beforeAll(async () => { world = await World.start(); });
afterAll(async () => { await world.stop(); });

describe('storms', () => {
  const FIRST = 'more than 3 incidents opened in the minute from';
  const some = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`);
  /** Storms of a service that is told of three incidents a minute. */
  const begin = async (count: number): Promise<[ReturnType<World['scenario']>, string]> => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { stormPerMinute: 3 });
    await s.flood(web, some('disk', count));
    return [s, web];
  };
  const saysOf = async (s: ReturnType<World['scenario']>) => (await s.notices())
    .map(({ occurredAt, title }) => `${occurredAt.slice(11, 16)} ${title.replaceAll(/\d{4}-\d\d-\d\dT/g, '')}`);

  it('one that goes on for minutes is told up to its limit in each, says how many there are, and nothing of it is lost', async () => {
    const [s, web] = await begin(10);
    for (const minute of ['01', '02']) {
      await s.at(`09:${minute}`);
      await s.flood(web, some(`disk-${minute}`, 10));
    }
    await s.at('09:30');
    const told = await s.told();
    expect(['09:00', '09:01', '09:02'].map((minute) => told.filter((line) => line.startsWith(minute)).length)).toEqual([3, 3, 3]);
    expect(await saysOf(s)).toEqual([
      `09:00 A storm on Web: ${FIRST} 09:00:00Z; further ones are kept and not told one by one`,
      '09:01 The storm on Web goes on: 10 incidents opened since 09:00:00Z, 7 of them kept quiet',
      '09:02 The storm on Web goes on: 20 incidents opened since 09:00:00Z, 14 of them kept quiet',
      '09:04 The storm on Web is over: 30 incidents in 2 minutes from 09:00:00Z, 21 of them not told one by one; 30 of its incidents are open now',
    ]);
    const [{ n }] = await world.db.query<{ n: number }>('select count(*)::int as n from incidents where tenant_id = $1', [s.tenantId]) as [{ n: number }];
    expect(n).toBe(30);
  });

  it('its notices are about one thing and for the same people: one fingerprint, one severity; the next storm is another thing', async () => {
    const [s, web] = await begin(10);
    await s.at('09:01');
    await s.flood(web, some('small', 10), { severity: 'info' });
    await s.at('10:00');
    await s.flood(web, some('again', 4), { severity: 'warning' });
    await s.at('10:30');
    const all = await s.notices();
    expect(all.map(({ eventType, severity, serviceId }) => `${eventType} ${severity} ${serviceId === web}`)).toEqual([
      ...Array.from({ length: 3 }, () => 'incident.storm critical true'),
      'incident.storm_over critical true',
      'incident.storm warning true', 'incident.storm_over warning true',
    ]);
    expect(all.map(({ fingerprint }) => fingerprint)).toEqual([
      ...Array.from({ length: 4 }, () => `storm/${web}/${s.instant('09:00')}`), ...Array.from({ length: 2 }, () => `storm/${web}/${s.instant('10:00')}`)]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(6);
  });

  it('the longer it lasts the less often it is told how many there are: after 1, 2, 4, 8 … minutes, and at least every half hour', async () => {
    const [s, web] = await begin(10);
    for (let minute = 1; minute <= 100; minute += 1) {
      await s.at(`${minute < 60 ? '09' : '10'}:${String(minute % 60).padStart(2, '0')}:10`);
      await s.together(web, ...some(`disk-${minute}`, 4).map((key) => ['trigger', key] as const));
    }
    await s.at('12:00');
    expect((await saysOf(s)).map((line) => line.slice(0, 5))).toEqual([
      '09:00', '09:01', '09:02', '09:04', '09:08', '09:16', '09:32', '10:02', '10:32', '10:42',
    ]);
    expect((await saysOf(s)).at(-1)).toContain('410 incidents in 101 minutes from 09:00:00Z, 107 of them not told one by one; 410 of its');
  });

  it('that it is over says how many are open by then', async () => {
    const [s, web] = await begin(10);
    for (const key of some('disk', 8)) await s.resolve(web, key);
    await s.at('09:10');
    expect((await saysOf(s)).at(-1)).toMatch(/^09:02 The storm on Web is over: 10 incidents in 1 minute from .*; 2 of its incidents are open now$/);
  });

  it('single incidents after it neither prolong it nor count', async () => {
    const [s, web] = await begin(10);
    for (const at of ['09:01:05', '09:01:30', '09:01:55']) {
      await s.at(at);
      await s.trigger(web, `late-${at}`);
    }
    await s.at('09:02');
    expect((await saysOf(s)).at(-1)).toContain('09:02 The storm on Web is over: 10 incidents in 1 minute');
  });

  it('a pause of a minute does not end it, and what opened in the pause counts', async () => {
    const [s, web] = await begin(10);
    await s.at('09:01:30');
    await s.flood(web, some('pause', 2));
    await s.at('09:01:50');
    await s.flood(web, some('on', 8));
    await s.at('09:30');
    expect((await saysOf(s)).slice(1)).toEqual([
      expect.stringContaining('09:01 The storm on Web goes on: 10 incidents'),
      expect.stringContaining('09:02 The storm on Web goes on: 20 incidents opened since 09:00:00Z, 14 of them kept quiet'),
      expect.stringContaining('09:03 The storm on Web is over: 20 incidents in 2 minutes'),
    ]);
  });

  it('one that comes so fast that the clock finds no gap says itself how many there are, and the clock does not say it again', async () => {
    const [s, web] = await begin(10);
    world.clock.set(new Date(s.instant('09:01')));
    await s.flood(web, some('more', 10));
    await s.at('09:01:30');
    expect((await saysOf(s)).slice(1)).toEqual(['09:01 The storm on Web goes on: 14 incidents opened since 09:00:00Z, 8 of them kept quiet']);
    await s.at('09:30');
    expect((await saysOf(s)).slice(2)).toEqual([
      expect.stringContaining('09:02 The storm on Web goes on: 20 incidents'),
      expect.stringContaining('09:03 The storm on Web is over: 20 incidents'),
    ]);
  });

  it('one that ended while nobody was there has an end, also when the next one begins before anybody looks', async () => {
    const [s, web] = await begin(10);
    world.clock.set(new Date(s.instant('09:40')));
    await s.flood(web, some('next', 6));
    await s.at('10:30');
    expect((await saysOf(s)).slice(1)).toEqual([
      '09:40 The storm on Web is over: 10 incidents in 1 minute from 09:00:00Z, 7 of them not told one by one',
      `09:40 A storm on Web: ${FIRST} 09:40:00Z; further ones are kept and not told one by one`,
      expect.stringContaining('09:41 The storm on Web goes on: 6 incidents opened since 09:40:00Z, 3 of them kept quiet'),
      expect.stringContaining('09:42 The storm on Web is over: 6 incidents in 1 minute from 09:40:00Z, 3 of them'),
    ]);
  });

  it('one of a service that has no limit any more, and one of a service that is gone, end all the same', async () => {
    const [s, web] = await begin(10);
    await s.edit('update services set storm_per_minute = null where id = $1', [web]);
    await s.flood(web, some('free', 10));
    await s.at('09:01');
    await s.edit('delete from services where id = $1', [web]);
    await s.at('09:30');
    expect((await saysOf(s)).slice(1)).toEqual([
      expect.stringContaining('09:01 The storm on Web goes on: 10 incidents'),
      expect.stringContaining('09:02 The storm on a deleted service is over: 10 incidents in 1 minute'),
    ]);
  });

  it('a high limit is kept to the incident too: what is counted without a lock while the limit is far is counted', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { stormPerMinute: 200 });
    for (let wave = 0; wave < 20; wave += 1) await s.flood(web, Array.from({ length: 13 }, (_, index) => `disk-${wave}-${index}`));
    expect([(await s.told()).length, (await s.notices()).map(({ eventType }) => eventType)]).toEqual([200, ['incident.storm']]);
    expect(await s.incident('disk-19-12')).toMatchObject({ status: 'SUPPRESSED', quietKind: 'storm' });
    await s.at('09:01');
    await s.flood(web, ['disk-later']);
    expect((await s.told()).length).toBe(201);
    for (let wave = 0; wave < 20; wave += 1) await s.flood(web, some(`on-${wave}`, 13));
    await s.at('09:30');
    expect((await saysOf(s)).slice(1)).toEqual([
      expect.stringContaining('09:01 The storm on Web goes on: 260 incidents opened since 09:00:00Z, 60 of them kept quiet'),
      expect.stringMatching(/^09:02 The storm on Web goes on: 521 incidents opened since 09:00:00Z, 121 of them kept quiet$/),
      expect.stringContaining('09:03 The storm on Web is over: 521 incidents in 1 minute from 09:00:00Z, 121 of them'),
    ]);
  });

  it('is told of though its first incidents are over already', async () => {
    const s = world.scenario('09:00');
    const web = await s.service('Web', { stormPerMinute: 2 });
    for (const key of ['a', 'b']) {
      await s.trigger(web, key);
      await s.resolve(web, key);
    }
    await s.trigger(web, 'c');
    await s.trigger(web, 'd');
    expect([(await s.notices()).length, await s.statuses('c', 'd')]).toEqual([1, ['OPEN', 'SUPPRESSED storm']]);
  });
});
