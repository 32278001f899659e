// The floor of incidents: reads the stream by partition and writes the same rows in batches, one transaction each, and nothing else:
// no leases, no cursors, no locks, no look-up of duplicates or open incidents (their ids are kept in memory), no numbers, no ledger.
import { randomUUID } from 'node:crypto';
import contracts from '@signalbox/contracts';
import { AckPolicy, connect } from 'nats';
import pg from 'pg';
import { answer } from '../measure/child.mjs';

answer({ run });

const { PARTITIONS } = contracts;

/** Takes all events of EVENTS into schema `floor`, with what rules add when they are in force. Gives the seconds from the first pull to the last commit. */
async function run({ natsUrl, databaseUrl, batch, ruled }) {
  const connection = await connect({ servers: natsUrl });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: PARTITIONS, options: '-c search_path=floor' });
  await Promise.all(Array.from({ length: PARTITIONS }, async () => pool.query('select 1')));
  const started = performance.now();
  await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => readPartition({ connection, pool, batch, ruled }, partition)));
  const seconds = (performance.now() - started) / 1_000;
  await pool.end();
  await connection.close();
  return seconds;
}

async function readPartition({ connection, pool, batch, ruled }, partition) {
  const manager = await connection.jetstreamManager();
  const { name, num_pending: pending } = await manager.consumers.add('EVENTS', {
    ack_policy: AckPolicy.None, mem_storage: true, filter_subject: `events.*.${partition}`,
  });
  const consumer = await connection.jetstream().consumers.get('EVENTS', name);
  const open = new Map();
  let events = [];
  for (let left = pending; left > 0; ) {
    for await (const message of await consumer.fetch({ max_messages: Math.min(left, batch), expires: 5_000 })) {
      left -= 1;
      const { tenantId, events: inside } = JSON.parse(Buffer.from(message.data).toString('utf8')).data;
      for (const event of inside) events.push({ tenantId, event });
      if (events.length < batch && left > 0) continue;
      for (let from = 0; from < events.length; from += batch) await commit(pool, rowsOf(events.slice(from, from + batch), open, ruled));
      events = [];
    }
  }
}

async function commit(pool, rows) {
  const client = await pool.connect();
  await client.query('begin');
  for (const [name, list] of Object.entries(rows)) if (list.length > 0) await client.query({ name, text: statements[name], values: [JSON.stringify(list)] });
  await client.query('commit');
  client.release();
}

/** What each event does, decided with the least that can be called deciding. */
function rowsOf(events, open, ruled) {
  const [opened, changed, keys, changes, groups] = [new Map(), new Map(), new Map(), [], []];
  const taken = [];
  const timeline = [];
  for (const { tenantId: tenant_id, event } of events) {
    const key = `${event.scopeId}/${event.dedupKey}`;
    let incident = open.get(key);
    let kind = 'repeated';
    if (incident === undefined) {
      kind = 'triggered';
      incident = incidentOf(tenant_id, event, ruled);
      open.set(key, incident);
      opened.set(incident.id, incident);
    } else {
      if (event.action === 'resolve') {
        kind = 'resolved';
        open.delete(key);
        Object.assign(incident, { status: 'RESOLVED', resolved_at: event.acceptedAt });
      } else {
        if (event.severity === 'critical' && incident.severity !== 'critical') {
          kind = 'updated';
          Object.assign(incident, { severity: 'critical', urgency: 'HIGH' });
        }
        Object.assign(incident, { last_triggered_at: event.acceptedAt, details: event.details });
      }
      incident.event_count += 1;
      if (kind !== 'repeated') incident.version += 1;
      if (!opened.has(incident.id)) changed.set(incident.id, incident);
    }
    const isOpen = kind !== 'resolved';
    keys.set(key, {
      scope_id: event.scopeId, dedup_key: event.dedupKey, tenant_id,
      open_incident_id: isOpen ? incident.id : null, last_resolved_at: isOpen ? null : event.acceptedAt,
    });
    taken.push({ event_id: event.id, tenant_id, incident_id: incident.id, trace_id: event.traceId, effect: kind, accepted_at: event.acceptedAt, event });
    timeline.push({
      id: randomUUID(), tenant_id, incident_id: incident.id, at: event.acceptedAt, kind,
      data: { eventId: event.id, summary: event.summary, severity: event.severity },
    });
    const { plan, ...told } = incident;
    if (kind !== 'repeated') changes.push({ id: event.id, change: kind, version: incident.version, at: event.acceptedAt, incident: told });
    if (!ruled || kind !== 'triggered') continue;
    incident.version += 1;
    groups.push({ tenant_id, key: plan.groupKey, head_id: incident.id, last_at: event.acceptedAt });
    timeline.push({ id: randomUUID(), tenant_id, incident_id: incident.id, at: event.acceptedAt, kind: 'escalated', data: { page: PAGE } });
    changes.push({
      id: randomUUID(), change: 'escalated', version: incident.version,
      at: event.acceptedAt, incident: { ...told, version: incident.version }, page: PAGE,
    });
  }
  return {
    incidents: [...opened.values()], updates: [...changed.values()], keys: [...keys.values()], events: taken, timeline, groups,
    outbox: [{ subject: 'floor', message_id: randomUUID(), body: `\\x${Buffer.from(JSON.stringify(changes)).toString('hex')}` }],
  };
}

