import { chance } from './random.mjs';

export const TARGETS = ['ingest', 'incidents', 'notifications', 'delivery', 'ops', 'admin', 'nats', 'postgres'];

/** Some deaths come in company: both stores at once, a service together with what it writes to. */
const COMPANY = {
  nats: ['postgres', 'ingest'], postgres: ['nats', 'incidents'], incidents: ['postgres'],
  delivery: ['nats'], notifications: ['postgres'], ingest: ['nats'],
};

/**
 * Who dies when, and for how long: `[{ atMs, names, downMs }]` in order. Every target dies at least once within `seconds`; about every
 * `everySeconds` somebody does. The same seed gives the same plan.
 */
export function makePlan(seed, seconds, { targets = TARGETS, everySeconds = 4 } = {}) {
  const dice = chance(seed, 'plan');
  const windowMs = seconds * 1000;
  const count = Math.max(targets.length, Math.round(seconds / everySeconds));
  const victims = [];
  while (victims.length < count) victims.push(...dice.shuffled(targets));
  const slot = (windowMs * 0.9) / count;
  return victims.slice(0, count).map((victim, index) => ({
    atMs: Math.round(windowMs * 0.04 + slot * (index + dice.between(0, 0.8))),
    names: dice.happens(0.25) && COMPANY[victim] ? [victim, dice.of(COMPANY[victim])].filter((name) => targets.includes(name)) : [victim],
    downMs: Math.round(dice.happens(0.2) ? dice.between(1500, 4000) : dice.between(20, 1200)),
  }));
}
