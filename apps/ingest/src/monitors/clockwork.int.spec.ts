import { EVENTS, NOTICES, newId } from '@signalbox/contracts';
import { Database, Listener } from '@signalbox/database';
import { createOutbound } from '@signalbox/outbound';
import { TestClock, eventually, freshDatabase, newAuthority, newCertificate } from '@signalbox/testing';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { schema } from '../schema.js';
import type { Tenants } from '../store/tenants.js';
import { Clockwork, wound } from './clockwork.js';
import { examine, type CheckResult } from './domain/certificate.js';
import { NEW_HEARTBEAT, patienceMs } from './domain/heartbeat.js';
import { beginObligation, type ObligationConfig } from './domain/obligation.js';
import { NEW_TLS_MONITOR } from './domain/tls-monitor.js';
import { DueTable, type DueMonitor } from './due-table.js';
import { Beats } from './heartbeats/beats.js';
import { Vigil } from './heartbeats/vigil.js';
import { createCertificateLook } from './tls/certificate-look.js';

/** Those that an operator of the platform has disabled. */
const disabled = new Set<string>();
const known: Tenants = { ready: true, get: (id: string) => ({ id, name: 'T', enabled: !disabled.has(id) }) };
const silent = { warn: () => undefined, error: () => undefined };
const heartbeat = { intervalSeconds: 60, graceSeconds: 10, severity: 'error' as const };
const tenantId = newId();
let url: string;
let db: Database;
let clock: TestClock;
let replicas: { clockwork: Clockwork; db: Database; stop(): Promise<void> }[];

beforeEach(async () => {
  ({ url } = await freshDatabase(schema));
  db = new Database({ url, schema: 'ingest' });
  clock = new TestClock();
  await db.query('update monitor_vigil set seen_at = $1', [clock.now()]);
  replicas = [];
  disabled.clear();
});
afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await db.close();
});

interface Given { table?: DueTable; tenants?: Tenants; check?: (monitor: DueMonitor) => Promise<CheckResult> }

/** A replica of the gateway, as far as monitors go. */
function replica({ table, tenants = known, check = () => Promise.reject(new Error('nothing to check')) }: Given = {}): Clockwork {
  const own = new Database({ url, schema: 'ingest' });
  const clockwork = new Clockwork({
    table: table ?? new DueTable(own), vigil: new Vigil(own, silent),
    relay: { offer: () => undefined }, tenants, check, now: clock.now, log: silent,
  });
  const running = wound(clockwork, new Listener({ url, channel: 'ingest_monitors', heard: clockwork.wake }));
  running.start();
  replicas.push({ clockwork, db: own, stop: async () => { await running.stop(); await own.close(); } });
  return clockwork;
}

async function insert(
  kind: string,
  config: object,
  state: object,
  dueAt: Date | null,
  more: { lastBeatAt?: Date; keyHash?: string; enabled?: boolean } = {},
): Promise<string> {
  const id = newId();
  await db.query(
    `insert into monitors (id, tenant_id, version, kind, name, service_id, enabled, config, state, due_at, key_hash, last_beat_at, created_at, updated_at)
     values ($1, $2, 1, $3, 'M', $4, $5, $6, $7, $8, $9, $10, now(), now())`,
    [id, tenantId, kind, newId(), more.enabled ?? true, config, state, dueAt, more.keyHash ?? null, more.lastBeatAt ?? null]);
  return id;
}

/** A heartbeat whose last beat was `secondsAgo`. */
function beating(secondsAgo: number, more: { keyHash?: string } = {}): Promise<string> {
  const lastBeatAt = new Date(clock.now().getTime() - secondsAgo * 1_000);
  return insert('heartbeat', heartbeat, NEW_HEARTBEAT, new Date(lastBeatAt.getTime() + patienceMs(heartbeat)), { lastBeatAt, ...more });
}

interface Outboxed { subject: string; message_id: string; body: Buffer }

