import { eventually, startMailbox, type Mailbox } from '@signalbox/testing';
import { randomBytes } from 'node:crypto';
import { Operator } from './support/operator.js';
import { EXAMPLE_EVENT, World } from './support/world.js';

let world: World;
let mailbox: Mailbox;

interface Person { readonly id: string; readonly operator: Operator }
interface Shown {
  readonly status: string;
  readonly reason: string | null;
  readonly eventType: string;
  readonly recipient: { readonly id: string; readonly addresses: string[] } | null;
}

beforeAll(async () => {
  world = await World.make('people');
  mailbox = await startMailbox();
  await world.operator.post('/api/v1/customer/notification-channels', {
    name: 'mail', kind: 'email',
    config: { host: mailbox.host, port: mailbox.port, security: 'none', from: 'signalbox@example.com', to: ['everybody@example.com'] },
  });
});
afterAll(() => mailbox.stop());
beforeEach(() => { mailbox.mails.length = 0; });

async function person(name: string): Promise<Person> {
  const credentials = { email: `${name}-${randomBytes(4).toString('hex')}@example.com`, password: 'correct horse battery staple' };
  const { id } = await world.operator.post<{ id: string }>('/api/v1/users', { ...credentials, name, role: 'viewer', timeZone: 'Europe/Berlin' });
  return { id, operator: await Operator.signIn(credentials) };
}

/** Makes an address of theirs and proves it with the code that comes by mail. */
async function reachedAt({ operator }: Person, address: string): Promise<void> {
  const { id } = await operator.post<{ id: string }>('/api/v1/contact-methods', { kind: 'email', address });
  const mail = await eventually(() => mailbox.mails.find(({ to }) => to.includes(address)), { describe: `a code for ${address}` });
  expect(await operator.post(`/api/v1/contact-methods/${id}/verify`, { code: /Your code is (\d{6})/.exec(mail.text)![1] })).toMatchObject({ verified: true });
}

async function rule(target: { type: 'user' | 'team'; id: string }, serviceId: string): Promise<void> {
  await world.operator.post('/api/v1/customer/notification-routing-rules', {
    name: `to a ${target.type}`, conditions: { serviceIds: [serviceId] }, targets: [target],
  });
}

test('an alert for a person comes by mail to the address that they have proven', async () => {
  const ada = await person('ada');
  await reachedAt(ada, 'ada@home.example');
  await rule({ type: 'user', id: ada.id }, world.service.id);
  mailbox.mails.length = 0;
  await world.event(await world.integration('events'), EXAMPLE_EVENT);
  const [mail] = await mailbox.received(1);
  expect(mail).toMatchObject({ to: ['ada@home.example'], subject: '[#1] High CPU on web-01' });
  const [shown] = await world.operator.list<Shown>('/api/v1/notifications');
  expect(shown).toMatchObject({ eventType: 'incident.triggered', recipient: { id: ada.id, addresses: ['ada@home.example'] } });
});

test('an alert for a team of two comes to both, and whoever cannot be reached is on record', async () => {
  const [bob, eve, late] = await Promise.all([person('bob'), person('eve'), person('late')]);
  await reachedAt(bob, 'bob@home.example');
  await reachedAt(eve, 'eve@home.example');
  const team = await world.operator.post<{ id: string }>('/api/v1/teams', { name: 'Shop', members: [{ userId: bob.id, lead: true }, { userId: eve.id }] });
  const service = await world.operator.post<{ id: string }>('/api/v1/services', { name: 'Checkout' });
  await rule({ type: 'team', id: team.id }, service.id);
  await rule({ type: 'user', id: late.id }, service.id);
  mailbox.mails.length = 0;
  await world.event(await world.integration('events', { serviceId: service.id }), { ...EXAMPLE_EVENT, dedup_key: 'checkout' });
  await mailbox.received(2);
  expect(mailbox.mails.map(({ to }) => to.join()).sort()).toEqual(['bob@home.example', 'eve@home.example']);
  const { id } = await world.incident('checkout');
  const shown = await world.operator.list<Shown>(`/api/v1/notifications?incidentId=${id}`);
  expect(shown).toHaveLength(3);
  expect(shown.find(({ recipient }) => recipient?.id === late.id)).toMatchObject({ status: 'suppressed', reason: 'no_contact_method' });
});
