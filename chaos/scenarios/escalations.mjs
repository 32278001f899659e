import { setTimeout as sleep } from 'node:timers/promises';
import { verdict } from '../invariants.mjs';
import { carryOut } from '../killer.mjs';
import { makePlan } from '../plan.mjs';
import { asOwner } from '../store.mjs';
import { until } from '../until.mjs';
import { everyoneDied } from './random.mjs';

const INCIDENTS = 60;
/** The shortest that the API takes. */
const STEP_SECONDS = 30;
const STEPS = 2;
/** A step may be so late, counted from when it was due, or from when all that carries it out was back. */
const MOST_LATE_MS = 5_000;
const TARGETS = ['incidents', 'incidents-2', 'postgres', 'nats'];

export const escalations = {
  name: 'escalations', seconds: 75, about: 'steps of escalations fall due while incidents (two of them), Postgres and NATS die',
  async play(stage, { seconds }) {
    await stage.open();
    await stage.startSecond('incidents');
    await stage.ready();
    const watch = watched(stage);
    const load = openAll(stage, seconds);
    const deaths = await carryOut(makePlan(stage.seed, seconds, { targets: TARGETS, everySeconds: 5 }), watch, stage.say);
    await stage.ready();
    await load;
    await until(async () => (await pagesOf(stage)).length >= INCIDENTS * (STEPS + 1), 'every step was carried out', 120_000);
    return [everyoneDied(TARGETS, deaths), ...judge(await pagesOf(stage), watch.isAway)];
  },
};

/** Incidents of a service with a policy, opened over the first seconds: so something falls due all the time. */
async function openAll({ scene: { api, channel, integration: { id } }, system }, seconds) {
  const target = { type: 'channel', id: channel.id };
  const policy = await api.post('/api/v1/escalation-policies', {
    name: 'chaos', rounds: 1,
    steps: Array.from({ length: STEPS }, () => ({ delaySeconds: STEP_SECONDS, targets: [target] })),
  });
  const service = await api.post('/api/v1/services', { name: 'Escalated', policyId: policy.id });
  const { key } = await api.post('/api/v1/integrations', {
    name: `escalated, beside ${id}`, type: 'events', serviceId: service.id, rateLimitPerMinute: 1_000_000,
  });
  for (let n = 0; n < INCIDENTS; n += 1) {
    await until(() => trigger(system.urls.ingest, key, n), `escalated-${n} is accepted`, 120_000);
    await sleep((seconds * 1_000) / INCIDENTS / 3);
  }
}

async function trigger(url, key, n) {
  const response = await fetch(`${url}/api/events`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Token token=${key}`, 'idempotency-key': `escalated-${n}` },
    signal: AbortSignal.timeout(8_000),
    body: JSON.stringify({
      event_action: 'trigger', dedup_key: `escalated-${n}`,
      payload: { summary: 'nobody answers', source: 'chaos', severity: 'critical' },
    }),
  }).catch(() => undefined);
  return response?.status === 202;
}

/** Every page: those of the first round, and the first reminder. That one reached nobody (what it sent died) is told by another entry, no page. */
function pagesOf({ system, scene }) {
  return asOwner(system.databaseUrl, `
    select i.id, i.dedup_key as key, t.at, (t.data->>'step')::int as step, (t.data->>'round')::int as round
    from incidents.incidents i join incidents.timeline t on t.incident_id = i.id and t.kind = 'escalated'
      and t.data->>'reason' is distinct from 'nobody_reached'
    where i.tenant_id = $1 and i.dedup_key like 'escalated-%' order by i.id, t.at, t.id`, [scene.tenantId]);
}

/** The stage as the killer sees it, which remembers when what was away; `isAway(at)`: whether no step could be carried out then. */
function watched(stage) {
  const away = [];
  const wasAway = (at, name) => away.some((one) => one.name === name && one.from <= at && at <= one.to);
  return {
    async kill(name) {
      away.push({ name, from: Date.now(), to: Infinity });
      await stage.kill(name);
    },
    async restart(name) {
      await stage.restart(name);
      Object.assign(away.findLast((one) => one.name === name), { to: Date.now() });
    },
    isAway: (at) => wasAway(at, 'postgres') || wasAway(at, 'nats') || (wasAway(at, 'incidents') && wasAway(at, 'incidents-2')),
  };
}

function judge(pages, isAway) {
  const twice = pages.filter((page, index) =>
    pages.some((other, at) => at < index && other.id === page.id && other.step === page.step && other.round === page.round));
  const byIncident = new Map();
  for (const page of pages) byIncident.set(page.id, [...(byIncident.get(page.id) ?? []), page]);
  const missing = [...byIncident].filter(([, own]) => own.length < STEPS + 1).map(([, own]) => `${own[0].key}: ${own.length} pages`);
  const late = [...byIncident.values()].flatMap((own) =>
    own.slice(1, STEPS + 1).map((page, index) => ({ ...page, lateMs: lateness(own[index].at.getTime() + STEP_SECONDS * 1_000, page.at.getTime(), isAway) })));
  const worst = Math.max(...late.map(({ lateMs }) => lateMs));
  return [
    verdict(
      'each step of each escalation was carried out',
      [...missing, ...(byIncident.size < INCIDENTS ? [`${INCIDENTS - byIncident.size} incidents without a page`] : [])],
      `${byIncident.size} incidents, ${pages.length} pages`,
    ),
    verdict('and once', twice.map(({ key, step, round }) => `${key}: step ${step} of round ${round}`), 'none twice'),
    verdict(
      `none later than ${MOST_LATE_MS / 1_000} s after what carries it out was there`,
      late.filter(({ lateMs }) => lateMs > MOST_LATE_MS).map(({ key, step, lateMs }) => `${key} step ${step}: ${lateMs} ms`),
      `${Math.round(worst)} ms at worst`,
    ),
  ];
}

/** Milliseconds from when it was due until it was done, counted from the last moment at which it could not be done. */
function lateness(dueMs, doneMs, isAway) {
  let since = dueMs;
  for (let at = dueMs; at < doneMs; at += 20) if (isAway(at)) since = at;
  return doneMs - since;
}