/** Everything that was told, as `trigger <monitor>` or `<event type> <title>`. */
async function told(): Promise<string[]> {
  const rows = await db.query<Outboxed & Record<string, unknown>>('select subject, message_id, body from outbox order by id');
  return rows.flatMap(({ subject, body }) => (subject.startsWith('events.')
    ? EVENTS.decode(body).events.map(({ action, scopeId }) => `${action} ${scopeId}`)
    : [`${NOTICES.decode(body).eventType} ${NOTICES.decode(body).title}`]));
}

const certificate = (days: number): CheckResult => examine({
  kind: 'peer',
  peer: {
    leaf: {
      subject: 'CN=a', issuer: 'CN=b', serialNumber: '1', fingerprint: 'F',
      validFrom: '2020-01-01T00:00:00.000Z',
      validTo: new Date(clock.now().getTime() + days * 86_400_000).toISOString(),
    },
    chain: [], subjectAltNames: [], protocol: 'TLSv1.3',
  },
}, [30], clock.now());
const tls = { host: 'shop.example', port: 443, serverName: null, warnDays: [30], intervalSeconds: 3_600 };
const obligation: ObligationConfig = {
  dueAt: '2026-01-08T09:00:00.000Z', timeZone: 'UTC', recurrence: 'none',
  remindBefore: [1], owner: null, branch: null, tags: [],
};

test('each thing that is due is told once, whatever number of replicas look, and nothing that is not due', async () => {
  const missed = await Promise.all(Array.from({ length: 300 }, () => beating(100)));
  await Promise.all(Array.from({ length: 20 }, () => beating(10)));
  await insert('obligation', obligation, { ...beginObligation(obligation, new Date(0)).state }, clock.now());
  const expiring = await insert('tls', tls, NEW_TLS_MONITOR, clock.now());
  const checked: string[] = [];
  for (let i = 0; i < 3; i += 1) replica({ check: ({ id }) => { checked.push(id); return Promise.resolve(certificate(5)); } });
  await eventually(async () => (await told()).length >= 301, { withinMs: 10_000, describe: 'all that is due' });
  await eventually(async () => (await db.query('select 1 from monitors where due_at <= $1', [clock.now()])).length === 0, { describe: 'nothing due' });
  expect((await told()).sort()).toEqual([...missed, expiring].map((id) => `trigger ${id}`).sort());
  expect(checked).toEqual([expiring]);
});

test('a replica that sleeps wakes when its time comes, and sooner when something is made that is due sooner', async () => {
  replica();
  replica();
  const expected = [`trigger ${await beating(69.9)}`];
  clock.advance({ seconds: 1.2 });
  await eventually(async () => (await told()).length === 1, { withinMs: 2_500, describe: 'what it slept for' });
  for (let more = 0; more < 4; more += 1) {
    expected.push(`trigger ${await beating(100)}`);
    await eventually(async () => (await told()).length === expected.length, { withinMs: 1_000, describe: 'what was made while all slept' });
  }
  expect(await told()).toEqual(expected);
});

