import { AUDIT, memberKey, newId, subjects } from '@signalbox/contracts';
import { directoryMessage } from '@signalbox/messaging';
import { Stage, eventually } from '@signalbox/testing';
import ICAL from 'ical.js';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

let stage: Stage;
let tenantId: string;
let ada: string;
let bob: string;
let team: string;
/** What the owner of the directory knows, by key. */
const known = new Map<string, object>();

beforeAll(async () => {
  stage = await Stage.set(service, schema);
  for (const kind of ['members', 'teams'] as const) await stage.answer(kind, (key) => known.get(key));
  await stage.start();
});
afterAll(() => stage.stop());
beforeEach(() => {
  tenantId = newId();
  [ada, bob, team] = [person('Ada'), person('Bob'), newId()];
  known.set(team, { id: team, tenantId, name: 'Web', memberIds: [ada] });
});

function person(name: string, tenant = tenantId): string {
  const userId = newId();
  known.set(memberKey(tenant, userId), { tenantId: tenant, userId, name, email: 'a@example.com', timeZone: 'UTC', role: 'viewer' });
  return userId;
}
async function leaves(userId: string): Promise<void> {
  const { subject, body } = directoryMessage('members', memberKey(tenantId, userId), 2, null);
  await stage.bus.publish(subject, body);
}

/** As much of any answer as the tests look at. */
interface Body {
  readonly id: string;
  readonly name: string;
  readonly nextCursor: string | null;
  readonly data: readonly Body[];
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly entries: readonly object[];
  readonly layers: readonly object[];
  readonly schedule: { readonly id: string };
  readonly user: object | null;
  readonly replacesUserId: string | null;
  readonly url: string;
}

interface Called { body?: unknown; tenant?: string; role?: 'viewer' | 'editor'; headers?: Record<string, string> }
const call = (method: string, path: string, { tenant = tenantId, role = 'editor', ...as }: Called = {}) =>
  stage.call<Body>(method, `/api/v1${path}`, { tenantId: tenant, role, ...as });
const layer = (users: string[], more: object = {}) => ({
  id: 'main', name: 'Main', users, rotation: { type: 'daily', length: 1, handOffTime: '09:00' }, startsAt: '2026-03-01T09:00', ...more,
});
const berlin = (more: object = {}) => ({ name: 'Web', timeZone: 'Europe/Berlin', layers: [layer([ada, bob])], ...more });
const made = async (more: object = {}): Promise<string> => (await call('POST', '/schedules', { body: berlin(more) })).body.id;
const faultsOf = async (path: string, body: unknown): Promise<string[]> => {
  const answer = await call('POST', path, { body });
  return [String(answer.status), ...answer.body.errors.map((fault) => fault.path)];
};

