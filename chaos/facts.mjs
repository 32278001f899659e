import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const SCHEMAS = ['ingest', 'incidents', 'notifications', 'delivery', 'ops', 'admin'];

const everywhere = (table) => SCHEMAS.map((schema) => `select * from ${schema}.${table}`).join(' union all ');

/** How long the letter of something that has just died may be on its way to ops. */
const LETTER_MS = 10_000;

/** Everything that the services wrote down about one tenant, as of one moment (what is held may go on at any time), read as the database's owner. */
export async function readFacts(databaseUrl, tenantId) {
  return withDatabase(databaseUrl, async (rows) => {
    await rows('begin isolation level repeatable read');
    const facts = {
      events: await rows('select trace_id, effect, reason, incident_id, accepted_at, event from incidents.incident_events where tenant_id = $1', [tenantId]),
      incidents: await rows(
        'select id, dedup_key, status, opened_at, resolved_at, version from incidents.incidents where tenant_id = $1 order by opened_at',
        [tenantId],
      ),
      deliveries: await rows('select id, route_id, message_id, status, reason from delivery.deliveries where tenant_id = $1', [tenantId]),
      notifications: await rows(
        `select id, status, reason, due_at, incident_id, (incident->>'version')::int as version from notifications.notifications where tenant_id = $1`,
        [tenantId],
      ),
      ledger: await rows(`select ledger, entry, sum(count)::int as count from (${everywhere('ledger')}) l where tenant_id = $1 group by 1, 2`, [tenantId]),
    };
    await rows('commit');
    return { ...facts, letters: await lettersOf(rows, tenantId, facts) };
  });
}

/** Read behind the moment of the facts: what was held and died just then has its letter a little later. */
async function lettersOf(rows, tenantId, { deliveries }) {
  const dead = deliveries.filter(({ status }) => status === 'dead');
  for (const deadline = Date.now() + LETTER_MS; ; await sleep(200)) {
    const letters = await rows(
      'select id, kind, owner, reason, trace_id, delivery_id, notification_id, state from ops.dead_letter_messages where tenant_id = $1',
      [tenantId],
    );
    const lettered = new Set(letters.map((letter) => letter.delivery_id));
    if (Date.now() > deadline || dead.every(({ id }) => lettered.has(id))) return letters;
  }
}

/** What is still on its way, by name; nothing when the system is quiet. */
export async function stillMoving(databaseUrl, tenantId, record) {
  return withDatabase(databaseUrl, async (rows) => {
    const count = async (text, values = []) => (await rows(`select count(*)::int as n from ${text}`, values))[0].n;
    const traces = [...record.events, ...record.poisoned].map(({ trace }) => trace);
    const moving = {
      'spooled envelopes': await count('ingest.spool'),
      'outbox rows': await count(`(${everywhere('outbox')}) o`),
      events: await count(`unnest($2::uuid[]) t where not exists (select from incidents.incident_events e where e.trace_id = t)
        and not exists (select from ops.dead_letter_messages l where l.tenant_id = $1 and l.trace_id = t)`, [tenantId, traces]),
      messages: record.messages.length - await count(`(select distinct message_id from delivery.deliveries where tenant_id = $1) m`, [tenantId])
        - record.messages.filter(({ topic }) => topic.startsWith('elsewhere')).length,
      deliveries: await count(`delivery.deliveries where tenant_id = $1 and status in ('queued', 'retrying')`, [tenantId]),
      'changes of incidents': await count(`incidents.incidents i where tenant_id = $1 and not exists (select from notifications.notifications n
        where n.incident_id = i.id and (n.incident->>'version')::int = i.version)`, [tenantId]),
      notifications: await count(`notifications.notifications where tenant_id = $1 and status in ('queued', 'processing', 'failed')`, [tenantId]),
      'letters on their way': await count(`delivery.deliveries d where tenant_id = $1 and status = 'dead'
        and not exists (select from ops.dead_letter_messages l where l.tenant_id = $1 and l.delivery_id = d.id)`, [tenantId]),
    };
    return Object.fromEntries(Object.entries(moving).filter(([, n]) => n > 0));
  });
}

async function withDatabase(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(async (text, values) => (await client.query(text, values)).rows);
  } finally {
    await client.end();
  }
}
