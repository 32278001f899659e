import { deriveKey, verifyToken } from '@signalbox/access';
import {
  ACK_LINK_PURPOSE, CALLBACKS, DEAD_LETTERS, EVENTS, INCIDENTS, NOTICES, OUTCOMES, REPLAY_REQUESTS, REPLAY_RESULTS, eventOrderKey, newId, partitionOf, subjects,
  type AckLink, type ChangeKind, type DeadLetter, type IncidentChange, type Notice,
} from '@signalbox/contracts';
import { Stage, eventually, startMailbox, startReceiver, type Mailbox, type Receiver } from '@signalbox/testing';
import { service } from './app.module.js';
import { schema } from './schema.js';

const userId = newId();
let stage: Stage;
let receiver: Receiver;
let mailbox: Mailbox;
let tenantId: string;

beforeAll(async () => {
  [receiver, mailbox] = await Promise.all([startReceiver(), startMailbox()]);
  stage = await Stage.set(service, schema, { OUTBOUND_ALLOW_PRIVATE: 'true', PUBLIC_INGEST_URL: 'https://in.example.com' });
  await stage.start();
});

afterAll(async () => {
  await stage.stop();
  await Promise.all([receiver.stop(), mailbox.stop()]);
});

beforeEach(() => {
  tenantId = newId();
  receiver.requests.length = 0;
  mailbox.mails.length = 0;
  receiver.answer({ status: 200 });
});

// Whatever a test did: every notification is counted in once and out once, or still has a due time.
afterEach(() => eventually(async () => {
  const rows = await stage.db.query<{ entry: string; n: number }>(
    `select entry, sum(count)::int as n from ledger where tenant_id = $1 and ledger = 'notifications' group by entry
     union all select 'in flight', count(*)::int from notifications where tenant_id = $1 and due_at is not null`, [tenantId]);
  const of = (entry: string): number => rows.find((row) => row.entry === entry)?.n ?? 0;
  const out = of('sent') + of('suppressed') + of('dead') + of('in flight');
  if (of('in') !== out) throw new Error(`${of('in')} in, ${out} out: ${JSON.stringify(rows)}`);
  return true;
}, { describe: 'a ledger that closes' }));

type Json = Record<string, never> & Record<string, unknown>;

const call = (method: string, path: string, body?: unknown, replica = 0) =>
  stage.call<Json>(method, path, { tenantId, subject: { type: 'user', id: userId, name: 'Ada' }, body, replica });

const CHANNELS = '/api/v1/customer/notification-channels';

async function channel(fields: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await call('POST', CHANNELS, { kind: 'webhook', name: 'ops', config: { url: `${receiver.url}/ops` }, ...fields });
  expect({ status, body }).toMatchObject({ status: 201 });
  return String(body.id);
}

async function rule(channelIds: string[], conditions: object = {}): Promise<void> {
  const targets = channelIds.map((id) => ({ type: 'channel', id }));
  const { status, body } = await call('POST', '/api/v1/customer/notification-routing-rules', { name: 'all', conditions, targets });
  expect({ status, body }).toMatchObject({ status: 201 });
}

interface Shown {
  id: string;
  status: string;
  reason: string | null;
  detail: string | null;
  eventType: string;
  attempts: number;
  nextAttemptAt: string | null;
  waitingFor: string | null;
  channel: { id: string; kind: string };
}

async function notifications(query = ''): Promise<Shown[]> {
  return (await call('GET', `/api/v1/notifications?limit=200${query}`)).body.data as unknown as Shown[];
}

/** Waits until the tenant's notifications, newest first, look like this. */
function settle(...expected: object[]): Promise<Shown[]> {
  return eventually(async () => {
    const shown = await notifications();
    expect(shown).toEqual(expected.map((one) => expect.objectContaining(one)));
    return shown;
  }, { withinMs: 8_000, describe: `notifications like ${JSON.stringify(expected)}` });
}

async function attemptsOf(id: string): Promise<Record<string, unknown>[]> {
  return (await call('GET', `/api/v1/notifications/${id}/attempts`)).body.data as unknown as Record<string, unknown>[];
}

