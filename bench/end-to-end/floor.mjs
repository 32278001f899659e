// The floor of end-to-end: one process, HTTP → publish → 202, and consume → insert → POST → ack. Its parts in processes of their own, with a
// second stream and a second insert between them, are the way that an event takes through the product, with nothing on it.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { AckPolicy, connect } from 'nats';
import pg from 'pg';
import { Pool } from 'undici';
import { answer } from '../measure/child.mjs';

answer({ accept, handOn, tell });

/** Publishes what is posted; gives the URL to post to. */
async function accept({ natsUrl, subject }) {
  const js = (await connect({ servers: natsUrl })).jetstream();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks);
      JSON.parse(body.toString('utf8'));
      await js.publish(subject, body);
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"success"}');
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Consumes, inserts, and publishes to the next subject. */
async function handOn({ natsUrl, databaseUrl, stream, table, next }) {
  const js = (await connect({ servers: natsUrl })).jetstream();
  await insertThen({ natsUrl, databaseUrl, stream, table }, async (event) => void (await js.publish(next, JSON.stringify(event))));
}

/** Consumes, inserts, and POSTs. */
async function tell({ natsUrl, databaseUrl, stream, table, receiverUrl }) {
  const far = new Pool(receiverUrl, { connections: 64 });
  await insertThen({ natsUrl, databaseUrl, stream, table }, async (event) => {
    const { body } = await far.request({
      method: 'POST', path: '/', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event: event.payload.summary }),
    });
    await body.dump();
  });
}

/** `stream` must exist; `table` has the columns id, body. */
async function insertThen({ natsUrl, databaseUrl, stream, table }, next) {
  const connection = await connect({ servers: natsUrl });
  const database = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  await (await connection.jetstreamManager()).consumers.add(stream, { durable_name: 'chain', ack_policy: AckPolicy.Explicit });
  const consumer = await connection.jetstream().consumers.get(stream, 'chain');
  await consumer.consume({
    callback: async (message) => {
      const event = JSON.parse(message.string());
      await database.query({ name: 'insert', text: `insert into ${table} (id, body) values ($1, $2)`, values: [randomUUID(), event] });
      await next(event);
      message.ack();
    },
  });
}
