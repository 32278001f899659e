import { verdict } from '../invariants.mjs';
import { carryOut } from '../killer.mjs';
import { makePlan } from '../plan.mjs';
import { asOwner } from '../store.mjs';
import { everyoneDied } from './random.mjs';

const TWICE = ['incidents', 'notifications', 'delivery'];
const TARGETS = TWICE.flatMap((service) => [service, `${service}-2`]);

export const replicas = {
  name: 'replicas', seconds: 60, about: 'two of incidents, notifications and delivery each, and one or the other dies',
  async play(stage, { seconds }) {
    await stage.open();
    await Promise.all(TWICE.map((service) => stage.startSecond(service)));
    await stage.ready();
    const load = stage.load();
    const deaths = await carryOut(makePlan(stage.seed, seconds, { targets: TARGETS, everySeconds: 3 }), stage, stage.say);
    await stage.ready();
    stage.receivers.heal();
    await load.stop();
    const verdicts = await stage.judge({ withinMs: 180_000 });
    stage.tellOfTheLoad();
    return [everyoneDied(TARGETS, deaths), ...verdicts, ...await pagesOf(stage)];
  },
};

/** No double page: one notification of a change and channel, sent once, but where a sender died with it in its hands (which is on record). */
async function pagesOf({ system, receivers }) {
  const twins = await asOwner(
    system.databaseUrl,
    `select incident_id, incident->>'version' as version, count(*) as n from notifications.notifications group by 1, 2, channel_id having count(*) > 1`,
  );
  const inDoubt = await asOwner(
    system.databaseUrl,
    `select notification_id as id from notifications.notification_attempts where reason in ('ambiguous', 'timeout', 'reset')`,
  );
  const unknown = new Set(inDoubt.map(({ id }) => id));
  const again = [...receivers.taken.notified].filter(([, times]) => times > 1);
  return [
    verdict(
      'a change of an incident made one notification',
      twins.map(({ incident_id: id, version, n }) => `${id} v${version}: ${n}`),
      `${receivers.taken.notified.size} taken`,
    ),
    verdict(
      'nobody was paged twice, but where a sender died in between',
      again.filter(([id]) => !unknown.has(id)).map(([id, times]) => `${id}: ${times} times`),
      `${again.length} repeated after a death`,
    ),
  ];
}