function change(id: string, kind: ChangeKind, version: number, fields: Partial<IncidentChange> = {}): IncidentChange {
  const example = INCIDENTS.example.changes[0]!;
  const status = kind === 'resolved' ? 'RESOLVED' : kind === 'acknowledged' ? 'ACKNOWLEDGED' : 'OPEN';
  return {
    ...example, id: newId(), traceId: newId(), change: kind, version,
    incident: { ...example.incident, id, title: 'High CPU', status }, ...fields,
  };
}

async function publish(...changes: IncidentChange[]): Promise<void> {
  await stage.bus.ready();
  for (const one of changes) {
    await stage.bus.publish(subjects.incidents(tenantId, partitionOf(one.incident.id)), INCIDENTS.encode({ tenantId, changes: [one] }));
  }
}

function notice(fields: Partial<Notice> = {}): Notice {
  return { ...NOTICES.example, id: newId(), tenantId, traceId: newId(), fingerprint: `certificate/${newId()}`, ...fields };
}

async function raise(...notices: Notice[]): Promise<void> {
  await stage.bus.ready();
  for (const one of notices) await stage.bus.publish(subjects.notices(tenantId), NOTICES.encode(one));
}

function letters(count: number): Promise<DeadLetter[]> {
  return eventually(async () => {
    const found = await stage.stored(DEAD_LETTERS, subjects.deadLetters(tenantId));
    return found.length >= count && found;
  }, { describe: `${count} dead letter(s)` }) as Promise<DeadLetter[]>;
}

/** Makes everything of this tenant that waits for a retry due now. */
const timePasses = (): Promise<unknown> => stage.db.query(`update notifications set due_at = now() where tenant_id = $1 and status = 'failed'`, [tenantId]);
const close = (channelId: string, seconds = 3_600): Promise<unknown> => stage.db.query(
  `insert into far_sides values ($1, now() + make_interval(secs => $2), 'rate_limited')
   on conflict (channel_id) do update set closed_until = excluded.closed_until`, [channelId, seconds]);
/** As a sender leaves it that was killed: claimed, begun, nothing stored. */
const leftInHand = (): Promise<unknown> => stage.db.query(
  `update notifications set status = 'processing', attempts = 1, claim = gen_random_uuid(), due_at = now() - interval '1 second'
   where tenant_id = $1`, [tenantId]);