test('killed between the decision and its commit, nothing has happened, and the next one tells it, once', async () => {
  const id = await beating(100);
  const own = new Database({ url, schema: 'ingest' });
  let died = 0;
  class Dying extends DueTable {
    override async settle(): Promise<void> {
      died += 1;
      // As a process that dies: its connection is gone in the middle of the transaction.
      await db.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`);
    }
  }
  const dying = replica({ table: new Dying(own) });
  await eventually(() => died > 0, { describe: 'a death' });
  await dying.stop();
  expect(await told()).toEqual([]);
  replica();
  await eventually(async () => (await told()).length > 0, { describe: 'the event' });
  expect(await told()).toEqual([`trigger ${id}`]);
  await own.close();
});

test('a replica that dies while it checks is followed by another when its claim has run out; what it finds after that counts no more', async () => {
  const id = await insert('tls', tls, NEW_TLS_MONITOR, clock.now());
  let finish: (result: CheckResult) => void = () => undefined;
  let checks = 0;
  const check = (): Promise<CheckResult> => {
    checks += 1;
    return checks === 1 ? new Promise((resolve) => { finish = resolve; }) : Promise.resolve(certificate(5));
  };
  const both = [replica({ check }), replica({ check })];
  await eventually(() => checks === 1, { describe: 'the first check' });
  clock.advance({ seconds: 59 });
  for (const one of both) one.wake();
  await eventually(
    async () => (await db.query('select 1 from monitor_vigil where seen_at = $1', [clock.now()])).length === 1,
    { describe: 'a look within the claim' },
  );
  expect(checks).toBe(1);
  clock.advance({ seconds: 2 });
  for (const one of both) one.wake();
  await eventually(async () => (await told()).length === 1, { describe: 'what the other found' });
  finish(certificate(100));
  await Promise.all(both.map((one) => one.stop()));
  expect(await told()).toEqual([`trigger ${id}`]);
  expect((await db.query<{ state: { about: string } }>('select state from monitors'))[0]!.state.about).toBe('ssl_expiry');
});

test('one that cannot be decided is put off, and keeps nobody else back', async () => {
  const broken = await insert(
    'obligation',
    { ...obligation, timeZone: 'Nowhere/At_All' },
    beginObligation(obligation, clock.now()).state,
    new Date(clock.now().getTime() - 1_000_000),
  );
  const fine = await beating(100);
  replica();
  await eventually(async () => (await told()).length === 1, { describe: 'the other' });
  expect(await told()).toEqual([`trigger ${fine}`]);
  expect((await db.query<{ late: boolean }>('select due_at > $2 as late from monitors where id = $1', [broken, clock.now()]))[0]!.late).toBe(true);
});

describe('while their tenant is disabled', () => {
  /** In steps that are no gap in which beats could not be taken in. */
  const passed = async (seconds: number) => {
    for (let gone = 0; gone < seconds; gone += 4) {
      clock.advance({ seconds: 4 });
      replicas[0]!.clockwork.wake();
      await eventually(async () => (await db.query('select 1 from monitor_vigil where seen_at = $1', [clock.now()])).length === 1);
    }
    await eventually(async () => (await db.query('select 1 from monitors where due_at <= $1', [clock.now()])).length === 0, { describe: 'nothing due' });
  };
  const dueAt = async (id: string) => (await db.query<{ due_at: Date }>('select due_at from monitors where id = $1', [id]))[0]!.due_at.getTime();

  test('monitors are not looked at and tell nothing; enabled again, a heartbeat gets a whole period, and the others tell what is still so', async () => {
    disabled.add(tenantId);
    const missed = await beating(100, { keyHash: 'missed' });
    const expiring = await insert('tls', tls, NEW_TLS_MONITOR, clock.now());
    const owed = { ...obligation, dueAt: clock.now().toISOString() };
    await insert('obligation', owed, beginObligation(owed, new Date(0)).state, clock.now());
    const checked: string[] = [];
    replica({ check: ({ id }) => { checked.push(id); return Promise.resolve(certificate(5)); } });
    await passed(180);
    expect([await told(), checked]).toEqual([[], []]);
    disabled.clear();
    const enabledAt = clock.now().getTime();
    await passed(64);
    await eventually(async () => (await told()).length === 2, { describe: 'the certificate and the obligation' });
    expect(await told()).toEqual(expect.arrayContaining([`trigger ${expiring}`, expect.stringMatching(/^obligation_/)]));
    expect(await dueAt(missed) - enabledAt).toBeGreaterThanOrEqual(patienceMs(heartbeat));
    await passed((await dueAt(missed) - clock.now().getTime()) / 1_000);
    await eventually(async () => (await told()).length === 3, { describe: 'that it is really missed' });
    expect((await told())[2]).toBe(`trigger ${missed}`);
  });

  test('what was open before is closed by a beat once the tenant is enabled', async () => {
    const id = await beating(100, { keyHash: 'down' });
    replica();
    await eventually(async () => (await told()).length === 1, { describe: 'the trigger' });
    disabled.add(tenantId);
    await new Beats(db).beat('down', clock.advance({ seconds: 5 }));
    await passed(4);
    expect(await told()).toEqual([`trigger ${id}`]);
    disabled.clear();
    await passed(64);
    expect(await told()).toEqual([`trigger ${id}`, `resolve ${id}`]);
  });

  test('nothing is told before it is known which are', async () => {
    await beating(100);
    const hearing = { ...known, ready: false };
    const clockwork = replica({ tenants: hearing });
    const later = clock.advance({ seconds: 3 });
    await eventually(async () => (await db.query('select 1 from monitor_vigil where seen_at = $1', [later])).length === 1, { describe: 'a look' });
    expect(await told()).toEqual([]);
    hearing.ready = true;
    clockwork.wake();
    await eventually(async () => (await told()).length === 1, { describe: 'the trigger' });
  });
});

test('a check that somebody asks for counts, and is of its own tenant', async () => {
  const id = await insert('tls', tls, NEW_TLS_MONITOR, new Date(clock.now().getTime() + 3_600_000));
  const clockwork = replica({ check: () => Promise.resolve(certificate(5)) });
  expect(await clockwork.checkNow(newId(), id)).toBeUndefined();
  expect(await clockwork.checkNow(tenantId, id)).toMatchObject({ daysLeft: 5 });
  expect(await told()).toEqual([`trigger ${id}`]);
});

test('a certificate that nears its end opens an incident, and its renewal closes it, at a real server', async () => {
  const years = (count: number): Date => new Date(Date.now() + count * 31_557_600_000);
  const ca = newAuthority({ name: 'Test Root', validFrom: years(-3), validTo: years(9) });
  const issue = (days: number) => {
    const { chain: cert, key } = newCertificate({
      name: 'shop.example', issuer: ca, validFrom: years(-3),
      validTo: new Date(clock.now().getTime() + days * 86_400_000),
    });
    return { cert, key };
  };
  // OpenSSL goes by the real clock: ours stands where a certificate of two years from there is good to both.
  clock.set(new Date());
  await db.query('update monitor_vigil set seen_at = $1', [clock.now()]);
  const server = createServer(issue(12), (socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const outbound = createOutbound({ policy: { allowPrivate: false, allowCidrs: ['127.0.0.1/32'] }, lookup: async () => [{ address: '127.0.0.1', family: 4 }] });
  const look = createCertificateLook(outbound, { timeoutMs: 3_000, ca: ca.cert });
  const id = await insert('tls', { ...tls, port: (server.address() as AddressInfo).port, warnDays: [30, 7] }, NEW_TLS_MONITOR, clock.now());
  const clockwork = replica({ check: async ({ config }) => examine(await look(config as typeof tls), (config as typeof tls).warnDays, clock.now()) });
  const after = async (days: number, count: number): Promise<string | undefined> => {
    clock.advance({ days });
    clockwork.wake();
    await eventually(async () => (await told()).length === count, { describe: `${count} told` });
    return (await told()).at(-1);
  };
  expect(await after(0, 1)).toBe(`trigger ${id}`);
  expect(await after(6, 2)).toMatch(/^ssl_expiry The certificate of .* ends in 5 days$/);
  server.setSecureContext(issue(90));
  expect(await after(1, 3)).toBe(`resolve ${id}`);
  server.close();
  await outbound.close();
});

describe('beats', () => {
  test('that come together are one statement; unknown keys are told apart; a beat within the second is known to matter no more', async () => {
    const id = await beating(10, { keyHash: 'known' });
    const beats = new Beats(db);
    const answers = await Promise.all([...Array.from({ length: 50 }, () => beats.beat('known', clock.now())), beats.beat('unknown', clock.now())]);
    expect(answers).toEqual([...Array.from({ length: 50 }, () => tenantId), undefined]);
    const stored = async () => (await db.query<{ last_beat_at: Date; due_at: Date }>('select last_beat_at, due_at from monitors where id = $1', [id]))[0]!;
    const first = clock.now();
    expect(await stored()).toEqual({ last_beat_at: first, due_at: new Date(first.getTime() + 71_000) });
    await beats.beat('known', clock.advance({ ms: 900 }));
    expect((await stored()).last_beat_at).toEqual(first);
    await beats.beat('known', clock.advance({ ms: 100 }));
    expect((await stored()).last_beat_at).toEqual(clock.now());
  });

  test('of many replicas at once do not lock each other out, and an old one does not set the clock back', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map((keyHash) => beating(10, { keyHash })));
    const doors = Array.from({ length: 4 }, () => new Beats(db));
    const now = clock.now();
    const shuffled = (by: number) => keys.map((_, index) => keys[(index * by) % keys.length]!);
    await Promise.all(doors.flatMap((beats, index) => shuffled([1, 3, 7, 9][index]!).map((key) => beats.beat(key, new Date(now.getTime() - index * 1_000)))));
    expect((await db.query('select distinct last_beat_at from monitors'))).toEqual([{ last_beat_at: now }]);
  });

  test('bring one that is down back, by whichever replica hears of it first', async () => {
    const id = await beating(100, { keyHash: 'down' });
    replica();
    replica();
    await eventually(async () => (await told()).length === 1, { describe: 'the trigger' });
    await new Beats(db).beat('down', clock.now());
    await eventually(async () => (await told()).length === 2, { withinMs: 1_000, describe: 'the resolve' });
    expect(await told()).toEqual([`trigger ${id}`, `resolve ${id}`]);
  });

  test('of one that is paused are kept, and make nothing due', async () => {
    const id = await insert('heartbeat', heartbeat, NEW_HEARTBEAT, null, { keyHash: 'paused', enabled: false });
    expect(await new Beats(db).beat('paused', clock.now())).toBe(tenantId);
    expect(await db.query('select last_beat_at, due_at from monitors where id = $1', [id])).toEqual([{ last_beat_at: clock.now(), due_at: null }]);
  });
});

describe('after nobody could take beats in for a while', () => {
  const gap = (seconds: number) => db.query('update monitor_vigil set seen_at = $1', [new Date(clock.now().getTime() - seconds * 1_000)]);
  const dueIn = async (id: string) => {
    const [row] = await db.query<{ due_at: Date | null }>('select due_at from monitors where id = $1', [id]);
    return ((row!.due_at?.getTime() ?? Number.NaN) - clock.now().getTime()) / 1_000;
  };

  test('who could have beaten meanwhile gets a whole period; who was overdue before, or is not expected yet, does not', async () => {
    const [during, before, after] = [await beating(100), await beating(1_000), await beating(20)];
    await gap(60);
    replica();
    await eventually(async () => (await told()).length === 1, { describe: 'what was overdue before' });
    expect(await told()).toEqual([`trigger ${before}`]);
    expect([await dueIn(during), await dueIn(after)]).toEqual([71, 51]);
    for (let passed = 0; passed < 72; passed += 4) {
      clock.advance({ seconds: 4 });
      replicas[0]!.clockwork.wake();
      await eventually(async () => (await db.query('select 1 from monitor_vigil where seen_at = $1', [clock.now()])).length === 1);
    }
    await eventually(async () => (await told()).length === 3, { describe: 'both, since they are really missed' });
    expect(new Set((await told()).slice(1))).toEqual(new Set([`trigger ${during}`, `trigger ${after}`]));
  });

  test('one that was not to beat in it gets nothing, however often there is one; nor does one that has been excused for three periods', async () => {
    const hours = 3_600_000;
    const daily = { intervalSeconds: 86_400, graceSeconds: 600, severity: 'error' };
    const [now, dueAt] = [clock.now().getTime(), new Date(clock.now().getTime() + 5 * hours)];
    const last = (hoursAgo: number) => insert('heartbeat', daily, NEW_HEARTBEAT, dueAt, { lastBeatAt: new Date(now - hoursAgo * hours) });
    const [missedBefore, expectedNow, expectedAgain, deadForLong] = [await last(30), await last(24), await last(48), await last(96)];
    await gap(60);
    replica();
    await eventually(async () => await dueIn(expectedNow) === 87_001, { describe: 'a whole period' });
    expect([await dueIn(missedBefore), await dueIn(expectedAgain), await dueIn(deadForLong)]).toEqual([5 * 3_600, 87_001, 5 * 3_600]);
  });

  test('a pause too short to tell from a busy moment excuses nobody', async () => {
    const id = await beating(100);
    await gap(5);
    replica();
    await eventually(async () => (await told()).length === 1, { describe: 'the trigger' });
    expect(await told()).toEqual([`trigger ${id}`]);
  });
});
