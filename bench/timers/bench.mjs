// 100,000 escalations that fall due over five minutes: how late each page is, whether Postgres
// reads more than it must, and what the clock costs when nothing is due.
import { setTimeout as sleep } from 'node:timers/promises';
import contracts from '@signalbox/contracts';
import pg from 'pg';
import { Reconciliation } from '../measure/reconcile.mjs';
import { against, ascending, percentile } from '../measure/statistics.mjs';
import { Operator, withSystem } from '../measure/system.mjs';
import { until } from '../measure/until.mjs';
import { fill } from './fill.mjs';

const IDLE_SECONDS = 10;
const PAGES = `from incidents.timeline t join incidents.incidents i on i.id = t.incident_id where t.kind = 'escalated' and t.data->>'round' = '1'`;

export const timers = {
  name: 'timers',
  run: ({ quick, say }) => withSystem('timers', { services: ['incidents'] }, async (system) => {
    const owner = new pg.Client({ connectionString: system.databaseUrl });
    await owner.connect();
    try {
      const operator = new Operator(system, contracts.newId());
      const service = await operator.post('incidents', '/api/v1/services', { name: 'Bench' });
      const idle = await idleCost(owner);
      const [count, seconds] = quick ? [20_000, 20] : [100_000, 300];
      await system.kill('incidents', 'SIGTERM');
      const ids = await fill(owner, { tenants: [{ tenantId: operator.tenantId, serviceId: service.id }], count, seconds, aheadSeconds: quick ? 15 : 60 });
      const plan = await planOf(owner);
      await system.restart('incidents');
      const scansBefore = await scans(owner);
      say(`${count.toLocaleString('en-US')} are due within ${seconds} s`);
      await until('every page has gone out', async () => (await owner.query(`select count(*)::int as n ${PAGES}`)).rows[0].n >= count, {
        everyMs: 500, withinMs: (seconds + 300) * 1_000,
      });
      const scanned = (await scans(owner)) - scansBefore;
      const { rows } = await owner.query(`select i.id, extract(epoch from t.at - (i.details->>'due')::timestamptz)::float8 * 1000 as late ${PAGES}`);
      const reconciliation = new Reconciliation();
      reconciliation.add(ids, tallied(rows));
      const late = ascending(rows.map((row) => row.late));
      return {
        lines: [
          against([percentile(late, 0.5)], { what: 'lateness of a page, median', unit: 'ms' }),
          against([percentile(late, 0.99)], { what: 'lateness of a page, p99', unit: 'ms', bar: { atMost: 1_000 } }),
          against([reconciliation.duplicates], { what: 'pages that went out twice', unit: 'pages', bar: { atMost: 0 } }),
          against([scanned], { what: 'whole reads of the table of incidents meanwhile', unit: 'scans', bar: { atMost: 0 } }),
          against([idle], { what: 'looks of the clock when nothing is due', unit: 'looks/s', bar: { atMost: 2.5 } }),
        ],
        reconciliation,
        notes: [
          `the worst was ${Math.round(late.at(-1))} ms late, the earliest ${Math.round(late[0])} ms`,
          `late is when it is decided, within the transaction that stores and tells it; what is due is found by: ${plan}`,
        ],
      };
    } finally {
      await owner.end();
    }
  }),
};

/** How often in a second an idle replica looks for what is due, as Postgres counts the uses of that index. */
async function idleCost(owner) {
  const looks = async () =>
    (await owner.query(`select idx_scan::int as n from pg_stat_user_indexes where schemaname = 'incidents' and indexrelname = 'incidents_due'`)).rows[0].n;
  await sleep(2_000);
  const before = await looks();
  await sleep(IDLE_SECONDS * 1_000);
  return ((await looks()) - before) / IDLE_SECONDS;
}

/** Sequential reads of the table of incidents since Postgres began to count. */
async function scans(owner) {
  return (await owner.query(`select seq_scan::int as n from pg_stat_user_tables where schemaname = 'incidents' and relname = 'incidents'`)).rows[0].n;
}

/** The nodes of the plan by which the next is looked for. */
async function planOf(owner) {
  const { rows } = await owner.query('explain (format json) select due_at from incidents.incidents where due_at is not null order by due_at limit 1');
  const nodes = (node) => [`${node['Node Type']}${node['Index Name'] === undefined ? '' : ` ${node['Index Name']}`}`, ...(node.Plans ?? []).flatMap(nodes)];
  return nodes(rows[0]['QUERY PLAN'][0].Plan).join(' → ');
}

function tallied(rows) {
  const counts = new Map();
  for (const { id } of rows) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
