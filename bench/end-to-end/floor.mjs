// The floor of end-to-end: one process, HTTP → publish → 202, and consume → insert → POST → ack.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { AckPolicy, connect } from 'nats';
import pg from 'pg';
import { Pool } from 'undici';
import { answer } from '../measure/child.mjs';

answer({ start });

/** Gives the URL to post to. `stream` must exist; `table` has the columns id, body. */
async function start({ natsUrl, databaseUrl, stream, subject, table, receiverUrl }) {
  const connection = await connect({ servers: natsUrl });
  const js = connection.jetstream();
  const database = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  const far = new Pool(receiverUrl, { connections: 64 });
  await (await connection.jetstreamManager()).consumers.add(stream, { durable_name: 'chain', ack_policy: AckPolicy.Explicit });
  const consumer = await js.consumers.get(stream, 'chain');
  await consumer.consume({
    callback: async (message) => {
      const event = JSON.parse(message.string());
      await database.query({ name: 'insert', text: `insert into ${table} (id, body) values ($1, $2)`, values: [randomUUID(), event] });
      const { body } = await far.request({ method: 'POST', path: '/', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ event: event.payload.summary }) });
      await body.dump();
      message.ack();
    },
  });
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
