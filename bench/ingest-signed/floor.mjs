// The floor of ingest-signed: that of ingest, plus one HMAC over the body. It publishes what is needed of it, not twelve kilobytes.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'nats';
import { answer } from '../measure/child.mjs';

answer({ listen });

async function listen({ natsUrl, subject, secret }) {
  const js = (await connect({ servers: natsUrl })).jetstream();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
      const given = Buffer.from(request.headers['x-hub-signature-256'] ?? '');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return response.writeHead(401).end();
      const { workflow_run: run, repository } = JSON.parse(body.toString('utf8'));
      const dedupKey = `${repository.id}-${run.workflow_id}-${run.head_branch}`;
      const event = {
        dedup_key: dedupKey, event_action: run.conclusion === 'success' ? 'resolve' : 'trigger',
        summary: `${run.name} ${run.conclusion} on ${run.head_branch}`, source: repository.full_name,
        timestamp: run.updated_at, links: [run.html_url, repository.html_url],
        details: { sha: run.head_sha, title: run.display_title, number: run.run_number, actor: run.actor.login, message: run.head_commit.message },
      };
      return js.publish(subject, JSON.stringify(event)).then(
        () => response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({
          status: 'success', accepted: 1, events: [{ action: 'trigger', dedup_key: dedupKey }],
        })),
        () => response.writeHead(503).end(),
      );
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${server.address().port}`;
}
