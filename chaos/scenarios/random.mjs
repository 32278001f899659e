import { verdict } from '../invariants.mjs';
import { carryOut } from '../killer.mjs';
import { TARGETS, makePlan } from '../plan.mjs';

export const random = {
  name: 'random', seconds: 180, about: 'kill -9 of every service, of NATS and of Postgres at random times',
  async play(stage, { seconds }) {
    await stage.open();
    const load = stage.load();
    const deaths = await carryOut(makePlan(stage.seed, seconds), stage, stage.say);
    await stage.ready();
    stage.receivers.heal();
    await load.stop();
    const verdicts = await stage.judge();
    stage.tellOfTheLoad();
    return [everyoneDied(TARGETS, deaths), ...verdicts];
  },
};

export function everyoneDied(targets, deaths) {
  return verdict('every process was killed', targets.filter((name) => !deaths[name]), targets.map((name) => `${name} ${deaths[name]}`).join(', '));
}
