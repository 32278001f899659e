import { eventually, startMailbox, type Mailbox } from '@signalbox/testing';
import { randomBytes } from 'node:crypto';
import { send } from './support/http.js';
import { Operator } from './support/operator.js';
import { system } from './support/system.js';
import { EXAMPLE_EVENT, World, type Named } from './support/world.js';

/** An alert that nobody answers goes from who is on call to the next, by real mail, until somebody clicks. */

let world: World;
let mailbox: Mailbox;

beforeAll(async () => {
  world = await World.make('escalation');
  mailbox = await startMailbox();
  await world.operator.post('/api/v1/customer/notification-channels', {
    name: 'mail', kind: 'email',
    config: { host: mailbox.host, port: mailbox.port, security: 'none', from: 'signalbox@example.com', to: ['everybody@example.com'] },
  });
});
afterAll(() => mailbox.stop());

/** Somebody with a proven address. */
async function person(name: string): Promise<string> {
  const credentials = { email: `${name}-${randomBytes(4).toString('hex')}@example.com`, password: 'correct horse battery staple' };
  const { id } = await world.operator.post<Named>('/api/v1/users', { ...credentials, name, role: 'viewer' });
  const operator = await Operator.signIn(credentials);
  const method = await operator.post<Named>('/api/v1/contact-methods', { kind: 'email', address: `${name}@home.example` });
  const mail = await eventually(() => mailbox.mails.find(({ to }) => to.includes(`${name}@home.example`)), { describe: `a code for ${name}` });
  await operator.post(`/api/v1/contact-methods/${method.id}/verify`, { code: /Your code is (\d{6})/.exec(mail.text)![1] });
  return id;
}

const mailTo = (name: string, number: number) =>
  mailbox.mails.find(({ to, subject }) => to.includes(`${name}@home.example`) && subject.includes(`[#${number}]`));

test('pages go from who is on call to the next one and stop at a click, for that incident alone', async () => {
  const [ada, bob, eve] = [await person('ada'), await person('bob'), await person('eve')];
  const schedule = await world.operator.post<Named>('/api/v1/schedules', {
    name: 'Web', timeZone: 'Europe/Berlin',
    layers: [{ name: 'Main', users: [ada], rotation: { type: 'daily', length: 1, handOffTime: '09:00' }, startsAt: '2026-03-01T09:00' }],
  });
  const handOff = await eventually(() => mailbox.mails.find(({ subject }) => subject === 'You are on call for Web'), {
    withinMs: 10_000, describe: 'the notice of a hand-off',
  });
  expect(handOff.to).toEqual(['ada@home.example']);
  const targets = [{ type: 'schedule', id: schedule.id }, { type: 'user', id: bob }, { type: 'user', id: eve }];
  const policy = await world.operator.post<Named>('/api/v1/escalation-policies', {
    name: 'Shop',
    steps: targets.map((target) => ({ delaySeconds: 30, targets: [target] })),
    rounds: 1,
  });
  const service = await world.operator.post<Named>('/api/v1/services', { name: 'Checkout', policyId: policy.id });
  const integration = await world.integration('events', { serviceId: service.id });
  mailbox.mails.length = 0;
  await world.event(integration, { ...EXAMPLE_EVENT, dedup_key: 'answered' });
  await world.event(integration, { ...EXAMPLE_EVENT, dedup_key: 'not answered' });
  const [answered, other] = [await world.incident('answered'), await world.incident('not answered')];

  const first = await eventually(() => mailTo('ada', answered.number), { withinMs: 10_000, describe: 'a page to who is on call' });
  expect(first.text).toContain('step 1 of "Shop", round 1');
  expect(mailTo('bob', answered.number)).toBeUndefined();

  const second = await eventually(() => mailTo('bob', answered.number), { withinMs: 45_000, describe: 'a page to the next one' });
  expect(second.text).toContain('step 2 of "Shop", round 1');
  const link = new RegExp(`Acknowledge: (${system.urls.ingest}/a/\\S+)`).exec(second.text)![1]!;
  expect((await send('POST', link)).status).toBe(200);
  await world.incident('answered', { status: 'ACKNOWLEDGED' });

  await eventually(() => mailTo('eve', other.number), { withinMs: 45_000, describe: 'the third page of the one that nobody answered' });
  expect(mailTo('eve', answered.number)).toBeUndefined();
  const notifications = await world.operator.list<{
    page: { step: number } | null;
    status: string;
    recipient: { id: string };
  }>(`/api/v1/notifications?incidentId=${answered.id}`);
  expect(notifications.map(({ page, recipient }) => [page?.step, recipient.id]).sort()).toEqual([[1, ada], [2, bob]]);
});

test('a page to somebody who cannot be reached is not waited for: the fallback hears of it at once', async () => {
  const boss = await person('boss');
  const late = await world.operator.post<Named>('/api/v1/users', {
    email: `late-${randomBytes(4).toString('hex')}@example.com`,
    password: 'correct horse battery staple', name: 'late', role: 'viewer',
  });
  const policy = await world.operator.post<Named>('/api/v1/escalation-policies', {
    name: 'Night',
    steps: [{ delaySeconds: 3_600, targets: [{ type: 'user', id: late.id }] }],
    fallback: [{ type: 'user', id: boss }],
  });
  const service = await world.operator.post<Named>('/api/v1/services', { name: 'Night', policyId: policy.id });
  await world.event(await world.integration('events', { serviceId: service.id }), { ...EXAMPLE_EVENT, dedup_key: 'unreached' });
  const { id, number } = await world.incident('unreached');
  const mail = await eventually(() => mailTo('boss', number), { withinMs: 10_000, describe: 'a page to the fallback' });
  expect(mail.text).toContain('step 1 of "Night", round 1');
  const timeline = await world.operator.list<{ kind: string; data: { reason?: string } }>(`/api/v1/incidents/${id}/timeline`);
  expect(timeline.map(({ kind, data }) => [kind, data.reason])).toEqual(expect.arrayContaining([
    ['notification', 'no_contact_method'], ['notification', 'nobody_reached'], ['escalated', 'nobody_reached'],
  ]));
});