describe('what comes from the bus', () => {
  it('reaches the channels of the rules that match, once each, and the incident hears of it', async () => {
    const config = { host: mailbox.host, port: mailbox.port, security: 'none', from: 'ops@example.com', to: ['a@example.com', 'b@example.com'] };
    const mail = await channel({ kind: 'email', name: 'mail', config });
    const hook = await channel();
    const quiet = await channel({ name: 'not for this' });
    await rule([mail, hook], { severities: ['critical'] });
    await rule([hook]);
    await rule([quiet], { severities: ['low'] });
    const id = newId();
    const first = change(id, 'triggered', 1);
    await publish(first, first, change(id, 'resolved', 3), change(id, 'updated', 2));
    const [request] = await receiver.received(2);
    expect(request!.json()).toMatchObject({ event: 'incident.triggered', incident: { id, title: 'High CPU' } });
    expect(await mailbox.received(2)).toMatchObject([{ subject: '[#42] High CPU' }, { subject: 'Re: [#42] High CPU' }]);
    const shown = await settle(...Array.from({ length: 4 }, () => ({ status: 'sent', attempts: 1, incidentId: id })));
    expect(receiver.requests).toHaveLength(2);
    expect(shown.map((one) => one.channel.id).sort()).toEqual([mail, mail, hook, hook].sort());
    const reports = await eventually(async () => {
      const found = await stage.stored(OUTCOMES, subjects.outcomes(tenantId));
      return found.length === 4 && found;
    }, { describe: 'a report for each' });
    expect(reports).toContainEqual(expect.objectContaining({
      kind: 'notification', incidentId: id, status: 'sent', attempt: 1, channel: { id: hook, kind: 'webhook', name: 'ops' },
    }));
    const trace = await stage.bus.ask<{ kind: string }[]>('requests.notifications.trace', { tenantId, traceId: first.traceId });
    expect(trace!.map(({ kind }) => kind).sort()).toEqual(['notification.attempt', 'notification.attempt', 'notification.sent', 'notification.sent']);
  });

  it('is said again only when something changed, and a second copy of an old notice is none', async () => {
    await rule([await channel()]);
    const first = notice({ fingerprint: 'x', title: 'expires in 7 days' });
    const inDays = (days: number): Notice => notice({ fingerprint: 'x', title: `expires in ${days} days` });
    await raise(first, inDays(7), inDays(6), first, notice({ fingerprint: 'y', title: 'expires in 7 days' }));
    await eventually(async () => {
      const shown = await notifications();
      expect(shown.map(({ status, reason }) => [status, reason]).sort()).toEqual([['sent', null], ['sent', null], ['sent', null], ['suppressed', 'duplicate']]);
      return true;
    }, { describe: 'three sent, one suppressed' });
    await raise(first, notice({ fingerprint: 'x', title: 'expires in 6 days' }));
    await eventually(async () => (await notifications('&status=suppressed')).length === 2, { describe: 'the one behind the second copy' });
    const titles = receiver.requests.map((request) => request.json<{ notification: { title: string } }>().notification.title);
    expect(titles.sort()).toEqual(['expires in 6 days', 'expires in 7 days', 'expires in 7 days']);
  });

  it('the first word of an incident, brought again later, is told once; to a channel that wants to be left alone it waits', async () => {
    const id = await channel();
    await rule([id]);
    const first = change(newId(), 'triggered', 1);
    await publish(first);
    await settle({ status: 'sent' });
    await publish(first, change(newId(), 'triggered', 1));
    await settle({ status: 'sent' }, { status: 'sent' });
    await close(id);
    await publish(change(newId(), 'triggered', 1));
    await settle({ status: 'queued', attempts: 0 }, { status: 'sent' }, { status: 'sent' });
    expect(receiver.requests).toHaveLength(2);
    await stage.db.query('update far_sides set closed_until = now() where channel_id = $1', [id]);
    await settle({ status: 'sent' }, { status: 'sent' }, { status: 'sent' });
  });

  it('what is brought again, ten times over, takes no place at the sender from what is new', async () => {
    await rule([await channel()]);
    const [first, sent] = [change(newId(), 'triggered', 1), [{ status: 'sent' }]];
    await publish(first);
    await settle(...sent);
    for (let turn = 0; turn < 10; turn += 1) {
      await publish(change(newId(), 'triggered', 1), first);
      await settle(...sent, { status: 'sent' });
      sent.push({ status: 'sent' });
    }
    expect(receiver.requests).toHaveLength(11);
  });

  it('is kept with the reason when its channel is disabled, and goes out when it is raised again after that', async () => {
    const id = await channel({ enabled: false });
    await rule([id]);
    await raise(notice({ fingerprint: 'x' }));
    await settle({ status: 'suppressed', reason: 'channel_disabled' });
    await call('PATCH', `${CHANNELS}/${id}`, { enabled: true });
    await raise(notice({ fingerprint: 'x' }));
    await settle({ status: 'sent' }, { status: 'suppressed' });
  });

  it('becomes a dead letter when the channel that a rule names is gone', async () => {
    const id = await channel();
    await rule([id]);
    await call('DELETE', `${CHANNELS}/${id}`);
    await raise(notice());
    const [shown] = await settle({ status: 'dead_letter', reason: 'target_deleted', attempts: 0 });
    expect(await letters(1)).toMatchObject([{
      id: shown!.id, kind: 'notification', owner: 'notifications', reason: 'target_deleted', channelId: id,
      notificationId: shown!.id,
    }]);
  });

  it('becomes a dead letter when it cannot be read, which may be replayed once it was mended; the line goes on', async () => {
    await rule([await channel()]);
    await stage.bus.publish(subjects.notices(tenantId), Buffer.from('not json'));
    await raise(notice({ title: 'the one behind it' }));
    await settle({ status: 'sent' });
    const [letter] = await letters(1);
    expect(letter).toMatchObject({ kind: 'event', owner: 'notifications', reason: 'unprocessable', raw: Buffer.from('not json').toString('base64') });
    await replay(letter!);
    expect(await results(1)).toMatchObject([{ letterId: letter!.id, outcome: 'failed', reason: 'unprocessable' }]);
    await replay({ ...letter!, raw: undefined, payload: notice({ title: 'mended' }) });
    expect(await results(2)).toMatchObject([{}, { letterId: letter!.id, outcome: 'delivered' }]);
    await settle({ status: 'sent' }, { status: 'sent' });
  });
});

