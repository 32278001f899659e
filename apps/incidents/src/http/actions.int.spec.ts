import { AUDIT, memberKey, newId, questions, type IncidentChange } from '@signalbox/contracts';
import { directoryMessage } from '@signalbox/messaging';
import { eventually, type Answered } from '@signalbox/testing';
import { Served } from '../scenarios/served.js';

let served: Served;
let ada: string;
const [sre, channel] = [newId(), newId()];

beforeAll(async () => {
  served = await Served.start();
  ada = served.userId;
  await tellDirectory();
});

afterAll(async () => { await served.stop(); });

/** Ada and a team of the tenant, a channel, and owners who know nobody else. */
async function tellDirectory(): Promise<void> {
  const { bus, tenantId } = served;
  const connection = await bus.ready();
  for (const kind of ['members', 'teams', 'channels'] as const) {
    connection.subscribe(questions.directory(kind), { callback: (_error, message) => void message.respond('null') });
  }
  for (const { subject, body } of [
    directoryMessage('members', memberKey(tenantId, ada), 1, { tenantId, userId: ada, name: 'Ada', email: 'ada@example.com', timeZone: 'UTC', role: 'editor' }),
    directoryMessage('teams', sre, 1, { id: sre, tenantId, name: 'SRE', memberIds: [ada] }),
    directoryMessage('channels', channel, 1, { id: channel, tenantId }),
  ]) await bus.publish(subject, body);
}

function call(method: string, path: string, body?: object, headers: Record<string, string> = {}, tenant = served.tenantId): Promise<Answered> {
  return served.call(method, `/incidents${path}`, body, headers, tenant);
}
const opened = (dedupKey: string): Promise<string> => served.opened(dedupKey);
const changesOf = async (id: string): Promise<IncidentChange[]> => (await served.changes()).filter(({ incident }) => incident.id === id);

const detail = ({ status, body }: Answered): string => `${status} ${String(body.detail)}`;

