// How do many rows travel fastest into one insert: as one JSON parameter (json_to_recordset), as one array for each column (unnest), or as a
// parameter for each value? Usage: node tools/build.mjs libs/database && node libs/database/bench/recordset-versus-unnest.mjs [rows] [rounds]
// On a Postgres of its own; rounds alternate, so that all see the same noise; medians of wall time and of this process's CPU time for a batch.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../../tools/servers/postgres.mjs';
import databaseLib from '../dist/index.js';
import contractsLib from '../../contracts/dist/index.js';

const ROWS = Number(process.argv[2] ?? 500);
const ROUNDS = Number(process.argv[3] ?? 41);
const COLUMNS = { event_id: 'uuid', tenant_id: 'uuid', accepted_at: 'timestamptz', effect: 'text', event: 'jsonb' };
const NAMES = Object.keys(COLUMNS);
const TENANT = contractsLib.newId();

const ways = {
  'json_to_recordset': (db, rows) => databaseLib.insertRows(db, 'events', COLUMNS, rows),
  'unnest': (db, rows) => db.query(
    `insert into events (${NAMES}) select * from unnest(${NAMES.map((name, index) => `$${index + 1}::${COLUMNS[name]}[]`)})`,
    NAMES.map((name) => rows.map((row) => (name === 'event' ? JSON.stringify(row.event) : row[name]))),
  ),
  'values': (db, rows) => db.query(
    `insert into events (${NAMES}) values ${rows.map((_row, r) => `(${NAMES.map((_name, c) => `$${r * NAMES.length + c + 1}`)})`)}`,
    rows.flatMap((row) => NAMES.map((name) => row[name])),
  ),
};

const dir = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
const postgres = await startPostgres({ dir, password: 'bench' });
const db = new databaseLib.Database({ url: postgres.url, schema: 'public', poolSize: 1 });
try {
  await db.query(
    'create table events (event_id uuid primary key, tenant_id uuid not null, accepted_at timestamptz not null, effect text not null, event jsonb not null)',
  );
  const taken = Object.fromEntries(Object.keys(ways).map((name) => [name, { wall: [], cpu: [] }]));
  for (let round = -3; round < ROUNDS; round += 1) {
    const order = Object.keys(ways);
    for (const name of [...order.slice(round % 3), ...order.slice(0, round % 3)]) {
      const rows = batch();
      const { wall, cpu } = await measure(() => ways[name](db, rows));
      if (round >= 0) { // the first rounds warm up
        taken[name].wall.push(wall);
        taken[name].cpu.push(cpu);
      }
    }
    await db.query('truncate events');
  }
  console.log(`${ROWS} rows a batch, ${ROUNDS} batches each; medians`);
  for (const [name, { wall, cpu }] of Object.entries(taken)) {
    console.log(`${name.padEnd(18)} ${median(wall).toFixed(1).padStart(6)} ms wall  ${median(cpu).toFixed(1).padStart(6)} ms CPU here`);
  }
} finally {
  await db.close();
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}

function batch() {
  return Array.from({ length: ROWS }, () => ({
    event_id: contractsLib.newId(), tenant_id: TENANT, accepted_at: new Date(), effect: 'triggered',
    event: {
      ...contractsLib.EVENTS.example.events[0],
      details: { host: 'web-01', note: 'said "quoted" \\ and {braced}, as alerts are', text: 'x'.repeat(200) },
    },
  }));
}

async function measure(work) {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: performance.now() - started, cpu: (user + system) / 1_000 };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
