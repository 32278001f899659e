import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { World, type Integration } from './support/world.js';

/** The commands of the set-up guides of Nagios and Icinga, run by a real shell with a real curl, as the cores run them. */

const isThere = spawnSync('curl', ['--version']).status === 0;
const withCurl = isThere ? describe : describe.skip;
const title = isThere ? 'notification commands' : 'SKIPPED: no curl on the PATH (apt-get install curl)';
const SOURCES = join(__dirname, '..', 'apps', 'ingest', 'src', 'sources');

interface Ran { readonly status: number | null; readonly said: string }

/** Runs it with the environment that cores give: a PATH and what is named. */
function run(command: string, args: readonly string[], env: Record<string, string> = {}): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env: { PATH: process.env.PATH ?? '', ...env }, encoding: 'utf8', timeout: 60_000 });
  return { status, said: `${stdout}${stderr}${error?.message ?? ''}` };
}
const FINE: Ran = { status: 0, said: '' };

withCurl(title, () => {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-commands-'));
  let world: World;

  beforeAll(async () => {
    world = await World.make('commands');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function guideOf({ id }: Integration): Promise<string> {
    return (await world.operator.get<{ setup: string }>(`/api/v1/integrations/${id}/setup`)).setup;
  }

  /** Writes the scripts of a guide where they may stand here, each calling the others there. Gives their paths in the guide's order. */
  function install(guide: string, places: readonly string[]): string[] {
    const here = (place: string): string => join(dir, place.replaceAll('/', '_'));
    const scripts = [...guide.matchAll(/^```sh\n(#!\/bin\/sh\n[^]*?)^```$/gm)]
      .map(([, script]) => places.reduce((text, place) => text.replaceAll(place, here(place)), script!));
    expect(scripts).toHaveLength(places.length);
    return places.map((place, index) => {
      writeFileSync(here(place), scripts[index]!, { mode: 0o755 });
      return here(place);
    });
  }

  /** The command of a README's section "Check", which names the user that runs it. */
  function check(type: string, installed: string): string {
    const [, command] = /^## Check\n\n```sh\nsudo -u nagios \S+( .*)$/m.exec(readFileSync(join(SOURCES, type, 'README.md'), 'utf8'))!;
    return installed + command!;
  }

  const summaryOf = async (dedupKey: string, status: 'OPEN' | 'RESOLVED') => (await world.incident(dedupKey, { status, withinMs: 15_000 })).title;

  it('Nagios: the script checks, and its commands open, acknowledge and close what they are about', async () => {
    const guide = await guideOf(await world.integration('nagios'));
    const [script] = install(guide, ['/usr/local/bin/notify-signalbox', '~/local/share/check_mk/notifications/signalbox']) as [string, string];
    expect(run('/bin/sh', ['-c', check('nagios', script)])).toEqual(FINE);
    expect(await summaryOf('nagios-check/signalbox', 'OPEN')).toBe('signalbox on check is WARNING: It works');

    /** As the core expands a command line, and hands it to a shell; a macro that says nothing is empty. */
    const notify = (command: string, macros: Record<string, string>): Ran => {
      const [, line] = new RegExp(`command_name +${command}\\n +command_line +(.*)$`, 'm').exec(guide)!;
      return run('/bin/sh', ['-c', line!.replace(/\$([A-Z]+)\$/g, (_, name: string) => macros[name] ?? '').replace('/usr/local/bin/notify-signalbox', script)]);
    };
    const service = {
      HOSTNAME: 'web-01', HOSTADDRESS: '10.0.0.1', SERVICEDESC: 'Load', LASTSERVICESTATE: 'OK',
      SERVICEATTEMPT: '3', TIMET: String(Math.floor(Date.now() / 1_000)),
    };
    expect(notify('notify-service-by-signalbox', {
      ...service, NOTIFICATIONTYPE: 'PROBLEM', SERVICESTATE: 'CRITICAL',
      SERVICEOUTPUT: 'Load übermäßig: 95% of 4; a=b + c',
    })).toEqual(FINE);
    expect(await summaryOf('nagios-web-01/Load', 'OPEN')).toBe('Load on web-01 is CRITICAL: Load übermäßig: 95% of 4; a=b + c');
    expect(notify('notify-service-by-signalbox', {
      ...service, NOTIFICATIONTYPE: 'ACKNOWLEDGEMENT', SERVICESTATE: 'CRITICAL',
      NOTIFICATIONAUTHOR: 'mira', NOTIFICATIONCOMMENT: 'On it',
    })).toEqual(FINE);
    await world.incident('nagios-web-01/Load', { status: 'ACKNOWLEDGED', withinMs: 15_000 });
    expect(notify('notify-service-by-signalbox', { ...service, NOTIFICATIONTYPE: 'RECOVERY', SERVICESTATE: 'OK', SERVICEOUTPUT: 'Load fine' })).toEqual(FINE);
    await world.incident('nagios-web-01/Load', { status: 'RESOLVED', withinMs: 15_000 });

    for (const [NOTIFICATIONTYPE, HOSTSTATE, status] of [['PROBLEM', 'DOWN', 'OPEN'], ['RECOVERY', 'UP', 'RESOLVED']] as const) {
      expect(notify('notify-host-by-signalbox', { HOSTNAME: 'db-01', NOTIFICATIONTYPE, HOSTSTATE, HOSTOUTPUT: 'PING' })).toEqual(FINE);
      await world.incident('nagios-db-01', { status, withinMs: 15_000 });
    }
  });

  it('Checkmk: its script posts what stands in the environment', async () => {
    const [, script] = install(await guideOf(await world.integration('nagios')), [
      '/usr/local/bin/notify-signalbox', '~/local/share/check_mk/notifications/signalbox',
    ]) as [string, string];
    const about = {
      OMD_SITE: 'main', NOTIFY_WHAT: 'SERVICE', NOTIFY_HOSTNAME: 'cmk-01', NOTIFY_HOSTSTATE: 'UP',
      NOTIFY_SERVICEDESC: 'Filesystem /', NOTIFY_SERVICEOUTPUT: '$HOME is "full" & \'more\'',
    };
    expect(run(script, [], { ...about, NOTIFY_NOTIFICATIONTYPE: 'PROBLEM', NOTIFY_SERVICESTATE: 'CRITICAL' })).toEqual(FINE);
    expect(await summaryOf('nagios-cmk-01/Filesystem /', 'OPEN')).toBe('Filesystem / on cmk-01 is CRITICAL: $HOME is "full" & \'more\'');
    expect(run(script, [], { ...about, NOTIFY_NOTIFICATIONTYPE: 'RECOVERY', NOTIFY_SERVICESTATE: 'OK' })).toEqual(FINE);
    await world.incident('nagios-cmk-01/Filesystem /', { status: 'RESOLVED', withinMs: 15_000 });
  });

  it('Icinga: the script checks, and its command opens and closes what it is about', async () => {
    const guide = await guideOf(await world.integration('icinga'));
    const [script] = install(guide, ['/etc/icinga2/scripts/signalbox']) as [string];
    expect(run('/bin/sh', ['-c', check('icinga', script)])).toEqual(FINE);
    expect(await summaryOf('icinga-check/signalbox', 'OPEN')).toBe('signalbox on check is WARNING: It works');

    const known = [...guide.matchAll(/^ +"(--\w+)" = "\$([\w.]+)\$"$/gm)];
    expect(known.length).toBeGreaterThan(10);
    /** As Icinga does: no shell, and no argument whose macro there is not. */
    const notify = (macros: Record<string, string>): Ran => run(script, known.flatMap(([, name, macro]) => (macro! in macros ? [name!, macros[macro!]!] : [])));
    const service = {
      'host.name': 'web-01', 'host.display_name': 'Web one', 'host.state': 'UP', 'service.name': 'disk',
      'service.display_name': 'Disk', 'service.output': `DISK "/" 'full' & $(rm) 97% ü`,
    };
    expect(notify({ ...service, 'notification.type': 'PROBLEM', 'service.state': 'CRITICAL' })).toEqual(FINE);
    expect(await summaryOf('icinga-web-01/disk', 'OPEN')).toBe(`Disk on Web one is CRITICAL: DISK "/" 'full' & $(rm) 97% ü`);
    expect(notify({ ...service, 'notification.type': 'RECOVERY', 'service.state': 'OK' })).toEqual(FINE);
    await world.incident('icinga-web-01/disk', { status: 'RESOLVED', withinMs: 15_000 });

    expect(notify({ 'host.name': 'db-01', 'notification.type': 'PROBLEM', 'host.state': 'DOWN', 'host.output': 'PING' })).toEqual(FINE);
    expect(await summaryOf('icinga-db-01', 'OPEN')).toBe('db-01 is DOWN: PING');
  });

  it('a command whose key is not known fails, so that the core logs it', async () => {
    const integration = await world.integration('nagios');
    const guide = (await guideOf(integration)).replaceAll(integration.key, 'x'.repeat(32));
    const [script] = install(guide, ['/usr/local/bin/notify-signalbox', '~/local/share/check_mk/notifications/signalbox']) as [string, string];
    const { status, said } = run(script, ['HOSTNAME', 'x']);
    expect(status).not.toBe(0);
    expect(said).toContain('401');
  });
});
