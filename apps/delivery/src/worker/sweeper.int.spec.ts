import { DEAD_LETTERS, ROUTES, newId, subjects, type Message, type RouteJob } from '@signalbox/contracts';
import { Stage, eventually } from '@signalbox/testing';
import { AckPolicy } from 'nats';
import { service } from '../app.module.js';
import { schema } from '../schema.js';
import { DeliveryStore } from '../store/delivery-store.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema);
  await stage.start();
});

afterAll(() => stage.stop());

/** A job with which workers died three times: the bus has given it up. */
async function stuck(tenantId: string): Promise<RouteJob> {
  const now = new Date().toISOString();
  const message: Message = { id: newId(), traceId: newId(), topic: 't', payload: 1, timestamp: now, acceptedAt: now };
  const job: RouteJob = { deliveryId: newId(), tenantId, routeId: newId(), message, attemptsBefore: 0, matchedAt: now };
  const connection = await stage.bus.ready();
  const durable = `delivery-${tenantId}`;
  await (await stage.bus.manager()).consumers.add('ROUTES', {
    durable_name: durable, ack_policy: AckPolicy.Explicit, max_deliver: 3, filter_subject: subjects.routes(tenantId),
  });
  await stage.bus.publish(subjects.routes(tenantId), ROUTES.encode(job));
  const consumer = await connection.jetstream().consumers.get('ROUTES', durable);
  for (let death = 1; death <= 3; death += 1) (await consumer.next({ expires: 5_000 }))!.nak();
  return job;
}

it('a job that cannot be brought out keeps no other where it is', async () => {
  await stage.end();
  const tenantId = newId();
  const broken = await stuck(tenantId);
  const behind = await stuck(tenantId);
  const other = await stuck(newId());
  await stage.db.query(`create function broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$`);
  await stage.db.query(
    `create trigger broken before insert or update on deliveries for each row when (new.id = '${broken.deliveryId}') execute function broken()`);
  await stage.start();
  await eventually(async () => {
    const rows = await stage.db.query<{ id: string }>(`select id from deliveries where status = 'dead' and reason = 'worker_died'`);
    expect(rows.map(({ id }) => id).sort()).toEqual([behind.deliveryId, other.deliveryId].sort());
    return true;
  }, { withinMs: 12_000, describe: 'the others are dead letters' });
  await stage.db.query('drop trigger broken on deliveries');
  await eventually(async () => (await stage.stored(ROUTES)).length === 0, { withinMs: 12_000, describe: 'a clean queue once it can be brought out' });
  const letters = new Set((await stage.stored(DEAD_LETTERS)).map(({ deliveryId }) => deliveryId));
  expect(letters).toEqual(new Set([broken, behind, other].map(({ deliveryId }) => deliveryId)));
}, 40_000);

it('what is too old is forgotten in slices, one after the other for as long as there is more', async () => {
  const store = new DeliveryStore(stage.db, { offer: () => undefined } as never);
  await stage.db.query(
    `insert into deliveries (id, tenant_id, route_id, message_id, trace_id, topic, status, matched_at)
     select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'm', gen_random_uuid(), 't', 'delivered', now() - interval '40 days'
     from generate_series(1, 5200)`);
  expect([await store.forget(30), await store.forget(30)]).toEqual([true, false]);
  expect(await stage.db.query(`select 1 from deliveries where status = 'delivered'`)).toHaveLength(0);
}, 20_000);
