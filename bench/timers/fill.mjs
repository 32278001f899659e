// Incidents as the service stores them, without the service: many, quickly.
import contracts from '@signalbox/contracts';

/**
 * Stores `count` open incidents of each tenant (`{ tenantId, serviceId }`), each with its key. With `seconds`, each
 * has an escalation whose first page falls due within them, evenly, from `aheadSeconds` from now on; `details.due`
 * says when. Gives their ids. `owner` is a connection of the database's owner.
 */
export async function fill(owner, { tenants, count, seconds = null, aheadSeconds = 0 }) {
  const scope = contracts.newId();
  const policy = {
    id: contracts.newId(), name: 'Bench', rounds: 1, acknowledgeTimeoutSeconds: null, fallback: [],
    steps: [{ delaySeconds: 86_400, targets: [{ type: 'user', id: contracts.newId() }] }],
  };
  const plan = {
    told: true, quiet: null, groupKey: null, snoozedUntil: null,
    escalation: { policy, step: 0, round: 1, acknowledgementEndsAt: null },
    sla: null, autoResolveSeconds: null, staleAt: null, lookAgain: null,
  };
  const { rows } = await owner.query(
    `with times as (
       select t.*, n, $4::float8 is null as idle, date_trunc('milliseconds', now() + make_interval(secs => $5 + n * coalesce($4, 0) / $3::int)) as due
       from json_to_recordset($1::json) as t("tenantId" uuid, "serviceId" uuid) cross join generate_series(1, $3::int) n),
     made as (
       insert into incidents.incidents (id, tenant_id, number, service_id, service_name, scope_id, dedup_key,
         title, source, status, severity, urgency, event_count, version, opened_at, last_triggered_at, details, links, plan, due_at)
       select gen_random_uuid(), "tenantId", n, "serviceId", 'Bench', $2, "tenantId" || '/' || n,
         'Filled', 'bench', 'OPEN', 'critical', 'HIGH', 1, 1, now(), now(),
         case when idle then '{}' else jsonb_build_object('due', due) end, '[]',
         case when not idle then jsonb_set($6::jsonb, '{escalation,nextAt}', to_jsonb(to_char(due at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) end,
         case when not idle then due end
       from times returning id, tenant_id, scope_id, dedup_key),
     keyed as (
       insert into incidents.incident_keys (scope_id, dedup_key, tenant_id, open_incident_id, last_incident_id)
       select scope_id, dedup_key, tenant_id, id, id from made),
     numbered as (
       insert into incidents.incident_numbers (tenant_id, last)
       select tenant_id, count(*) from made group by 1 on conflict (tenant_id) do update set last = excluded.last)
     select id from made`, [JSON.stringify(tenants), scope, count, seconds, aheadSeconds, JSON.stringify(plan)]);
  await owner.query('analyze incidents.incidents, incidents.incident_keys');
  return rows.map(({ id }) => id);
}