describe('a schedule', () => {
  it('is made, read, listed, changed and deleted, each change audited', async () => {
    const nights = layer([ada.toUpperCase()], { id: undefined, restrictions: [{ from: '22:00', to: '06:00' }] });
    const created = await call('POST', '/schedules', { body: berlin({ description: 'the shop', teamId: team, layers: [nights] }) });
    expect(created).toMatchObject({
      status: 201,
      body: {
        name: 'Web', timeZone: 'Europe/Berlin', description: 'the shop', teamId: team, version: 1,
        layers: [{ users: [ada], restrictions: [{ from: '22:00', to: '06:00' }] }],
      },
    });
    const path = `/schedules/${created.body.id}`;
    expect((await call('GET', path)).body).toEqual(created.body);
    expect((await call('GET', path)).headers.get('etag')).toBe('"1"');
    expect(await call('PATCH', path, { body: { name: 'Shop', teamId: null }, headers: { 'if-match': '"1"' } }))
      .toMatchObject({ status: 200, body: { name: 'Shop', teamId: null, version: 2, layers: created.body.layers } });
    expect((await call('PATCH', path, { body: { name: 'Late' }, headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await call('DELETE', path, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    await made({ name: 'Another' });
    const first = (await call('GET', '/schedules?limit=1')).body;
    expect([first.data[0]!.name, (await call('GET', `/schedules?limit=1&cursor=${first.nextCursor}`)).body.data[0]!.name]).toEqual(['Another', 'Shop']);
    expect((await call('POST', '/schedules', { body: berlin({ name: 'SHOP' }) })).status).toBe(409);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    const audited = async (): Promise<string[]> =>
      (await stage.stored(AUDIT, subjects.audit(tenantId)))
        .filter(({ resourceId }) => resourceId === created.body.id)
        .map(({ action, resource }) => `${action} ${resource}`);
    await eventually(async () => (await audited()).length >= 3, { describe: 'the audit entries' });
    expect((await audited()).sort()).toEqual(['create schedules', 'delete schedules', 'update schedules']);
  });

  it('of bad input tells every field', async () => {
    const wrong = layer([ada], {
      rotation: { type: 'weekly', length: 0, handOffTime: '9:00' }, startsAt: '2026-02-30T09:00',
      restrictions: [{ weekdays: ['sunday', 'sunday'], from: '25:00', to: '06:00' }], odd: 1,
    });
    expect((await faultsOf('/schedules', { name: '', timeZone: '+01:00', layers: [wrong], more: 1 })).sort()).toEqual([
      '400', 'layers[0].odd', 'layers[0].restrictions[0].from', 'layers[0].restrictions[0].weekdays',
      'layers[0].rotation.handOffTime', 'layers[0].rotation.length', 'layers[0].startsAt', 'more', 'name', 'timeZone',
    ]);
    const together = [
      layer([ada], { rotation: { type: 'weekly', length: 53, handOffTime: '09:00' } }),
      layer([ada], {
        endsAt: '2026-03-01T08:00Z', rotation: { type: 'daily', length: 1, handOffTime: '09:00', handOffWeekday: 'monday' },
      }),
    ];
    expect(await faultsOf('/schedules', berlin({ layers: together }))).toEqual([
      '400', 'layers[0].rotation.length', 'layers[0].rotation.handOffWeekday', 'layers[1].rotation.handOffWeekday', 'layers[1].id',
      'layers[1].endsAt',
    ]);
    expect(await faultsOf('/schedules', berlin({ layers: [layer([ada, person('Eve', newId())])] }))).toEqual(['400', 'layers[0].users[1]']);
    expect(await faultsOf('/schedules', berlin({ teamId: newId() }))).toEqual(['400', 'teamId']);
    const id = await made({ layers: [layer([ada], { startsAt: '2026-03-01T09:00', endsAt: '2026-03-01T09:30+01:00' })] });
    expect((await call('PATCH', `/schedules/${id}`, { body: { timeZone: 'America/New_York' } })).body.errors)
      .toEqual([{ path: 'layers[0].endsAt', message: 'must be after startsAt' }]);
    for (const body of [{ name: null, layers: null, timeZone: null }, {}]) expect((await call('PATCH', `/schedules/${id}`, { body })).status).toBe(200);
  });

  it("is another tenant's 404, and a viewer's to read", async () => {
    const id = await made();
    const noon = { userId: bob, startsAt: '2026-03-02T09:00', endsAt: '2026-03-02T12:00' };
    const { body: override } = await call('POST', `/schedules/${id}/overrides`, { body: noon });
    const path = `/schedules/${id}`;
    const paths = [path, `${path}/on-call`, `${path}/final`, `${path}/overrides`, `${path}/overrides/${override.id}`];
    for (const path of paths) {
      expect([path, (await call('GET', path, { tenant: newId() })).status]).toEqual([path, 404]);
      expect([path, (await call('GET', path, { role: 'viewer' })).status]).toEqual([path, 200]);
    }
    expect((await call('GET', `/schedules/${await made({ name: 'Other' })}/overrides/${override.id}`)).status).toBe(404);
    expect((await call('POST', '/schedules', { body: berlin({ name: 'x' }), role: 'viewer' })).status).toBe(403);
  });
});

describe('who is on call', () => {
  it('is told for any time, with who is next, and for all schedules now', async () => {
    const id = await made();
    expect((await call('GET', `/schedules/${id}/on-call?at=2026-03-29T12:00`)).body).toEqual({
      schedule: { id, name: 'Web' }, user: { id: ada, name: 'Ada' },
      layerId: 'main', overrideId: null, absentUserId: null,
      next: { at: '2026-03-30T07:00:00.000Z', user: { id: bob, name: 'Bob' } },
    });
    const empty = await made({ name: 'Empty', layers: [] });
    const { data } = (await call('GET', '/on-call')).body;
    expect(data.map((one) => [one.schedule.id, one.user === null])).toEqual([[empty, true], [id, false]]);
    expect((await call('GET', '/on-call?limit=1')).body.nextCursor).not.toBeNull();
  });

  it('throughout a window: overrides and swaps, gaps apart, the share that is covered', async () => {
    const id = await made({ layers: [layer([ada, bob], { restrictions: [{ from: '09:00', to: '21:00' }] })] });
    const swap = await call('POST', `/schedules/${id}/overrides`, {
      body: { userId: bob, replacesUserId: ada, startsAt: '2026-03-01T00:00', endsAt: '2026-03-01T12:00' },
    });
    const final = (await call('GET', `/schedules/${id}/final?from=2026-03-01T09:00&to=2026-03-02T09:00`)).body;
    expect(final).toEqual({
      from: '2026-03-01T08:00:00.000Z', to: '2026-03-02T08:00:00.000Z', coverage: 0.5,
      entries: [
        { from: '2026-03-01T08:00:00.000Z', to: '2026-03-01T11:00:00.000Z', userId: bob, layerId: null, overrideId: swap.body.id, absentUserId: null },
        { from: '2026-03-01T11:00:00.000Z', to: '2026-03-01T20:00:00.000Z', userId: ada, layerId: 'main', overrideId: null, absentUserId: null },
        { from: '2026-03-01T20:00:00.000Z', to: '2026-03-02T08:00:00.000Z', userId: null, layerId: null, overrideId: null, absentUserId: null },
      ],
      gaps: [{ from: '2026-03-01T20:00:00.000Z', to: '2026-03-02T08:00:00.000Z', absentUserId: null }],
      users: [{ id: bob, name: 'Bob' }, { id: ada, name: 'Ada' }],
    });
    const day = { timeZone: 'Europe/Berlin', layers: [layer([ada])], from: '2026-03-01T09:00', to: '2026-03-02T09:00' };
    const again = await call('POST', '/schedules/preview', { body: day, role: 'viewer' });
    expect(again).toMatchObject({
      status: 200,
      body: { coverage: 1, gaps: [], entries: [{ userId: ada, from: '2026-03-01T08:00:00.000Z', to: '2026-03-02T08:00:00.000Z' }] },
    });
    expect((await call('GET', `/schedules/${id}/final`)).body.entries.length).toBeGreaterThan(20);
  });

  it('refuses windows that are empty, longer than a year, no moments or too full', async () => {
    const id = await made({ layers: [layer([ada, bob], { rotation: { type: 'custom', length: 1, handOffTime: '00:00' } })] });
    for (const [query, path] of [
      ['from=2026-03-02T00:00Z&to=2026-03-01T00:00Z', 'to'], ['from=2026-01-01T00:00Z&to=2027-02-01T00:00Z', 'to'],
      ['from=today', 'from'], ['at=2026-01-01', 'at'],
    ]) {
      expect((await call('GET', `/schedules/${id}/final?${query}`)).body.errors[0]!.path).toBe(path);
    }
    expect((await call('GET', `/schedules/${id}/final?from=2026-04-01T00:00Z&to=2027-04-01T00:00Z`)).body.entries).toHaveLength(8760);
    const halves = Array.from({ length: 20 }, (_, n) => ({ from: `${String(n).padStart(2, '0')}:00`, to: `${String(n).padStart(2, '0')}:30` }));
    const layers = [layer([ada, bob], { restrictions: halves })];
    const full = { timeZone: 'UTC', from: '2026-04-01T00:00Z', to: '2027-04-01T00:00Z', layers };
    expect((await call('POST', '/schedules/preview', { body: full })).body.errors[0]!.path).toBe('to');
  });

  it("a person who left is a gap that names them, until somebody takes over their time", async () => {
    const id = await made();
    const at = `/schedules/${id}/on-call?at=2026-03-02T12:00`;
    expect((await call('GET', at)).body.user).toEqual({ id: bob, name: 'Bob' });
    await leaves(bob);
    await eventually(async () => (await call('GET', at)).body.user === null, { describe: 'the gap' });
    expect((await call('GET', at)).body).toMatchObject({ absentUserId: bob, layerId: 'main', next: { user: { id: ada } } });
    expect((await call('GET', `/schedules/${id}/final?from=2026-03-02T09:00&to=2026-03-03T09:00`)).body)
      .toMatchObject({ coverage: 0, gaps: [{ absentUserId: bob }], users: [{ id: bob, name: null }] });
    const swap = { userId: ada, replacesUserId: bob, startsAt: '2026-03-02T09:00', endsAt: '2026-03-03T09:00' };
    expect((await call('POST', `/schedules/${id}/overrides`, { body: swap })).status).toBe(201);
    expect((await call('GET', at)).body.user).toEqual({ id: ada, name: 'Ada' });
    expect((await call('PATCH', `/schedules/${id}`, { body: { layers: [layer([bob])] } })).body.errors[0]!.path).toBe('layers[0].users[0]');
  });
});

describe('an override', () => {
  it('is made, listed by time, changed, and deleted with its schedule', async () => {
    const id = await made();
    const path = `/schedules/${id}/overrides`;
    const created = await call('POST', path, { body: { userId: ada, startsAt: '2026-03-29T01:00', endsAt: '2026-03-29T02:30' } });
    // 02:30 does not exist that night: the first time that does is 03:00.
    expect(created).toMatchObject({
      status: 201,
      body: {
        scheduleId: id, userId: ada, replacesUserId: null, startsAt: '2026-03-29T00:00:00.000Z', endsAt: '2026-03-29T01:00:00.000Z',
      },
    });
    const listed = async (query: string): Promise<number> => (await call('GET', `${path}${query}`)).body.data.length;
    expect(await Promise.all([
      listed(''), listed('?from=2026-03-29T03:00'), listed('?from=2026-03-29T01:30&to=2026-03-29T04:00'), listed('?to=2026-03-29T01:00'),
    ])).toEqual([1, 0, 1, 0]);
    const one = `${path}/${created.body.id}`;
    const later = { body: { endsAt: '2026-03-29T05:00Z', replacesUserId: bob }, headers: { 'if-match': '"1"' } };
    expect((await call('PATCH', one, later)).body).toMatchObject({ endsAt: '2026-03-29T05:00:00.000Z', replacesUserId: bob, version: 2 });
    expect((await call('PATCH', one, { body: { replacesUserId: null } })).body.replacesUserId).toBeNull();
    expect((await call('PATCH', one, { body: { endsAt: '2026-03-29T00:00Z' } })).body.errors[0]!.path).toBe('endsAt');
    expect((await call('DELETE', one, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await call('DELETE', one)).status).toBe(204);
    expect((await call('GET', one)).status).toBe(404);
    await call('POST', path, { body: { userId: ada, startsAt: '2026-03-29T01:00', endsAt: '2026-03-29T02:30' } });
    await call('DELETE', `/schedules/${id}`);
    expect(await stage.db.query('select 1 from schedule_overrides where schedule_id = $1', [id])).toEqual([]);
  });

  it('of bad input tells the field', async () => {
    const path = `/schedules/${await made()}/overrides`;
    const strangers = { userId: newId(), replacesUserId: newId() };
    expect(await faultsOf(path, { ...strangers, startsAt: '2026-03-29T01:00', endsAt: '2026-03-29T02:00' }))
      .toEqual(['400', 'userId', 'replacesUserId']);
    expect(await faultsOf(path, { userId: ada, startsAt: '2026-03-29T01:00', endsAt: '2027-03-31T02:00' })).toEqual(['400', 'endsAt']);
    expect(await faultsOf(path, { startsAt: 'now', x: 1 })).toEqual(['400', 'x', 'userId', 'startsAt', 'endsAt']);
  });
});

describe('a calendar', () => {
  const shifts = (text: string) => new ICAL.Component(ICAL.parse(text) as object[]).getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
  const DAY_MS = 86_400_000;
  /** With no credential but the address itself. */
  const fetched = async (url: string) => {
    const { pathname, search } = new URL(url);
    const response = await fetch(`${stage.url}${pathname}${search}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  it('has an event for every shift, a day one by one, under UIDs that stay when it is made anew', async () => {
    const daily = (length: number) => ({ type: 'daily', length, handOffTime: '00:00' });
    const sundays = [{ weekdays: ['sunday'], from: '09:00', to: '09:00' }];
    const id = await made({
      layers: [
        layer([ada], { rotation: daily(1) }),
        layer([bob], { id: 'long', startsAt: '2026-02-01T00:00', rotation: daily(200), restrictions: sundays }),
      ],
    });
    const answer = await call('GET', `/schedules/${id}/calendar.ics`, { role: 'viewer' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
    const events = shifts(answer.text);
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(events.length);
    expect(new Set(events.map(({ summary }) => summary))).toEqual(new Set(['Ada: Web', 'Bob: Web']));
    const today = events.filter((event) => event.startDate.toJSDate().getTime() <= Date.now() && event.endDate.toJSDate().getTime() > Date.now());
    expect(today).toHaveLength(1);
    const [first, last] = [events[0]!, events.at(-1)!];
    expect(first.endDate.toJSDate().getTime()).toBeGreaterThanOrEqual(Date.now() - 33 * DAY_MS);
    expect(last.startDate.toJSDate().getTime()).toBeGreaterThan(Date.now() + 178 * DAY_MS);
    const noon = (Math.floor(Date.now() / DAY_MS) + 2.5) * DAY_MS;
    const hour = { startsAt: new Date(noon).toISOString(), endsAt: new Date(noon + 3_600_000).toISOString() };
    await call('POST', `/schedules/${id}/overrides`, { body: { userId: bob, ...hour } });
    const again = shifts((await call('GET', `/schedules/${id}/calendar.ics`)).text).map(({ uid }) => uid);
    expect(events.filter(({ uid }) => !again.includes(uid))).toEqual([]);
    expect(again.length).toBeGreaterThan(events.length);
    const his = shifts((await call('GET', `/schedules/${id}/calendar.ics?userId=${bob.toUpperCase()}`)).text);
    expect(his.length).toBeGreaterThan(10);
    expect(his.every(({ summary }) => summary === 'Bob: Web')).toBe(true);
  });

  it('a shift that began long before the window is shown from its beginning', async () => {
    const began = Math.floor((Date.now() - 300 * DAY_MS) / 1000) * 1000;
    const rotation = { type: 'daily', length: 366, handOffTime: '00:00' };
    const id = await made({ layers: [layer([ada], { startsAt: new Date(began).toISOString(), rotation })] });
    expect(shifts((await call('GET', `/schedules/${id}/calendar.ics`)).text)[0]!.startDate.toJSDate().getTime()).toBe(began);
  });

  it('is read by its link without a session, of this schedule alone, until the link is revoked', async () => {
    const [id, other] = [await made(), await made({ name: 'Other' })];
    const link = await call('POST', `/schedules/${id}/calendar-link`);
    expect(link).toMatchObject({ status: 201, body: { scheduleId: id } });
    const { url } = link.body;
    expect(url.startsWith(`http://localhost:8081/api/v1/schedules/${id}/calendar.ics?token=`)).toBe(true);
    expect(await fetched(url)).toMatchObject({ status: 200, type: 'text/calendar; charset=utf-8' });
    expect(shifts((await fetched(`${url}&userId=${ada}`)).text).every(({ summary }) => summary === 'Ada: Web')).toBe(true);
    const token = new URL(url).searchParams.get('token')!;
    const refused = [
      url.replace(id, other),
      url.replace(/\.(.)([^.]*)$/, (_, first: string, rest: string) => `.${first === 'A' ? 'B' : 'A'}${rest}`),
      url.replace(token, 'x'),
      url.split('?')[0]!,
      url.replace('/calendar.ics', '/final'),
      url.replace('/calendar.ics', ''),
    ];
    for (const wrong of refused) expect([wrong, (await fetched(wrong)).status]).toEqual([wrong, 401]);
    expect((await call('GET', `/schedules/${id}/calendar-link`)).body.data).toEqual([{ id: link.body.id, scheduleId: id, createdAt: expect.any(String) }]);
    expect((await call('DELETE', `/schedules/${other}/calendar-link/${link.body.id}`)).status).toBe(404);
    expect((await call('DELETE', `/schedules/${id}/calendar-link/${link.body.id}`)).status).toBe(204);
    expect((await fetched(url)).status).toBe(401);
    const kept = (await call('POST', `/schedules/${other}/calendar-link`)).body.url;
    expect((await fetched(kept)).status).toBe(200);
    await call('DELETE', `/schedules/${other}`);
    expect((await fetched(kept)).status).toBe(401);
  });
});
