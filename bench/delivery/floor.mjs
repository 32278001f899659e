// The floor of delivery: consume the messages → publish a job each → consume the jobs → POST → insert the attempt → ack. One process, `inHand` jobs at once.
import { randomUUID } from 'node:crypto';
import contracts from '@signalbox/contracts';
import { AckPolicy, connect } from 'nats';
import pg from 'pg';
import { Pool } from 'undici';
import { answer } from '../measure/child.mjs';

answer({ chain, loop });

const HEADERS = { 'content-type': 'application/json' };
const INSERT = {
  name: 'attempt',
  text: 'insert into floor.attempts (id, message_id, started_at, duration_ms, status, response) values ($1, $2, $3, $4, $5, $6)',
};

/** Delivers the `expected` messages on MESSAGES to the receiver. Gives the seconds from the first pull to the last ack. */
async function chain({ natsUrl, databaseUrl, receiverUrl, expected, inHand }) {
  const connection = await connect({ servers: natsUrl });
  const database = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const far = new Pool(receiverUrl, { connections: inHand });
  const started = performance.now();
  const delivered = deliverJobs({ connection, database, far, expected, inHand });
  await Promise.all([...Array(contracts.PARTITIONS).keys()].map((partition) => match(connection, partition)));
  await delivered;
  const seconds = (performance.now() - started) / 1_000;
  await Promise.all([far.close(), database.end(), connection.close()]);
  return seconds;
}

/** Every message is a job: there is one route and it matches. */
async function match(connection, partition) {
  const js = connection.jetstream();
  const manager = await connection.jetstreamManager();
  const { name, num_pending: pending } = await manager.consumers.add('MESSAGES', {
    ack_policy: AckPolicy.None, mem_storage: true, filter_subject: `messages.*.${partition}`,
  });
  const consumer = await js.consumers.get('MESSAGES', name);
  for (let left = pending; left > 0; ) {
    const jobs = [];
    for await (const message of await consumer.fetch({ max_messages: Math.min(left, 200), expires: 5_000 })) {
      left -= 1;
      for (const one of JSON.parse(message.string()).data.messages) jobs.push(JSON.stringify(one));
    }
    await Promise.all(jobs.map((job) => js.publish('floor-routes', job, { timeout: 20_000 })));
  }
}

async function deliverJobs({ connection, database, far, expected, inHand }) {
  const manager = await connection.jetstreamManager();
  await manager.consumers.add('FLOOR_ROUTES', { durable_name: 'worker', ack_policy: AckPolicy.Explicit, max_ack_pending: 20_000 });
  const consumer = await connection.jetstream().consumers.get('FLOOR_ROUTES', 'worker');
  const messages = await consumer.consume({ max_messages: inHand });
  const taking = messages[Symbol.asyncIterator]();
  let left = expected;
  await Promise.all(Array.from({ length: inHand }, async () => {
    while (left > 0) {
      left -= 1;
      const { value: message } = await taking.next();
      await deliver(message, database, far);
    }
  }));
  await connection.flush();
}

async function deliver(message, database, far) {
  const { id, payload } = JSON.parse(message.string());
  const startedAt = new Date();
  const { statusCode, body } = await far.request({ method: 'POST', path: '/', headers: HEADERS, body: JSON.stringify(payload) });
  const response = await body.text();
  await database.query({ ...INSERT, values: [randomUUID(), id, startedAt, Date.now() - startedAt, statusCode, response] });
  message.ack();
}

/** Nothing but the POSTs: `bodies` one after the other on each of `inHand` connections. Gives the seconds. */
async function loop({ receiverUrl, expected, inHand, prefix }) {
  const far = new Pool(receiverUrl, { connections: inHand });
  let next = 0;
  const started = performance.now();
  await Promise.all(Array.from({ length: inHand }, async () => {
    while (next < expected) {
      const payload = JSON.stringify({ id: `${prefix}${next++}`, value: 91 });
      const { body } = await far.request({ method: 'POST', path: '/', headers: HEADERS, body: payload });
      await body.text();
    }
  }));
  const seconds = (performance.now() - started) / 1_000;
  await far.close();
  return seconds;
}
