// 100,000 events as gateways put them on EVENTS: 30 % open an incident, 60 % repeat or change one, 10 % resolve one.
import contracts from '@signalbox/contracts';

const { EVENTS, eventOrderKey, newId, partitionOf, subjects } = contracts;

/** Requests in flight at a loaded gateway; what shares a tenant and partition shares an envelope. */
const IN_FLIGHT = 64;

/**
 * Gives the events in order, `[{ tenantId, event }]`. Incidents open as warnings; every other repeat is critical, which is a change that
 * is announced the first time. `tenants` is a list of `{ tenantId, integrationId, serviceId }`.
 */
export function makeEvents(count, tenants, round) {
  const open = [];
  let opened = 0;
  const pick = spreader();
  return Array.from({ length: count }, (_, index) => {
    const kind = kindOf(index);
    if (kind === 'open' || open.length === 0) {
      const key = { ...tenants[opened % tenants.length], dedupKey: `host-${round}-${(opened += 1)}/cpu` };
      open.push(key);
      return eventOf(key, 'trigger', index, 'warning');
    }
    const at = Math.floor(pick() * open.length);
    const key = open[at];
    if (kind === 'update') return eventOf(key, 'trigger', index, index % 2 === 0 ? 'critical' : 'warning');
    open[at] = open.at(-1);
    open.pop();
    return eventOf(key, 'resolve', index, 'warning');
  });
}

/** Three opens, six updates and one resolve of ten. */
function kindOf(index) {
  const place = index % 10;
  if (place === 9) return 'resolve';
  return place % 3 === 0 && place < 9 ? 'open' : 'update';
}

function eventOf({ tenantId, integrationId, serviceId, dedupKey }, action, index, severity) {
  return {
    tenantId,
    event: {
      id: newId(), traceId: newId(), scopeId: integrationId, serviceId, integrationId, action, dedupKey,
      summary: 'High CPU usage on a web server', source: 'monitoring-system', severity,
      acceptedAt: new Date(Date.UTC(2026, 0, 1) + index).toISOString(), component: 'web', group: 'shop',
      details: { cpu_percent: index % 100, host: dedupKey, region: 'eu-central-1', runbook: 'https://wiki.example.com/runbooks/cpu', note: 'x'.repeat(300) },
      links: [],
    },
  };
}

/** Always the same sequence in 0..1, well spread. */
function spreader() {
  let x = 0;
  return () => (x = (x + 0.618_033_988_75) % 1);
}

/** Envelopes as a loaded gateway makes them, `[subject, body]` in order: of every 64 events, those of one tenant and partition together. */
export function* envelopes(events) {
  for (let from = 0; from < events.length; from += IN_FLIGHT) {
    const lanes = new Map();
    for (const { tenantId, event } of events.slice(from, from + IN_FLIGHT)) {
      const subject = subjects.events(tenantId, partitionOf(eventOrderKey(event.scopeId, event.dedupKey)));
      if (!lanes.has(subject)) lanes.set(subject, { tenantId, events: [] });
      lanes.get(subject).events.push(event);
    }
    for (const [subject, envelope] of lanes) yield [subject, EVENTS.encode(envelope)];
  }
}
