// How long `npm start` takes on a built checkout with no data yet, until the first event is accepted; and what each service needs when idle.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withChild } from '../measure/child.mjs';
import { scratch } from '../measure/scratch.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { against, summary } from '../measure/statistics.mjs';
import { until } from '../measure/until.mjs';
import { serviceNames } from '../../tools/system.mjs';

const IDLE_MS = 5_000;

export const start = {
  name: 'start',
  run: async ({ quick, say }) => {
    const reconciliation = new Reconciliation();
    const rounds = [];
    for (let round = 1; round <= (quick ? 1 : 5); round += 1) {
      rounds.push(await scratch('start', async (dir) => {
        const fresh = await startOnce(dir, reconciliation);
        const again = await startOnce(dir, reconciliation);
        return { fresh: fresh.seconds, again: again.seconds, residentMb: fresh.residentMb };
      }));
      say(`round ${round}: ${rounds.at(-1).fresh.toFixed(2)} s, the second time ${rounds.at(-1).again.toFixed(2)} s; ${written(rounds.at(-1).residentMb)}`);
    }
    const together = rounds.map(({ residentMb }) => Object.values(residentMb).reduce((a, b) => a + b));
    return {
      lines: [
        against(rounds.map(({ fresh }) => fresh), { what: 'first start until the first event is accepted', unit: 's', bar: { atMost: 10 } }),
        against(rounds.map(({ again }) => again), { what: 'second start, data kept', unit: 's', bar: { atMost: 10 } }),
        ...serviceNames.map((name) => against(rounds.map(({ residentMb }) => residentMb[name]), {
          what: `${name}, resident, idle`, unit: 'MB', bar: { atMost: 160 },
        })),
      ],
      reconciliation,
      notes: [`all six services together ${Math.round(summary(together).median)} MB, counting shared pages six times`],
    };
  },
};

/** One start in a process of its own, as npm would do it. The accepted event must become an incident. */
async function startOnce(dir, reconciliation) {
  const started = performance.now();
  return withChild(new URL('launch.mjs', import.meta.url), async (launcher) => {
    try {
      const { pids, apiKey, adminUrl, dedupKey } = await launcher.ask('start', { dir });
      const seconds = (performance.now() - started) / 1_000;
      const found = new Map();
      await until('the event has become an incident', async () => {
        const response = await fetch(`${adminUrl}/api/v1/incidents?limit=200`, { headers: { authorization: `Bearer ${apiKey}` } });
        const { data = [] } = await response.json();
        if (data.some((incident) => incident.dedupKey === dedupKey)) found.set(dedupKey, 1);
        return found.size > 0;
      }, { everyMs: 100, withinMs: 10_000 }).catch(() => undefined);
      reconciliation.add([dedupKey], found);
      await sleep(IDLE_MS);
      return { seconds, residentMb: Object.fromEntries(serviceNames.map((name) => [name, residentMb(pids[name])])) };
    } finally {
      await launcher.ask('stop');
    }
  });
}

function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024;
}

const written = (residentMb) => Object.entries(residentMb).map(([name, mb]) => `${name} ${Math.round(mb)} MB`).join(', ');
