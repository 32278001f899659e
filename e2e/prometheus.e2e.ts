import { eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from './support/http.js';
import { freePort } from './support/ports.js';
import { system } from './support/system.js';
import { World, type Integration } from './support/world.js';

/** A real, unmodified Prometheus (Debian: prometheus) that sends its alerts straight to Signalbox, with no Alertmanager between. */

const isThere = spawnSync('prometheus', ['--version']).status === 0;
const withPrometheus = isThere ? describe : describe.skip;
const title = isThere ? 'Prometheus' : 'SKIPPED: no prometheus on the PATH (apt-get install prometheus)';

/** As an operator writes it, with short intervals: one Signalbox by bearer token, and the same by basic auth, as two integrations. */
function configuration(target: string, byToken: Integration, byPassword: Integration): string {
  const to = new URL(system.urls.ingest).host;
  return `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - job_name: doors
    static_configs: [{ targets: ['${target}'] }]
alerting:
  alertmanagers:
    - authorization: { credentials: ${byToken.key} }
      static_configs: [{ targets: ['${to}'] }]
    - basic_auth: { username: prometheus, password: ${byPassword.key} }
      static_configs: [{ targets: ['${to}'] }]
`;
}

const RULES = `
groups:
  - name: doors
    rules:
      - alert: DoorOpen
        expr: door_open == 1
        labels: { severity: critical }
        annotations: { summary: 'The door is open' }
`;

withPrometheus(title, () => {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-prometheus-'));
  let world: World;
  let door: Receiver;
  let prometheus: ChildProcess;
  let url: string;
  let said = '';

  beforeAll(async () => {
    world = await World.make('prometheus');
    door = await startReceiver();
    doorIs('open');
    writeFileSync(
      join(dir, 'prometheus.yml'),
      configuration(`127.0.0.1:${door.port}`, await world.integration('prometheus'), await world.integration('prometheus')),
    );
    writeFileSync(join(dir, 'rules.yml'), RULES);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    prometheus = spawn('prometheus', [
      `--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`, '--rules.alert.resend-delay=1s',
    ]);
    prometheus.stderr!.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    await eventually(async () => (await send('GET', `${url}/-/ready`)).status === 200, { withinMs: 30_000, describe: 'Prometheus to be ready' });
  });
  afterAll(async () => {
    prometheus.kill('SIGKILL');
    await door.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const doorIs = (state: 'open' | 'closed') => door.answer({
    status: 200, headers: { 'content-type': 'text/plain; version=0.0.4' },
    body: `door_open ${state === 'open' ? 1 : 0}\n`,
  });

  const incidents = (status: string, holds: (eventCount: number) => boolean = () => true) => eventually(async () => {
    const found = await world.incidents(`&status=${status}`);
    if (found.length < 2 || !found.every(({ eventCount }) => holds(eventCount))) throw new Error(`${JSON.stringify(found)}\n${said.slice(-2_000)}`);
    return found;
  }, { withinMs: 30_000, describe: `two incidents ${status}` });

  async function metric(name: string): Promise<number> {
    const text = (await send('GET', `${url}/metrics`)).text;
    const values = [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'gm'))];
    expect(values.length).toBeGreaterThan(0);
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  it('opens an incident when a rule fires, tells nobody of what it repeats, and closes it when the rule does not fire any more', async () => {
    const open = await incidents('OPEN', (eventCount) => eventCount >= 3);
    expect(open).toHaveLength(2);
    for (const incident of open) {
      expect(incident).toMatchObject({
        title: 'DoorOpen: The door is open', severity: 'critical', urgency: 'HIGH',
        dedupKey: expect.stringMatching(/^prometheus-[0-9a-f]{16}$/),
      });
    }
    for (const { id } of open) {
      const kinds = (await world.operator.list<{ kind: string }>(`/api/v1/incidents/${id}/timeline?limit=200`)).map(({ kind }) => kind);
      expect([kinds[0], ...new Set(kinds.slice(1))]).toEqual(['triggered', 'repeated']);
    }

    doorIs('closed');
    const resolved = await incidents('RESOLVED');
    expect(resolved.map(({ id }) => id).sort()).toEqual(open.map(({ id }) => id).sort());
    expect(await world.incidents('&status=OPEN')).toEqual([]);

    expect(await metric('prometheus_notifications_sent_total')).toBeGreaterThan(0);
    expect(await metric('prometheus_notifications_errors_total')).toBe(0);
    expect(said).not.toMatch(/component=notifier.*[Ee]rror/);
  });
});
