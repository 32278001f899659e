import { eventually } from '@signalbox/testing';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from './support/http.js';
import { freePort } from './support/ports.js';
import { system } from './support/system.js';
import { World, type Integration } from './support/world.js';

/** A real, unmodified Alertmanager (Debian: prometheus-alertmanager) between a Prometheus that we play and Signalbox. */

const binary = ['prometheus-alertmanager', 'alertmanager'].find((name) => spawnSync(name, ['--version']).status === 0);
const withAlertmanager = binary === undefined ? describe.skip : describe;
const title = binary === undefined ? 'SKIPPED: no prometheus-alertmanager on the PATH (apt-get install prometheus-alertmanager)' : `Alertmanager (${binary})`;

/** As an operator writes it: one receiver of each kind, nothing special but short waits. */
function configuration(prometheus: Integration, pagerduty: Integration): string {
  return `
route:
  receiver: none
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
  routes:
    - receiver: webhook
      continue: true
    - receiver: pagerduty
receivers:
  - name: none
  - name: webhook
    webhook_configs:
      - url: ${system.urls.ingest}/api/integrations/prometheus?integrationId=${prometheus.id}
        send_resolved: true
        http_config: { authorization: { credentials: ${prometheus.key} } }
  - name: pagerduty
    pagerduty_configs:
      - routing_key: ${pagerduty.key}
        url: ${system.urls.ingest}/v2/enqueue
        send_resolved: true
        severity: '{{ .CommonLabels.severity }}'
`;
}

withAlertmanager(title, () => {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-alertmanager-'));
  let world: World;
  let url: string;
  let alertmanager: ChildProcess;
  let said = '';
  let prometheus: Integration;
  let pagerduty: Integration;

  beforeAll(async () => {
    world = await World.make('alertmanager');
    [prometheus, pagerduty] = [await world.integration('prometheus'), await world.integration('events')];
    writeFileSync(join(dir, 'alertmanager.yml'), configuration(prometheus, pagerduty));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    alertmanager = spawn(binary!, [
      `--config.file=${join(dir, 'alertmanager.yml')}`, `--storage.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address=',
    ]);
    alertmanager.stderr!.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    await eventually(async () => (await send('GET', `${url}/-/ready`)).status === 200, { withinMs: 20_000, describe: 'Alertmanager to be ready' });
  });
  afterAll(() => {
    alertmanager.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  /** What Prometheus posts while an alert fires, and once it does not any more. */
  async function post(alertname: string, endsAt: Date): Promise<void> {
    const answer = await send('POST', `${url}/api/v2/alerts`, {
      body: [{
        labels: { alertname, severity: 'critical', instance: 'web-01:9100' }, annotations: { summary: 'High CPU on web-01' },
        startsAt: started.toISOString(), endsAt: endsAt.toISOString(), generatorURL: 'http://prometheus.example/graph',
      }],
    });
    expect(answer.status).toBe(200);
  }
  const started = new Date();
  const incidentsOf = (status: string) => eventually(async () => {
    const found = await world.incidents(`&status=${status}`);
    if (found.length < 2) throw new Error(`${JSON.stringify(found)}\n${said.slice(-2000)}`);
    return found;
  }, { withinMs: 20_000, describe: `two incidents ${status}` });

  it('fires through its webhook and its pagerduty receiver, and a resolve closes both incidents', async () => {
    await post('HighCPU', new Date(Date.now() + 3_600_000));
    const open = await incidentsOf('OPEN');
    expect(open).toHaveLength(2);
    for (const incident of open) expect(incident).toMatchObject({ severity: 'critical', urgency: 'HIGH', service: { name: 'Web shop' } });
    expect(open.map(({ title }) => title).sort()).toEqual([expect.stringContaining('HighCPU'), expect.stringContaining('High')]);

    await post('HighCPU', new Date());
    const resolved = await incidentsOf('RESOLVED');
    expect(resolved.map(({ id }) => id).sort()).toEqual(open.map(({ id }) => id).sort());
    expect(await world.incidents('&status=OPEN')).toEqual([]);
    expect(said).not.toMatch(/level=(warn|error).*(notify|Notify)/);
  });
});
