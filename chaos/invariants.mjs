import { expectedEffects } from './model.mjs';
import { TOPICS } from './scene.mjs';

/**
 * Checks, id by id, that nothing accepted is lost. In: what the load knows was accepted (`record`), what the services wrote down (`facts`),
 * and what the far sides took (`taken`). Gives `[{ name, ok, detail }]`; `detail` counts, or names the first few offenders.
 */
export function checkInvariants({ record, facts, taken, routes }) {
  return [
    ...eventInvariants(record, facts), ...deliveryInvariants(record, facts, taken, routes),
    ...notificationInvariants(facts, taken), ...ledgerInvariants(facts),
  ];
}

function eventInvariants(record, { events, incidents, letters }) {
  const byTrace = new Map(events.map((event) => [event.trace_id, event]));
  const lettered = new Set(letters.map((letter) => letter.trace_id));
  const lost = record.events.filter(({ trace }) => !byTrace.has(trace) && !lettered.has(trace));
  const known = new Set([...record.events, ...record.poisoned].map(({ trace }) => trace));
  const strange = events.filter((event) => !known.has(event.trace_id));
  const dead = letters.filter(({ kind }) => kind === 'event');
  return [
    verdict(
      'every accepted event took effect or is a dead letter',
      lost.map(({ key, n, trace }) => `${key}#${n} ${trace}`),
      `${record.events.length} events, ${dead.length} dead letters`,
    ),
    verdict('no event took effect that was not accepted', strange.map(({ trace_id: trace, effect }) => `${trace} ${effect}`), `${events.length} taken in`),
    verdict(
      'events of a key took effect in the order in which they were accepted',
      disorder(record.events, byTrace),
      `${new Set(record.events.map(({ key }) => key)).size} keys`,
    ),
    ...poisonInvariants(record, byTrace, lettered),
    verdict('a key never had two incidents open at a time', overlaps(incidents), `${incidents.length} incidents`),
  ];
}

/** An event that the store refuses is a dead letter, until a replay finds a store that takes it. */
function poisonInvariants({ poisoned }, byTrace, lettered) {
  if (poisoned.length === 0) return [];
  const unlettered = poisoned.filter(({ trace }) => !lettered.has(trace));
  return [verdict(
    'what the store refuses is a dead letter',
    unlettered.map(({ key, trace }) => `${key} ${trace}`),
    `${poisoned.length} poisoned, ${poisoned.filter(({ trace }) => byTrace.has(trace)).length} taken in by a replay`,
  )];
}

/** Each key's effects against the model's: one event lost, doubled or out of turn shows here. */
function disorder(sent, byTrace) {
  const keys = grouped(sent, ({ key }) => key);
  return [...keys].flatMap(([key, events]) => {
    const expected = expectedEffects(events.map(({ action }) => action));
    const wrong = events.findIndex(({ trace }, index) => byTrace.get(trace)?.effect !== expected[index]);
    if (wrong < 0) return [];
    const was = byTrace.get(events[wrong].trace);
    const { n, action, trace } = events[wrong];
    return [`${key}#${n} (${action}) should have ${expected[wrong]}, was ${was?.effect ?? 'missing'} ${was?.reason ?? ''} ${trace}`];
  });
}

function overlaps(incidents) {
  return [...grouped(incidents, (incident) => incident.dedup_key)].flatMap(([key, list]) => list.slice(1).flatMap((incident, index) => {
    const before = list[index];
    return before.resolved_at === null || before.resolved_at > incident.opened_at ? [`${key}: ${before.id} and ${incident.id}`] : [];
  }));
}

const FINAL_OR_WAITING = new Set(['delivered', 'dead', 'held', 'queued', 'retrying', 'discarded']);

