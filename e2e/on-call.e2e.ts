import { eventually } from '@signalbox/testing';
import ICAL from 'ical.js';
import { send } from './support/http.js';
import { system } from './support/system.js';
import { World, type Named } from './support/world.js';

/** Who is on call, through the front door, with the tenant's real people; and a calendar app that has nothing but an address. */

interface OnCall {
  readonly schedule: Named;
  readonly user: Named | null;
  readonly absentUserId: string | null;
  readonly next: { readonly at: string; readonly user: Named | null } | null;
}
interface Final {
  readonly entries: readonly { readonly from: string; readonly userId: string | null }[];
  readonly gaps: readonly { readonly absentUserId: string | null }[];
  readonly coverage: number;
}

let world: World;
let [ada, bob] = ['', ''];
let schedule: Named;

beforeAll(async () => {
  world = await World.make('on-call');
  const user = async (name: string): Promise<string> =>
    (await world.operator.post<Named>('/api/v1/users', {
      email: `${name}-${world.tenantId}@example.com`, name, password: 'correct horse battery staple', role: 'viewer',
    })).id;
  [ada, bob] = [await user('Ada'), await user('Bob')];
  schedule = await world.operator.post('/api/v1/schedules', {
    name: 'Web', timeZone: 'Europe/Berlin',
    layers: [{ name: 'Main', users: [ada, bob], rotation: { type: 'daily', length: 1, handOffTime: '09:00' }, startsAt: '2026-03-01T09:00' }],
  });
});

const onCall = (at: string): Promise<OnCall> => world.operator.get(`/api/v1/schedules/${schedule.id}/on-call?at=${at}`);
const remove = async (path: string): Promise<void> =>
  expect((await send('DELETE', `${system.urls.admin}${path}`, { headers: world.operator.headers })).status).toBe(204);

test('who is on call at a time, across the night in which the clock is set forward, and now for all schedules', async () => {
  expect(await onCall('2026-03-29T08:59')).toMatchObject({ user: { id: bob, name: 'Bob' }, next: { at: '2026-03-29T07:00:00.000Z', user: { name: 'Ada' } } });
  expect(await onCall('2026-03-29T09:00')).toMatchObject({ user: { id: ada, name: 'Ada' } });
  const [now] = await world.operator.list<OnCall>('/api/v1/on-call');
  expect([ada, bob]).toContain(now!.user!.id);
});

test('a calendar app reads it by its address alone, until that is revoked', async () => {
  const link = await world.operator.post<{ id: string; url: string }>(`/api/v1/schedules/${schedule.id}/calendar-link`);
  const url = `${system.urls.admin}${new URL(link.url).pathname}${new URL(link.url).search}`;
  const answer = await send('GET', `${url}&userId=${ada}`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
  const summaries = new ICAL.Component(ICAL.parse(answer.text) as object[]).getAllSubcomponents('vevent').map((event) => new ICAL.Event(event).summary);
  expect(new Set(summaries)).toEqual(new Set(['Ada: Web']));
  expect(summaries.length).toBeGreaterThan(90);
  expect((await send('GET', `${url.split('?')[0]}`)).status).toBe(401);
  expect((await send('GET', url.replace('/calendar.ics', '/final'))).status).toBe(401);
  await remove(`/api/v1/schedules/${schedule.id}/calendar-link/${link.id}`);
  expect((await send('GET', url)).status).toBe(401);
});

test('whose account leaves the tenant leaves a gap that names them, and an override fills it', async () => {
  await remove(`/api/v1/users/${bob}`);
  const gone = await eventually(async () => {
    const answer = await onCall('2026-03-29T08:00');
    return answer.user === null ? answer : undefined;
  }, { withinMs: 10_000, describe: 'the gap' });
  expect(gone).toMatchObject({ absentUserId: bob, next: { user: { id: ada } } });
  const final = (): Promise<Final> => world.operator.get(`/api/v1/schedules/${schedule.id}/final?from=2026-03-28T09:00&to=2026-03-30T09:00`);
  expect(await final()).toMatchObject({ gaps: [{ absentUserId: bob }], coverage: 0.5106 });
  await world.operator.post(`/api/v1/schedules/${schedule.id}/overrides`, {
    userId: ada, replacesUserId: bob, startsAt: '2026-03-28T00:00', endsAt: '2026-03-31T00:00',
  });
  expect(await final()).toMatchObject({ gaps: [], coverage: 1 });
});