describe('the sender', () => {
  it('tries again by the schedule of the channel, then gives up with a dead letter that has every attempt', async () => {
    const id = await channel({ retryDelaysSeconds: [60, 300] });
    await rule([id]);
    receiver.answer({ status: 503, body: 'down' });
    await raise(notice({ fingerprint: 'x' }));
    const [failed] = await settle({ status: 'failed', reason: 'far_side_error', attempts: 1 });
    const waitSeconds = (Date.parse(failed!.nextAttemptAt!) - Date.now()) / 1_000;
    expect(waitSeconds).toBeGreaterThan(50);
    expect(waitSeconds).toBeLessThan(67);
    await timePasses();
    await settle({ status: 'failed', attempts: 2 });
    await timePasses();
    const [dead] = await settle({ status: 'dead_letter', reason: 'far_side_error', attempts: 3, nextAttemptAt: null });
    expect(receiver.requests).toHaveLength(3);
    const [letter] = await letters(1);
    expect(letter!.attempts.map(({ number, outcome }) => [number, outcome])).toEqual([[1, 'retry'], [2, 'retry'], [3, 'retry']]);
    expect(letter!.attempts[0]).toMatchObject({ request: { method: 'POST', url: `${receiver.url}/ops` }, response: { status: 503, body: 'down' } });
    expect(await attemptsOf(dead!.id)).toHaveLength(3);

    // What died was never told: the same notice is not a repeat of it.
    receiver.answer({ status: 200 });
    await raise(notice({ fingerprint: 'x' }));
    await settle({ status: 'sent' }, { status: 'dead_letter' });
  });

  it('leaves the whole channel alone when it asks for it, and spends no attempt meanwhile', async () => {
    const [limited, other] = [await channel(), await channel({ name: 'other', config: { url: `${receiver.url}/other` } })];
    await rule([limited]);
    receiver.answerNext({ status: 429, headers: { 'retry-after': '600' } });
    await raise(notice({ title: 'first' }));
    await settle({ status: 'failed', reason: 'rate_limited', attempts: 1 });
    await rule([other]);
    await raise(notice({ title: 'second' }));
    await timePasses();
    await receiver.received(2);
    const shown = await eventually(async () => {
      const all = await notifications(`&channelId=${limited}`);
      return all.length === 2 && all;
    });
    expect(shown).toMatchObject([
      { status: 'queued', attempts: 0, waitingFor: expect.stringContaining('the far side asked') },
      { status: 'failed', attempts: 1 },
    ]);
    const sent = await call('POST', '/api/v1/notifications/send', { providerIds: [limited], notification: { title: 'now' } });
    const error = expect.stringContaining('the far side asked to be left alone; it is sent after');
    expect(sent).toMatchObject({ status: 502, body: { results: [{ success: false, error }] } });
    expect(receiver.requests.map(({ url }) => url)).toEqual(['/ops', '/other']);
    await stage.db.query('update far_sides set closed_until = now() where channel_id = $1', [limited]);
    await stage.end(); // the pause is in the memory of the replica that was told, too
    await stage.start();
    await eventually(async () => (await notifications(`&channelId=${limited}`)).every(({ status }) => status === 'sent'), { describe: 'all three sent' });
  });

  it('goes on after a death between claim and outcome: the try is on record as ambiguous, and done again', async () => {
    const id = await channel();
    await rule([id]);
    await close(id);
    await raise(notice());
    await settle({ status: 'queued' });
    await leftInHand();
    await stage.db.query('delete from far_sides where channel_id = $1', [id]);
    const [sent] = await settle({ status: 'sent', attempts: 2 });
    expect(await attemptsOf(sent!.id)).toMatchObject([{ number: 1, outcome: 'retry', reason: 'ambiguous' }, { number: 2, outcome: 'delivered' }]);
    expect(receiver.requests).toHaveLength(1);
  });

  it('makes a dead letter of what killed every sender that tried it', async () => {
    const id = await channel({ retryDelaysSeconds: [] });
    await rule([id]);
    await close(id);
    await raise(notice());
    await settle({ status: 'queued' });
    await leftInHand();
    await stage.db.query('delete from far_sides where channel_id = $1', [id]);
    await settle({ status: 'dead_letter', reason: 'worker_died', attempts: 1 });
    expect(await letters(1)).toMatchObject([{ reason: 'worker_died', attempts: [{ number: 1, reason: 'ambiguous' }] }]);
    expect(receiver.requests).toHaveLength(0);
  });

  it('one that has lost its claim only leaves the attempt on record', async () => {
    await rule([await channel()]);
    receiver.answerNext({ status: 500, delayMs: 400 });
    await raise(notice());
    await receiver.received(1);
    // As another sender takes it when the claim has run out.
    await stage.db.query(
      `update notifications set claim = gen_random_uuid(), attempts = attempts + 1, due_at = now() + interval '1 hour' where tenant_id = $1`,
      [tenantId]);
    const [shown] = await notifications();
    await eventually(async () => (await attemptsOf(shown!.id)).length === 1, { describe: 'the attempt of the slow one' });
    await settle({ status: 'processing', attempts: 2 });
    await stage.db.query(`update notifications set due_at = now() where tenant_id = $1`, [tenantId]);
    await settle({ status: 'sent', attempts: 3 });
  });

  it('a far side that is gone switches its channel off, for every replica, until an operator changes it', async () => {
    await stage.start();
    const id = await channel();
    await rule([id]);
    receiver.answer({ status: 410 });
    await raise(notice({ title: 'first' }));
    await settle({ status: 'dead_letter', reason: 'gone', attempts: 1 });
    for (const replica of [0, 1]) {
      expect((await call('GET', `${CHANNELS}/${id}`, undefined, replica)).body).toMatchObject({ enabled: true, version: 2, disabledReason: 'gone: HTTP 410' });
    }
    await raise(...Array.from({ length: 5 }, () => notice()));
    const dead = { status: 'dead_letter', reason: 'config', detail: expect.stringContaining('switched off until it is changed') };
    await settle(...Array.from({ length: 5 }, () => dead), { reason: 'gone' });
    expect(receiver.requests).toHaveLength(1);
    receiver.answer({ status: 200 });
    expect((await call('PATCH', `${CHANNELS}/${id}`, { name: 'renamed' })).body).toMatchObject({ disabledReason: 'gone: HTTP 410' });
    expect((await call('PATCH', `${CHANNELS}/${id}`, { enabled: true })).body).toMatchObject({ disabledReason: null });
    await eventually(async () => {
      await raise(notice());
      return (await notifications('&status=sent')).length > 0;
    }, { everyMs: 100, describe: 'something sent again' });
    await stage.end();
  });

  it('several replicas never send one twice, while one of them comes and goes', async () => {
    await stage.start();
    const path = `/${tenantId}`;
    await rule([await channel({ config: { url: `${receiver.url}${path}` } }), await channel({ name: 'second', config: { url: `${receiver.url}${path}` } })]);
    await raise(...Array.from({ length: 60 }, (_, i) => notice({ title: `notice ${i}` })));
    await stage.end();
    await stage.start();
    await raise(...Array.from({ length: 60 }, (_, i) => notice({ title: `later ${i}` })));
    await eventually(async () => {
      const [row] = await stage.db.query<{ n: number }>(`select count(*)::int as n from notifications where tenant_id = $1 and status = 'sent'`, [tenantId]);
      return row!.n === 240;
    }, { withinMs: 20_000, describe: 'all 240 sent' });
    const ids = receiver.requests.filter(({ url }) => url === path).map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(240);
    expect(new Set(ids).size).toBe(240);
    await stage.end();
  }, 60_000);
});