function deliveryInvariants(record, { deliveries, letters }, taken, routes) {
  const byPair = new Map(deliveries.map((delivery) => [`${delivery.message_id} ${delivery.route_id}`, delivery]));
  const wanted = record.messages.flatMap(({ id, topic, two }) =>
    TOPICS[topic].filter((route) => route !== 'second' || two).map((route) => ({ id, route, pair: `${id} ${routes[route].id}` })));
  const pairs = new Set(wanted.map(({ pair }) => pair));
  const lost = wanted.filter(({ pair }) => !FINAL_OR_WAITING.has(byPair.get(pair)?.status));
  const strange = deliveries.filter(({ message_id: message, route_id: route }) => !pairs.has(`${message} ${route}`));
  const pathOf = new Map(Object.values(routes).map(({ id, path }) => [id, path]));
  const unseen = deliveries.filter(({ id, status, route_id: route }) => status === 'delivered' && !taken[pathOf.get(route)].has(id));
  const lettered = new Set(letters.map((letter) => letter.delivery_id));
  const unlettered = deliveries.filter(({ id, status }) => status === 'dead' && !lettered.has(id));
  return [
    verdict(
      'every accepted message is, for each matching route, delivered, dead, held or in flight',
      lost.map(({ pair, route }) => `${pair} (${route})`),
      `${record.messages.length} messages, ${wanted.length} deliveries: ${census(deliveries)}`,
    ),
    verdict('no delivery came of nothing', strange.map(({ id }) => id), `${deliveries.length} deliveries`),
    verdict(
      'what is delivered was taken by the far side',
      unseen.map(({ id }) => id),
      `${deliveries.filter(({ status }) => status === 'delivered').length} delivered`,
    ),
    verdict(
      'what is dead has its dead letter',
      unlettered.map(({ id, reason }) => `${id} ${reason}`),
      `${letters.filter(({ kind }) => kind === 'route').length} letters`,
    ),
  ];
}

function notificationInvariants({ incidents, notifications, letters }, taken) {
  const told = grouped(notifications, (notification) => notification.incident_id);
  const untold = incidents.filter(({ id, version }) => !(told.get(id) ?? []).some((notification) => notification.version === version));
  const changes = incidents.reduce((sum, { version }) => sum + version, 0);
  const nowhere = notifications.filter(({ status, reason, due_at: dueAt }) =>
    !(['sent', 'acknowledged', 'dead_letter'].includes(status)
      || (status === 'suppressed' && reason)
      || (['queued', 'processing', 'failed'].includes(status) && dueAt)));
  const unseen = notifications.filter(({ id, status }) => status === 'sent' && !taken.notified.has(id));
  const lettered = new Set(letters.map((letter) => letter.notification_id));
  const unlettered = notifications.filter(({ id, status }) => status === 'dead_letter' && !lettered.has(id));
  return [
    verdict(
      'the last change of every incident has its notification',
      untold.map(({ id, dedup_key: key, version }) => `${key} ${id} v${version}`),
      `${notifications.length} notifications of ${changes} changes (the rest was overtaken by newer ones)`,
    ),
    verdict('every notification is sent, suppressed with a reason, dead or due', nowhere.map(({ id, status }) => `${id} ${status}`), census(notifications)),
    verdict(
      'what is sent was taken by the far side, and what is dead has its letter',
      [...unseen, ...unlettered].map(({ id }) => id),
      `${taken.notified.size} taken`,
    ),
  ];
}

const IN_FLIGHT = { deliveries: ({ deliveries }) => deliveries, notifications: ({ notifications }) => notifications };

/** in = out + in flight, for each of the four ledgers. */
function ledgerInvariants(facts) {
  return ['events', 'messages', 'deliveries', 'notifications'].map((name) => {
    const entries = facts.ledger.filter(({ ledger }) => ledger === name);
    const came = entries.find(({ entry }) => entry === 'in')?.count ?? 0;
    const went = entries.filter(({ entry }) => entry !== 'in').reduce((sum, { count }) => sum + count, 0);
    const flying = (IN_FLIGHT[name]?.(facts) ?? []).filter(({ status }) => ['queued', 'held', 'retrying', 'processing', 'failed'].includes(status)).length;
    const sums = `${entries.map(({ entry, count }) => `${entry} ${count}`).join(', ')}${flying ? `, in flight ${flying}` : ''}`;
    return verdict(`the ledger of ${name} balances`, came > 0 && came === went + flying ? [] : [sums], sums);
  });
}

/** How often the far sides took the same id again: allowed (at least once), and told. */
export function duplicates(taken) {
  return Object.entries(taken).flatMap(([path, ids]) => {
    const repeated = [...ids.values()].filter((times) => times > 1);
    return repeated.length > 0 ? [`${path}: ${repeated.length} of ${ids.size}`] : [];
  }).join(', ') || 'none';
}

export function verdict(name, offenders, detail) {
  const shown = offenders.slice(0, 5).join('\n      ');
  return {
    name, ok: offenders.length === 0,
    detail: offenders.length === 0 ? detail : `${offenders.length}: ${shown}${offenders.length > 5 ? '\n      …' : ''}`,
  };
}

function census(rows) {
  return [...grouped(rows, ({ status }) => status)].map(([status, list]) => `${status} ${list.length}`).sort().join(', ');
}

function grouped(list, keyOf) {
  const groups = new Map();
  for (const item of list) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
