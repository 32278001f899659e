// The floor of ingest: the shortest server that can promise the same. Body, JSON.parse, publish, the bus's word, 202.
import { createServer } from 'node:http';
import { connect } from 'nats';
import { answer } from '../measure/child.mjs';

answer({ listen });

async function listen({ natsUrl, subject }) {
  const js = (await connect({ servers: natsUrl })).jetstream();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const event = JSON.parse(body.toString('utf8'));
      js.publish(subject, body).then(
        () => response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({
          status: 'success', message: 'Event accepted', dedup_key: event.dedup_key,
        })),
        () => response.writeHead(503).end(),
      );
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${server.address().port}`;
}
