import { startMailbox, type Mailbox } from '@signalbox/testing';
import { send } from './support/http.js';
import { system } from './support/system.js';
import { EXAMPLE_EVENT, World } from './support/world.js';

let world: World;
let mailbox: Mailbox;

beforeAll(async () => {
  world = await World.make('email');
  mailbox = await startMailbox();
});
afterAll(() => mailbox.stop());

test('an event reaches the on-call by e-mail, and one click in it acknowledges the incident', async () => {
  await world.channel('email', {
    host: mailbox.host, port: mailbox.port, security: 'none',
    from: 'Signalbox <signalbox@example.com>', to: ['oncall@example.com'],
  });
  await world.event(await world.integration('events'), EXAMPLE_EVENT);

  const [mail] = await mailbox.received(1);
  expect(mail).toMatchObject({ from: 'signalbox@example.com', to: ['oncall@example.com'], subject: '[#1] High CPU on web-01' });
  expect(mail!.html).toContain('High CPU on web-01');
  const link = new RegExp(`Acknowledge: (${system.urls.ingest}/a/\\S+)`).exec(mail!.text)?.[1];
  expect(link).toBeDefined();

  // A mail scanner opens every link: looking must change nothing.
  const page = await send('GET', link!);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.text).toContain('<form method="post">');
  expect(await world.incident('unique-alert-id')).toMatchObject({ status: 'OPEN' });

  expect((await send('POST', link!)).status).toBe(200);
  const incident = await world.incident('unique-alert-id', { status: 'ACKNOWLEDGED' });
  expect((await send('POST', link!)).status).toBe(200);
  const timeline = await world.operator.list<{ kind: string; actor: { via?: string } | null }>(`/api/v1/incidents/${incident.id}/timeline`);
  expect(timeline.filter(({ kind }) => kind === 'acknowledged')).toEqual([expect.objectContaining({ actor: expect.objectContaining({ via: 'link' }) })]);

  const [, told] = await mailbox.received(2);
  expect(told!.subject).toBe('Re: [#1] High CPU on web-01');
  expect(told!.text).not.toContain('/a/');
  const notifications = await world.operator.list<{
    status: string;
    eventType: string;
    ackAt: string | null;
    ackNote: string | null;
  }>(`/api/v1/notifications?incidentId=${incident.id}`);
  expect(notifications.find(({ eventType }) => eventType === 'incident.triggered')).toMatchObject({
    status: 'acknowledged', ackAt: expect.any(String), ackNote: 'by link',
  });
});

test('a link that was changed by one letter is no link', async () => {
  const answer = await send('POST', `${system.urls.ingest}/a/${'x'.repeat(200)}`);
  expect(answer.status).toBe(404);
});