const PAGE = { step: 1, round: 1, targets: [{ type: 'user', id: randomUUID() }] };

/** What a rule's incident has before it: its policy, its group, its times. */
function planOf(event) {
  const policy = {
    id: event.serviceId, name: 'Bench', steps: [{ delaySeconds: 900, targets: PAGE.targets }],
    rounds: 3, acknowledgeTimeoutSeconds: null, fallback: [],
  };
  return {
    told: true, quiet: null, groupKey: `group/${event.serviceId}/${JSON.stringify([event.details.region, event.details.host])}`,
    snoozedUntil: null, sla: null, autoResolveSeconds: 86_400, staleAt: event.acceptedAt, lookAgain: null,
    escalation: { policy, step: 1, round: 1, nextAt: event.acceptedAt, acknowledgementEndsAt: null },
  };
}

function incidentOf(tenant_id, event, ruled) {
  return {
    id: randomUUID(), tenant_id, service_id: event.serviceId, service_name: 'Bench', integration_id: event.integrationId, scope_id: event.scopeId,
    dedup_key: event.dedupKey, title: event.summary, source: event.source, status: 'OPEN',
    severity: event.severity, urgency: 'MEDIUM', event_count: 1, version: 1,
    opened_at: event.acceptedAt, last_triggered_at: event.acceptedAt, details: event.details, links: event.links,
    plan: ruled ? planOf(event) : null, due_at: ruled ? event.acceptedAt : null,
  };
}

const INCIDENT = `id uuid, tenant_id uuid, service_id uuid, service_name text, integration_id uuid, scope_id uuid,
  dedup_key text, title text, source text, status text, severity text, urgency text, event_count int, version int,
  opened_at timestamptz, last_triggered_at timestamptz, details jsonb, links jsonb, plan jsonb, due_at timestamptz`;
const KEY = 'scope_id uuid, dedup_key text, tenant_id uuid, open_incident_id uuid, last_resolved_at timestamptz';
const EVENT = 'event_id uuid, tenant_id uuid, incident_id uuid, trace_id uuid, effect text, accepted_at timestamptz, event jsonb';
const TIMELINE = 'id uuid, tenant_id uuid, incident_id uuid, at timestamptz, kind text, data jsonb';
const GROUP = 'tenant_id uuid, key text, head_id uuid, last_at timestamptz';
const OUTBOX = 'subject text, message_id text, body bytea';

const names = (columns) => columns.replace(/(\w+) \w+/g, '$1');
const insert = (table, columns) => `insert into ${table} (${names(columns)}) select ${names(columns)} from json_to_recordset($1::json) as r(${columns})`;

const statements = {
  incidents: insert('incidents', INCIDENT),
  updates: `update incidents i set status = n.status, severity = n.severity, urgency = n.urgency, event_count = n.event_count, version = n.version,
      resolved_at = n.resolved_at, last_triggered_at = n.last_triggered_at, details = n.details, plan = n.plan
    from json_to_recordset($1::json) as n(id uuid, status text, severity text, urgency text, event_count int, version int, resolved_at timestamptz,
      last_triggered_at timestamptz, details jsonb, plan jsonb) where i.id = n.id`,
  keys: `${insert('incident_keys', KEY)} on conflict (scope_id, dedup_key) do update
    set open_incident_id = excluded.open_incident_id, last_resolved_at = excluded.last_resolved_at`,
  events: insert('incident_events', EVENT),
  timeline: insert('timeline', TIMELINE),
  groups: insert('incident_groups', GROUP),
  outbox: insert('outbox', OUTBOX),
};
