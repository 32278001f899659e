import { newId, type Event, type EventEnvelope } from '@signalbox/contracts';
import { Database, migrate, type Transaction } from '@signalbox/database';
import type { Batch } from '@signalbox/messaging';
import { freshDatabase } from '@signalbox/testing';
import { EventConsumer } from '../consumers/event-consumer.js';
import { schema } from '../schema.js';
import { Applier } from './applier.js';
import { Rulebook } from './rulebook.js';

const NOW = '2026-03-02T09:00:00.000Z';
const LIMIT = 200;
/** So many of one service in a batch make it look at the counter, one does not. */
const MANY = 13;
const [tenantId, grouped] = [newId(), newId()].toSorted() as [string, string];
const scopeId = newId();
let db: Database;
let consumer: EventConsumer;
const services = Array.from({ length: 16 }, () => newId()).toSorted();

beforeAll(async () => {
  const { url } = await freshDatabase();
  await migrate([schema], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  db = new Database({ url, schema: 'incidents' });
  await db.query(
    `insert into services (id, tenant_id, version, name, storm_per_minute, created_at, updated_at)
     select id, $2, 1, id::text, ${LIMIT}, now(), now() from unnest($1::uuid[]) id`, [services, tenantId]);
  await db.query(`insert into services (id, tenant_id, version, name, created_at, updated_at) values ($1, $1, 1, 'Grouped', now(), now())`, [grouped]);
  await db.query(
    `insert into grouping_rules (id, tenant_id, version, name, matchers, by, window_seconds, created_at, updated_at)
     values ($1, $1, 1, 'All', '[]', '["severity"]', 60, now(), now())`, [grouped]);
  const rules = new Rulebook(db, { onCall: () => [], exists: () => true });
  await rules.load();
  const relay = { offer: () => undefined };
  const applier = new Applier({
    rules, readRules: (tenantIds) => rules.refresh(tenantIds), relay, now: () => new Date(NOW), due: () => undefined,
  });
  consumer = new EventConsumer(db, relay as never, applier);
});
afterAll(() => db.close());

function triggers(serviceId: string, count: number): Event[] {
  return Array.from({ length: count }, () => ({
    id: newId(), traceId: newId(), scopeId, serviceId, integrationId: scopeId, action: 'trigger', dedupKey: newId(), summary: 'x',
    source: 'test', severity: 'critical', acceptedAt: NOW, details: {}, links: [],
  }));
}

function batch(partition: number, events: Event[], ofGrouped: Event[] = []): Batch<EventEnvelope, Transaction> {
  const entry = (tenant: string, some: Event[]) => ({
    sequence: 1,
    subject: 'events',
    tenantId: tenant,
    headers: {},
    value: { tenantId: tenant, events: some },
  });
  return { entries: [entry(tenantId, events), entry(grouped, ofGrouped)], partition, advance: () => Promise.resolve() };
}

it('two batches of which each looks at the counter that the other one only adds to do not lock each other out', async () => {
  for (let pair = 0; pair < services.length; pair += 2) {
    const [one, other] = [services[pair]!, services[pair + 1]!];
    await Promise.all([
      consumer.handle(batch(1, [...triggers(one, MANY), ...triggers(other, 1)])),
      consumer.handle(batch(2, [...triggers(other, MANY), ...triggers(one, 1)])),
    ]);
  }
  expect(await db.query('select distinct in_minute from incident_groups where tenant_id = $1', [tenantId])).toEqual([{ in_minute: MANY + 1 }]);
});

it('nor do they with the groups of another tenant', async () => {
  for (const service of services) {
    await Promise.all([
      consumer.handle(batch(1, triggers(service, MANY), triggers(grouped, 1))),
      consumer.handle(batch(2, triggers(service, 1), triggers(grouped, 1))),
    ]);
  }
  const statuses = await db.query('select status, count(*)::int from incidents where tenant_id = $1 group by status order by status', [grouped]);
  expect(statuses).toEqual([{ status: 'OPEN', count: 1 }, { status: 'SUPPRESSED', count: 31 }]);
});
