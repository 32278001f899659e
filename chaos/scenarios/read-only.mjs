import { setTimeout as sleep } from 'node:timers/promises';
import { verdict } from '../invariants.mjs';
import { carryOut } from '../killer.mjs';
import { makePlan } from '../plan.mjs';
import { asOwner } from '../store.mjs';
import { until } from '../until.mjs';
import { everyoneDied } from './random.mjs';

const SERVICES = ['incidents', 'notifications', 'delivery', 'ops', 'ingest'];

export const readOnly = {
  name: 'read-only', seconds: 30, about: 'Postgres takes no writes for a while; then NATS goes as well, and services die; all come back',
  async play(stage, { seconds }) {
    await stage.open();
    const { databaseUrl } = stage.system;
    const load = stage.load({ keys: 12, senders: 6 });
    await until(() => load.record.events.length > 50 && load.record.messages.length > 50, 'the load has begun');
    await takeWrites(databaseUrl, false);
    const before = load.record.events.length;
    await sleep((seconds * 1000) / 3);
    const during = load.record.events.length - before;
    await stage.kill('nats');
    await until(() => load.record.answers[503] > 0, 'the gateway says 503, with nowhere to store');
    await stage.restart('nats');
    const deaths = await carryOut(makePlan(stage.seed, (seconds * 2) / 3, { targets: SERVICES }), stage, stage.say);
    await takeWrites(databaseUrl, true);
    await stage.ready();
    stage.receivers.heal();
    await load.stop();
    const verdicts = await stage.judge({ withinMs: 180_000 });
    stage.tellOfTheLoad();
    return [
      verdict('the gateway went on accepting while Postgres took no writes', during === 0 ? ['not one event'] : [], `${during} events`),
      everyoneDied(SERVICES, deaths), ...verdicts,
    ];
  },
};

/** Switches the whole server, sessions that are open included. */
async function takeWrites(databaseUrl, yes) {
  await asOwner(databaseUrl, `alter system set default_transaction_read_only = ${yes ? 'off' : 'on'}`);
  await asOwner(databaseUrl, 'select pg_reload_conf()');
  await until(
    async () => (await asOwner(databaseUrl, 'show default_transaction_read_only'))[0].default_transaction_read_only === (yes ? 'off' : 'on'),
    'Postgres has read its settings',
  );
}
