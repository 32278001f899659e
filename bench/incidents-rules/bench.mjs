// Incidents of tenants with every kind of rule in force, against bare batches of the rows that there are then: a page and a group for each incident, its plan.
import contracts from '@signalbox/contracts';
import { againstBareBatches } from '../incidents/bench.mjs';

const RULES = ['services', 'silences', 'maintenance_windows', 'inhibition_rules', 'grouping_rules', 'escalation_policies'];

export const incidentsRules = againstBareBatches({
  name: 'incidents-rules', what: ' with every kind of rule in force', ruled: true,
  note: [
    'each tenant: a policy, targets, auto-resolve, reopen, storm and flapping on its service, '
      + 'a silence, a window, an inhibition, a grouping by region and host',
  ],
  prepare: async ({ client }, tenants) => {
    for (const { tenantId, serviceId } of tenants) await putInForce(client, tenantId, serviceId);
    await client.query('delete from incidents.rule_changes');
  },
  clear: async ({ client }) => {
    await client.query(`update incidents.services set policy_id = null, sla = null,
      auto_resolve_seconds = null, reopen_seconds = null, storm_per_minute = null, flapping = null`);
    for (const table of RULES.slice(1)) await client.query(`delete from incidents.${table}`);
    await client.query('delete from incidents.rule_changes');
  },
});

/** The rules of one tenant, as the API stores them. Nothing that is measured is quiet: what is written is the same on both sides, but for the plans. */
async function putInForce(client, tenantId, serviceId) {
  const policyId = contracts.newId();
  const rule = [contracts.newId(), tenantId];
  const never = JSON.stringify([{ field: 'title', operator: '=~', value: 'never .* said' }]);
  const kept = 'version, created_at, updated_at';
  await client.query(`insert into incidents.escalation_policies (id, tenant_id, ${kept}, name, steps, rounds, fallback)
    values ($1, $2, 1, now(), now(), 'Bench', $3, 3, '[]')`,
    [policyId, tenantId, JSON.stringify([{ delaySeconds: 900, targets: [{ type: 'user', id: contracts.newId() }] }])]);
  const sla = { acknowledgeSeconds: { HIGH: 900 }, resolveSeconds: { HIGH: 86_400 } };
  await client.query(`update incidents.services set policy_id = $2, sla = $3,
    auto_resolve_seconds = 86400, reopen_seconds = 1, storm_per_minute = 1000000, flapping = $4 where id = $1`,
    [serviceId, policyId, JSON.stringify(sla), JSON.stringify({ changes: 20, seconds: 600 })]);
  await client.query(`insert into incidents.silences (id, tenant_id, ${kept}, name, matchers, starts_at, ends_at, created_by)
    values ($1, $2, 1, now(), now(), 'Bench', $3, now(), now() + interval '1 day', 'bench')`, [...rule, never]);
  await client.query(`insert into incidents.maintenance_windows (id, tenant_id, ${kept}, name, matchers, service_ids, starts_at, ends_at, time_zone, recurrence)
    values ($1, $2, 1, now(), now(), 'Bench', $3, '[]', now() - interval '1 day', now() - interval '23 hours', 'Europe/Berlin', 'daily')`, [...rule, never]);
  await client.query(`insert into incidents.inhibition_rules (id, tenant_id, ${kept}, name, source, target, equal)
    values ($1, $2, 1, now(), now(), 'Bench', $3, $3, '["source"]')`, [...rule, never]);
  await client.query(`insert into incidents.grouping_rules (id, tenant_id, ${kept}, name, matchers, "by", window_seconds)
    values ($1, $2, 1, now(), now(), 'Bench', '[]', '["details.region", "details.host"]', 300)`, rule);
}