describe('acknowledging', () => {
  it('by a person: acknowledges the incident behind it, stops retries and repeats; that it is over is still told', async () => {
    const [mine, broken] = [await channel(), await channel({ name: 'broken', config: { url: `${receiver.url}/broken` } })];
    await rule([mine, broken]);
    receiver.answer(({ url }) => ({ status: url === '/broken' ? 500 : 200 }));
    const id = newId();
    const opened = change(id, 'triggered', 1);
    await publish(opened);
    await eventually(async () => (await notifications()).map(({ status }) => status).sort().join() === 'failed,sent', { describe: 'one sent, one failed' });
    const [sent] = await notifications('&status=sent');
    const acknowledged = await call('POST', `/api/notifications/${sent!.id}/acknowledge`, { note: 'on it' });
    expect(acknowledged).toMatchObject({ status: 200, body: { status: 'acknowledged', ackByUserId: userId, ackNote: 'on it', ackAt: expect.any(String) } });
    expect((await call('POST', `/api/notifications/${sent!.id}/acknowledge`, { note: 'again' })).body).toMatchObject({ ackNote: 'on it' });
    const partition = partitionOf(eventOrderKey(opened.scopeId, opened.incident.dedupKey));
    const told = await eventually(async () => (await stage.stored(EVENTS, subjects.events(tenantId, partition)))[0], { describe: 'the acknowledge event' });
    expect(told.events).toMatchObject([{
      action: 'acknowledge', dedupKey: opened.incident.dedupKey, scopeId: opened.scopeId, summary: 'on it',
      actor: { type: 'user', id: userId, name: 'Ada' },
    }]);
    await publish(change(id, 'updated', 2), change(id, 'acknowledged', 3));
    await eventually(async () => {
      const shown = await notifications();
      const of = (eventType: string): (string | null)[] =>
        shown.filter((one) => one.eventType === eventType).map(({ status, reason }) => `${status} ${reason ?? ''}`.trim()).sort();
      expect(of('incident.triggered')).toEqual(['acknowledged', 'suppressed acknowledged']);
      expect(of('incident.updated')).toEqual(['suppressed acknowledged', 'suppressed acknowledged']);
      expect(of('incident.acknowledged')).toEqual(['failed far_side_error', 'sent']);
      return true;
    }, { describe: 'what was stopped and what was told' });
  });

  it('by a link in a mail, which is kept nowhere', async () => {
    const config = { host: mailbox.host, port: mailbox.port, security: 'none', from: 'ops@example.com', to: ['a@example.com'] };
    await rule([await channel({ kind: 'email', name: 'mail', config })]);
    const opened = change(newId(), 'triggered', 1);
    await publish(opened);
    const [mail] = await mailbox.received(1);
    const [, token] = /https:\/\/in\.example\.com\/a\/([\w.-]+)/.exec(mail!.text)!;
    const [shown] = await settle({ status: 'sent' });
    const link = verifyToken<AckLink>(token!, deriveKey(stage.settings.SIGNALBOX_MASTER_KEY!, ACK_LINK_PURPOSE));
    const { id, dedupKey } = opened.incident;
    expect(link).toMatchObject({
      ok: true, payload: { tenantId, notificationId: shown!.id, title: 'High CPU', incident: { id, scopeId: opened.scopeId, dedupKey } },
    });
    for (const table of ['notifications', 'notification_attempts']) {
      const rows = await stage.db.query(`select * from ${table} where tenant_id = $1`, [tenantId]);
      expect(JSON.stringify(rows)).not.toContain(token!.slice(-12));
    }
    await stage.bus.publish(subjects.callbacks(tenantId), CALLBACKS.encode({
      id: newId(), tenantId, traceId: newId(), channelId: shown!.id, kind: 'acknowledge',
      body: { notificationId: shown!.id, note: 'by link' }, receivedAt: new Date().toISOString(),
    }));
    await settle({ status: 'acknowledged', ackByUserId: null, ackNote: 'by link', sentAt: expect.any(String) });
  });

  it.each([
    ['reaches it', 200, true], ['fails', 500, false],
  ])('while it is being sent: it stays acknowledged when the try %s', async (_name, status, isSent) => {
    await rule([await channel()]);
    receiver.answerNext({ status, delayMs: 300 });
    await raise(notice({ fingerprint: 'x' }));
    await receiver.received(1);
    const [shown] = await notifications();
    await call('POST', `/api/notifications/${shown!.id}/acknowledge`, {});
    await eventually(async () => (await attemptsOf(shown!.id)).length === 1, { describe: 'the try is over' });
    await settle({ status: 'acknowledged', sentAt: isSent ? expect.any(String) : null, nextAttemptAt: null });
    await raise(notice({ fingerprint: 'x', title: 'worse' }));
    await settle({ status: 'suppressed', reason: 'acknowledged' }, { status: 'acknowledged' });
    expect(receiver.requests).toHaveLength(1);
  });
});

