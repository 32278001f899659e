import { INCIDENTS, PARTITIONS, newId, type Event, type EventEnvelope } from '@signalbox/contracts';
import { Database, PartitionLeases, migrate, type Transaction } from '@signalbox/database';
import type { Batch } from '@signalbox/messaging';
import { freshDatabase } from '@signalbox/testing';
import { EventConsumer } from '../consumers/event-consumer.js';
import { NO_RULES } from '../domain/rules.js';
import { schema } from '../schema.js';
import { Applier } from './applier.js';
import { Rulebook } from './rulebook.js';

const NOW = '2026-03-02T09:00:00.000Z';
let url: string;
let db: Database;
let tenantId: string;
let serviceId: string;
let scopeId: string;

beforeAll(async () => {
  ({ url } = await freshDatabase());
  await migrate([schema], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  db = new Database({ url, schema: 'incidents' });
});
afterAll(() => db.close());
beforeEach(async () => {
  [tenantId, serviceId, scopeId] = [newId(), newId(), newId()];
  await db.query(`insert into services (id, tenant_id, version, name, created_at, updated_at) values ($1, $2, 1, 'Web', now(), now())`, [serviceId, tenantId]);
});

/** A replica with a database connection of its own; how often it had to begin a transaction tells whether it guessed right. */
async function replica() {
  const own = new Database({ url, schema: 'incidents' });
  const rules = new Rulebook(own, { onCall: () => [], exists: () => true });
  await rules.load();
  const relay = { offer: () => undefined };
  const applier = new Applier({
    rules, readRules: (tenantIds) => rules.refresh(tenantIds), relay, now: () => new Date(NOW), due: () => undefined,
  });
  const consumer = new EventConsumer(own, relay as never, applier);
  const begun = jest.spyOn(own, 'transaction');
  const takeIn = async (...dedupKeys: string[]): Promise<number> => {
    begun.mockClear();
    await consumer.handle(batch(dedupKeys.map(trigger)));
    return begun.mock.calls.length;
  };
  return { takeIn, consumer, rules, close: () => own.close() };
}

function trigger(dedupKey: string): Event {
  return {
    id: newId(), traceId: newId(), scopeId, serviceId, integrationId: scopeId, action: 'trigger', dedupKey, summary: dedupKey, source: 'test',
    severity: 'critical', acceptedAt: NOW, details: {}, links: [],
  };
}

function batch(events: Event[]): Batch<EventEnvelope, Transaction> {
  return { entries: [{ sequence: 1, subject: 'events', tenantId, headers: {}, value: { tenantId, events } }], partition: 0, advance: () => Promise.resolve() };
}

async function incidents(): Promise<string[]> {
  const rows = await db.query<{ number: number; dedup_key: string; event_count: number; service_name: string }>(
    'select number, dedup_key, event_count, service_name from incidents where tenant_id = $1 order by number', [tenantId]);
  return rows.map((row) => `${row.number} ${row.dedup_key} ${row.service_name} x${row.event_count}`);
}

/** What is told of the tenant's incidents: their numbers, and their services' names. */
async function told(): Promise<[number, string][]> {
  const rows = await db.query<{ body: Buffer }>('select body from outbox where subject like $1 order by id', [`%${tenantId}%`]);
  return rows.flatMap(({ body }) => INCIDENTS.decode(body).changes.map(({ incident }): [number, string] => [incident.number, incident.service.name]));
}

it('what is new is taken in at once, with the next number', async () => {
  const one = await replica();
  expect(await one.takeIn('a')).toBe(1);
  expect([await one.takeIn('b'), await one.takeIn('c', 'd')]).toEqual([1, 1]);
  expect(await incidents()).toEqual(['1 a Web x1', '2 b Web x1', '3 c Web x1', '4 d Web x1']);
  expect(await told()).toEqual([[1, 'Web'], [2, 'Web'], [3, 'Web'], [4, 'Web']]);
  await one.close();
});

it('a number that another replica has taken, and a key that only it has met, are found out: nothing is taken in twice or left out', async () => {
  const [one, other] = [await replica(), await replica()];
  await one.takeIn('a');
  await other.takeIn('b');
  expect(await one.takeIn('c')).toBe(2);
  expect(await one.takeIn('b')).toBe(2);
  expect(await one.takeIn('b')).toBe(1);
  expect(await incidents()).toEqual(['1 a Web x1', '2 b Web x3', '3 c Web x1']);
  const ledger = await db.query(
    'select entry, sum(count)::int as count from ledger where tenant_id = $1 group by entry order by entry', [tenantId]);
  expect(ledger).toEqual([{ entry: 'in', count: 5 }, { entry: 'incident', count: 5 }]);
  await Promise.all([one.close(), other.close()]);
});

it('the first event of a service that another replica has just made finds its policy, and pages', async () => {
  const one = await replica();
  const policyId = newId();
  await db.query(
    `insert into escalation_policies (id, tenant_id, version, name, steps, rounds, fallback, created_at, updated_at)
     values ($1, $2, 1, 'On call', $3, 1, '[]', now(), now())`,
    [policyId, tenantId, JSON.stringify([{ delaySeconds: 60, targets: [{ type: 'user', id: newId() }] }])]);
  serviceId = newId();
  await db.query(
    `insert into services (id, tenant_id, version, name, policy_id, created_at, updated_at) values ($1, $2, 1, 'New', $3, now(), now())`,
    [serviceId, tenantId, policyId]);
  await one.takeIn('a');
  expect((await db.query<{ kind: string }>('select kind from timeline where tenant_id = $1', [tenantId])).map(({ kind }) => kind)).toContain('escalated');
  await one.close();
});

it('batches side by side get numbers of their own, without gaps', async () => {
  const one = await replica();
  await one.takeIn('first');
  await Promise.all(Array.from({ length: 12 }, (_, index) => one.consumer.handle(batch([trigger(`side-${index}`)]))));
  expect((await incidents()).map((line) => Number(line.split(' ')[0]))).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
  await one.close();
});

it('a replica that has lost its partition stores nothing, guess or not', async () => {
  const one = await replica();
  await one.takeIn('a');
  const leases = new PartitionLeases(db, 'events', PARTITIONS);
  const [lease] = await leases.renew();
  await db.query('update leases set epoch = epoch + 1');
  const stale: Batch<EventEnvelope, Transaction> = {
    ...batch([trigger('b')]),
    advance: (tx) => leases.advanceCursor(tx, lease!, { stream: 's', from: 0, to: 1 }),
  };
  await expect(one.consumer.handle(stale)).rejects.toMatchObject({ cursor: 'lease-lost' });
  expect(await incidents()).toEqual(['1 a Web x1']);
  await one.close();
});

it('a wrong guess and the cursor that is sent behind it: what was refused is not taken for the cursor', async () => {
  const [one, other] = [await replica(), await replica()];
  await one.takeIn('a');
  await other.takeIn('b');
  const leases = new PartitionLeases(db, 'one', PARTITIONS);
  const [lease] = await leases.renew();
  await one.consumer.handle({ ...batch([trigger('c')]), advance: (tx) => leases.advanceCursor(tx, lease!, { stream: 's', from: 0, to: 1 }) });
  expect(await incidents()).toEqual(['1 a Web x1', '2 b Web x1', '3 c Web x1']);
  expect(await leases.cursor(lease!.partition)).toMatchObject({ sequence: 1 });
  await Promise.all([one.close(), other.close()]);
});

it('a service whose new name this replica has not heard of is told by it', async () => {
  const one = await replica();
  await one.takeIn('a');
  await db.query(`update services set name = 'Shop' where id = $1`, [serviceId]);
  await one.takeIn('b');
  expect(await told()).toEqual([[1, 'Web'], [2, 'Shop']]);
  await one.close();
});

it('a service that is deleted while its batch waits for a connection harms nothing', async () => {
  const one = await replica();
  await one.takeIn('a');
  const asItWas = one.rules.of(tenantId);
  jest.spyOn(one.rules, 'of').mockReturnValueOnce(asItWas).mockReturnValue(NO_RULES);
  await one.takeIn('b');
  expect(await incidents()).toEqual(['1 a Web x1', '2 b Web x1']);
  await one.close();
});

it('what cannot be told is not stored either, guess or not', async () => {
  const one = await replica();
  const untellable = (dedupKey: string): Event => ({ ...trigger(dedupKey), source: 7 as never });
  await expect(one.consumer.handle(batch([untellable('a')]))).rejects.toThrow('source');
  await one.takeIn('b');
  await expect(one.consumer.handle(batch([untellable('c')]))).rejects.toThrow('source');
  expect(await incidents()).toEqual(['1 b Web x1']);
  await one.close();
});

it('where guesses go wrong again and again, ever fewer are made', async () => {
  const [one, other] = [await replica(), await replica()];
  let transactions = 0;
  for (let turn = 0; turn < 40; turn += 1) {
    transactions += await one.takeIn(`one-${turn}`);
    await other.takeIn(`other-${turn}`);
  }
  expect(transactions).toBeLessThan(50);
  // Alone again, it guesses again: only a guess can be wrong.
  for (let alone = 0; alone < 64; alone += 1) await one.takeIn(`alone-${alone}`);
  await other.takeIn('between');
  expect(await one.takeIn('after')).toBe(2);
  await Promise.all([one.close(), other.close()]);
});