describe('an incident', () => {
  it('is answered whole, and its ETag tells every change of it', async () => {
    const id = await opened('whole');
    const first = await call('GET', `/${id}`);
    expect(first.body).toMatchObject({
      version: 1, updatedAt: expect.any(String), runbookUrl: null, groupedCount: 0, escalation: null, sla: null, quiet: null,
      snoozedUntil: null, tags: [], fields: {},
    });
    expect((await call('GET', `/${id}`)).headers.get('etag')).toBe(first.headers.get('etag'));
    // A repeat is no version, but a cache must not keep the old count.
    await served.send('trigger', 'whole');
    const second = await call('GET', `/${id}`);
    expect([second.body.version, second.body.eventCount]).toEqual([1, 2]);
    expect(second.headers.get('etag')).not.toBe(first.headers.get('etag'));
  });

  it('shows where its escalation and its targets stand', async () => {
    const id = await opened('planned');
    const plan = {
      told: true, quiet: null, groupKey: null, snoozedUntil: null, autoResolveSeconds: null,
      escalation: {
        policy: { id: newId(), name: 'Day', steps: [], rounds: 2, acknowledgeTimeoutSeconds: null, fallback: [] },
        step: 1, round: 1, nextAt: '2099-01-01T00:00:00.000Z', acknowledgementEndsAt: null,
      },
      sla: { acknowledge: { by: '2099-01-01T00:00:00.000Z', warnAt: '2098-01-01T00:00:00.000Z', state: 'pending' }, resolve: null, heldSince: null },
    };
    await served.db.query('update incidents set plan = $2 where id = $1', [id, JSON.stringify(plan)]);
    expect((await call('GET', `/${id}`)).body).toMatchObject({
      escalation: { policy: { name: 'Day' }, step: 2, round: 1, nextAt: '2099-01-01T00:00:00.000Z' }, sla: { acknowledge: { state: 'pending' }, resolve: null },
    });
    expect((await call('POST', `/${id}/acknowledge`)).body).toMatchObject({ escalation: { nextAt: null }, sla: { acknowledge: { state: 'met' } } });
  });

  it('is snoozed for minutes or until a time, and wakes', async () => {
    const id = await opened('snoozed');
    const snoozed = await call('POST', `/${id}/snooze`, { minutes: 30 });
    expect(snoozed).toMatchObject({ status: 200, body: { status: 'SNOOZED' } });
    expect(Math.abs(Date.parse(snoozed.body.snoozedUntil as string) - Date.now() - 1_800_000)).toBeLessThan(60_000);
    expect((await call('POST', `/${id}/unsnooze`)).body).toMatchObject({ status: 'OPEN', snoozedUntil: null });
    expect(detail(await call('POST', `/${id}/unsnooze`))).toMatch(/^409 Incident #\d+ is not snoozed\.$/);
    for (const body of [{}, { minutes: 5, until: '2099-01-01T00:00:00Z' }, { until: '2020-01-01T00:00:00Z' }, { until: '2099-01-01T00:00:00Z' }]) {
      expect((await call('POST', `/${id}/snooze`, body)).body).toMatchObject({ status: 400, errors: [{ path: 'until' }] });
    }
    expect((await call('POST', `/${id}/snooze`, { minutes: 0 })).body).toMatchObject({ status: 400, errors: [{ path: 'minutes' }] });
  });

  it('is suppressed for a reason, and only what a person suppressed is unsuppressed', async () => {
    const id = await opened('suppressed');
    const suppressed = await call('POST', `/${id}/suppress`, { reason: 'known fault' });
    expect(suppressed.body).toMatchObject({ status: 'SUPPRESSED', quiet: { kind: 'manual', name: 'known fault', until: null } });
    expect((await call('POST', `/${id}/unsuppress`)).body).toMatchObject({ status: 'OPEN', quiet: null });
    expect(detail(await call('POST', `/${id}/unsuppress`))).toMatch(/^409 .*was not suppressed by a person/);
    expect((await call('POST', `/${id}/suppress`, {})).body).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([expect.objectContaining({ path: 'reason' })]),
    });
  });

  it('is given to a user or a team of the tenant by name, and to nobody else', async () => {
    const id = await opened('assigned');
    expect((await call('POST', `/${id}/reassign`, { assignee: { type: 'user', id: ada.toUpperCase() } })).body.assignee)
      .toEqual({ type: 'user', id: ada, name: 'Ada' });
    expect((await call('POST', `/${id}/reassign`, { assignee: { type: 'team', id: sre } })).body.assignee).toEqual({ type: 'team', id: sre, name: 'SRE' });
    expect((await call('POST', `/${id}/reassign`, { assignee: { type: 'team', id: sre } })).status).toBe(200);
    expect((await call('POST', `/${id}/reassign`, { assignee: null })).body.assignee).toBeNull();
    // Ada took it on herself, the team was given it, and then had it already.
    const pages = (await changesOf(id)).filter(({ change }) => change === 'reassigned').map(({ page }) => page?.targets);
    expect(pages).toEqual([undefined, [{ type: 'team', id: sre }], undefined, undefined]);
    expect((await call('POST', `/${id}/reassign`, {})).body).toMatchObject({ status: 400 });
    expect((await call('POST', `/${id}/reassign`, { assignee: { type: 'user', id: newId() } })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'assignee.id', message: 'is not the id of a user of yours' }] });
    const others = newId();
    const stranger = await served.opened('of another', { tenantId: others });
    expect((await call('POST', `/${stranger}/reassign`, { assignee: { type: 'team', id: sre } }, {}, others)).body)
      .toMatchObject({ status: 400, errors: [{ path: 'assignee.id' }] });
  });

  it('pages whom a person names; without names it needs a policy', async () => {
    const id = await opened('escalated');
    expect((await call('POST', `/${id}/escalate`, { targets: [{ type: 'user', id: ada }, { type: 'channel', id: channel }] })).status).toBe(200);
    expect((await changesOf(id)).at(-1)).toMatchObject({
      change: 'escalated',
      page: { step: null, targets: [{ type: 'user', id: ada }, { type: 'channel', id: channel }] },
    });
    expect(detail(await call('POST', `/${id}/escalate`, {}))).toMatch(/^409 .*has no escalation policy/);
    for (const type of ['user', 'team', 'channel', 'schedule']) {
      const targets = [{ type: 'user', id: ada }, { type, id: newId() }];
      expect((await call('POST', `/${id}/escalate`, { targets })).body)
        .toMatchObject({ status: 400, errors: [{ path: 'targets[1].id', message: `is not the id of a ${type} of yours` }] });
    }
  });

  it('has responders: whom people asked in, who came, and who cannot', async () => {
    const id = await opened('responded');
    const targets = [{ type: 'user', id: ada }, { type: 'team', id: sre }, { type: 'channel', id: channel }];
    expect((await call('POST', `/${id}/escalate`, { targets })).body.responders).toEqual([
      { type: 'user', id: ada, state: 'asked', at: expect.any(String) },
      { type: 'team', id: sre, state: 'asked', at: expect.any(String) },
    ]);
    expect((await call('POST', `/${id}/respond`, { answer: 'declined' })).body.responders)
      .toMatchObject([{ id: sre, state: 'asked' }, { id: ada, state: 'declined' }]);
    expect((await call('POST', `/${id}/respond`, { answer: 'joined', userId: ada.toUpperCase() })).body.responders)
      .toMatchObject([{ id: sre }, { id: ada, state: 'joined' }]);
    await call('POST', `/${id}/escalate`, { targets: [{ type: 'user', id: ada }] });
    expect((await changesOf(id)).slice(-2)).toMatchObject([
      { change: 'edited', actor: { name: 'Ada' }, data: { responder: ada, answer: 'joined' } },
      { change: 'escalated', incident: { responders: [{ id: sre, state: 'asked' }, { id: ada, state: 'joined' }] } },
    ]);
    expect((await call('POST', `/${id}/respond`, { answer: 'joined', userId: newId() })).body).toMatchObject({ status: 400, errors: [{ path: 'userId' }] });
    expect((await call('POST', `/${id}/respond`, { answer: 'maybe' })).body).toMatchObject({ status: 400, errors: [{ path: 'answer' }] });
    await call('POST', `/${id}/resolve`, {});
    expect(detail(await call('POST', `/${id}/respond`, { answer: 'joined' }))).toMatch(/^409 .*is resolved/);
  });

  it('counts a responder who acknowledges as one who came', async () => {
    const id = await opened('responder who acknowledges');
    await call('POST', `/${id}/escalate`, { targets: [{ type: 'user', id: ada }] });
    expect((await call('POST', `/${id}/acknowledge`)).body.responders).toMatchObject([{ id: ada, state: 'joined' }]);
  });

  it('has notes with their authors, also when it is resolved', async () => {
    const id = await opened('noted');
    await call('POST', `/${id}/resolve`, {});
    const noted = await call('POST', `/${id}/notes`, { text: 'was the deploy' });
    expect(noted).toMatchObject({ status: 201, body: { author: { id: ada, name: 'Ada' }, text: 'was the deploy' } });
    expect((await call('GET', `/${id}/notes`)).body.data).toEqual([noted.body]);
    const { data } = (await call('GET', `/${id}/timeline`)).body;
    expect((data as Record<string, unknown>[]).at(-1)).toMatchObject({ kind: 'noted', actor: { name: 'Ada' }, data: { note: 'was the deploy' } });
  });

  it('is edited by the version that was read', async () => {
    const id = await opened('edited');
    const { headers } = await call('GET', `/${id}`);
    const edit = { title: 'Checkout is slow', priority: 'P1', tags: ['checkout'], fields: { customer: 'ACME', seats: 4 } };
    const edited = await call('PATCH', `/${id}`, edit, { 'if-match': headers.get('etag')! });
    expect(edited).toMatchObject({ status: 200, body: { ...edit, version: 2 } });
    expect((await call('PATCH', `/${id}`, { priority: 'P2' }, { 'if-match': headers.get('etag')! })).status).toBe(412);
    expect((await call('PATCH', `/${id}`, { priority: null, fields: { seats: null } }, { 'if-match': '"2"' })).body)
      .toMatchObject({ priority: null, fields: { customer: 'ACME' }, version: 3 });
    for (const [body, path] of [
      [{ priority: 'P6' }, 'priority'], [{ tags: ['a', 'a'] }, 'tags'], [{ fields: { deep: { er: 1 } } }, 'fields.deep'],
      [{ status: 'OPEN' }, 'status'], [{}, ''],
    ] as const) {
      expect((await call('PATCH', `/${id}`, body)).body).toMatchObject({ status: 400, errors: expect.arrayContaining([expect.objectContaining({ path })]) });
    }
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, index]));
    expect((await call('PATCH', `/${id}`, { fields: many })).body).toMatchObject({ status: 400, errors: [{ path: 'fields' }] });
  });

  it('is merged into another, counted there, and resolved with it', async () => {
    const [id, into] = [await opened('merged'), await opened('main')];
    expect((await call('POST', `/${id}/merge`, { intoId: into })).body).toMatchObject({ status: 'SUPPRESSED', quiet: { kind: 'merged', byIncidentId: into } });
    expect((await call('GET', `/${into}`)).body.groupedCount).toBe(1);
    expect((await call('POST', `/${id}/unmerge`)).body.status).toBe('OPEN');
    expect(detail(await call('POST', `/${id}/unmerge`))).toMatch(/^409 .*is not merged/);
    await call('POST', `/${id}/merge`, { intoId: into });
    await call('POST', `/${into}/resolve`, {});
    await eventually(async () => (await call('GET', `/${id}`)).body.status === 'RESOLVED', { withinMs: 10_000, describe: 'the merged one resolved' });
    expect(detail(await call('POST', `/${await opened('late')}/merge`, { intoId: into }))).toMatch(/^409 The incident of intoId is resolved/);
  });

  it('never stands for one that stands for it: somebody is always told', async () => {
    const [a, b, c] = [await opened('ring-a'), await opened('ring-b'), await opened('ring-c')];
    expect(detail(await call('POST', `/${a}/merge`, { intoId: a }))).toMatch(/^409 .*into itself/);
    // At once: each may win, and one of them is refused.
    const both = await Promise.all([call('POST', `/${a}/merge`, { intoId: b }), call('POST', `/${b}/merge`, { intoId: a })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [quiet, loud] = both[0]!.status === 200 ? [a, b] : [b, a];
    expect((await call('POST', `/${loud}/merge`, { intoId: c })).status).toBe(200);
    expect(detail(await call('POST', `/${c}/merge`, { intoId: quiet }))).toMatch(/^409 .*both would be quiet/);
    expect((await call('POST', `/${c}/merge`, { intoId: newId() })).body).toMatchObject({ status: 400, errors: [{ path: 'intoId' }] });
  });

  it('never closes a ring of four by two merges at once that have no incident in common', async () => {
    for (let round = 0; round < 8; round += 1) {
      const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((name) => opened(`four-${round}-${name}`))) as [string, string, string, string];
      await Promise.all([call('POST', `/${a}/merge`, { intoId: b }), call('POST', `/${c}/merge`, { intoId: d })]);
      const both = await Promise.all([call('POST', `/${b}/merge`, { intoId: c }), call('POST', `/${d}/merge`, { intoId: a })]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
  });

  it('of another tenant is not there, and one that is resolved says what is possible', async () => {
    const id = await opened('over');
    await call('POST', `/${id}/resolve`, {});
    const asked: readonly [string, object][] = [
      ['snooze', { minutes: 5 }], ['unsnooze', {}], ['suppress', { reason: 'x' }], ['unsuppress', {}],
      ['reassign', { assignee: null }], ['escalate', {}], ['merge', { intoId: await opened('over-2') }], ['unmerge', {}],
    ];
    for (const [action, body] of asked) {
      expect(detail(await call('POST', `/${id}/${action}`, body))).toMatch(/^409 Incident #\d+ is resolved: only notes and edits are possible/);
    }
    for (const [action, body] of [...asked, ['notes', { text: 'x' }] as const]) {
      expect((await call('POST', `/${id}/${action}`, body, {}, newId())).status).toBe(404);
    }
    expect((await call('PATCH', `/${id}`, { title: 'x' }, {}, newId())).status).toBe(404);
  });

  it('tells the audit log who did what', async () => {
    const id = await opened('audited');
    await call('POST', `/${id}/acknowledge`, {});
    await call('POST', `/${id}/acknowledge`, {});
    await call('PATCH', `/${id}`, { priority: 'P2' });
    await call('POST', `/${id}/unmerge`);
    await changesOf(id);
    const entries = await served.stage.stored(AUDIT);
    expect(entries.filter(({ resourceId }) => resourceId === id)).toMatchObject([
      { action: 'acknowledge', resource: 'incidents', actor: { name: 'Ada' }, before: { status: 'OPEN' }, after: { status: 'ACKNOWLEDGED' } },
      { action: 'edit', before: { priority: null, version: 2 }, after: { priority: 'P2', version: 3 } },
    ]);
  });
});