async function replay(letter: DeadLetter, jobId = newId()): Promise<string> {
  const { id: letterId, kind, payload, raw, headers, subject, channelId, notificationId, traceId } = letter;
  const optional = { raw, channelId, notificationId };
  await stage.bus.publish(subjects.replays('notifications', tenantId), REPLAY_REQUESTS.encode({
    jobId, letterId, tenantId, kind, payload, headers, subject, traceId,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  }));
  return jobId;
}

function results(count: number) {
  return eventually(async () => {
    const found = await stage.stored(REPLAY_RESULTS, subjects.replays('ops', tenantId));
    return found.length >= count && found;
  }, { describe: `${count} replay result(s)` });
}

describe('a replay', () => {
  let letter: DeadLetter;
  beforeEach(async () => {
    await rule([await channel({ retryDelaysSeconds: [] })]);
    receiver.answerNext({ status: 500 });
    await raise(notice({ title: 'wrong' }));
    [letter] = await letters(1) as [DeadLetter];
  });

  it('sends a dead notification once more under its own id, with its edits, and tells the job', async () => {
    const jobId = await replay({ ...letter, payload: { ...letter.payload as object, title: 'right' } });
    expect(await results(1)).toMatchObject([{
      jobId, letterId: letter.id, outcome: 'delivered', attempts: [{ number: 1, outcome: 'retry' }, { number: 1, outcome: 'delivered' }],
    }]);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([letter.id, letter.id]);
    expect(receiver.requests[1]!.text).toContain('right');
    await replay(letter, jobId);
    const second = await replay(letter);
    expect(await results(2)).toMatchObject([{ jobId }, { jobId: second, outcome: 'skipped', detail: expect.stringContaining('it is sent') }]);
    expect(receiver.requests).toHaveLength(2);
  });

  it('that fails is the same letter again; a second copy of its request is nothing', async () => {
    receiver.answer({ status: 500 });
    const jobId = await replay(letter);
    expect(await results(1)).toMatchObject([{ jobId, outcome: 'failed', reason: 'far_side_error' }]);
    expect((await letters(2)).map(({ id }) => id)).toEqual([letter.id, letter.id]);
    await replay(letter, jobId);
    receiver.answer({ status: 200 });
    await replay(letter);
    expect(await results(2)).toMatchObject([{ outcome: 'failed' }, { outcome: 'delivered' }]);
    expect(receiver.requests).toHaveLength(3);
  });

  it('never sends twice within its job: a try whose end nobody knows is a dead letter', async () => {
    receiver.answerNext('reset');
    await replay(letter);
    expect(await results(1)).toMatchObject([{ outcome: 'failed', reason: 'ambiguous' }]);
    await settle({ status: 'dead_letter', reason: 'ambiguous', detail: expect.stringContaining('it may have been delivered') });
    expect(receiver.requests).toHaveLength(2);
    await close(letter.channelId!);
    await replay(letter);
    await settle({ status: 'queued' });
    await leftInHand();
    await stage.db.query('delete from far_sides where channel_id = $1', [letter.channelId!]);
    await settle({ status: 'dead_letter', reason: 'ambiguous', detail: expect.stringContaining('the sender died') });
    expect(await results(2)).toMatchObject([{ outcome: 'failed' }, { outcome: 'failed', reason: 'ambiguous' }]);
    expect(receiver.requests).toHaveLength(2);
    await replay(letter);
    await settle({ status: 'sent' });
  });
});
