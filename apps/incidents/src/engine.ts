import { DueLoop, LOOK_AGAIN_MS, Listener } from '@signalbox/database';
import type { ReadModel } from '@signalbox/messaging';
import { addressPolicy, createOutbound } from '@signalbox/outbound';
import type { Background, HouseConfig, ServiceContext } from '@signalbox/runtime';
import type { Static } from '@sinclair/typebox';
import type { settings } from './config.js';
import { DeadMan } from './dead-man.js';
import { OnCallBook } from './schedules/store/on-call-book.js';
import { Reachable } from './schedules/reachable.js';
import { Applier } from './store/applier.js';
import { Auditor } from './store/auditor.js';
import { Clockwork } from './store/clockwork.js';
import { RulePrints } from './store/rule-prints.js';
import { Rulebook } from './store/rulebook.js';
import { SLICE, Settling } from './store/settling.js';
import { Storms } from './store/storms.js';

/** However the listener fares: a pooler that does not know LISTEN, or a connection that died silently, tells of nothing. */
const RULES_LOOKED_AT_MS = 60_000;

export type Config = HouseConfig & Static<typeof settings>;

export interface EngineParts {
  readonly members: ReadModel<'members'>;
  readonly teams: ReadModel<'teams'>;
  readonly channels: ReadModel<'channels'>;
  /** Called when schedules may have changed. */
  readonly heard: () => void;
}

export interface Engine {
  readonly rules: Rulebook;
  readonly applier: Applier;
  readonly changed: (tenantId: string) => Promise<void>;
  readonly background: readonly Background[];
}

/** The wiring of what decides about incidents (docs/adr/0022): the rules in memory, the way in, the clock, and the audit of both. */
export function assembleEngine(context: ServiceContext<Config>, { members, teams, channels, heard }: EngineParts): Engine {
  const { db, relay, config, log, metrics } = context;
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const onCall = new OnCallBook(db);
  const reachable = new Reachable(members, teams, channels);
  const rules = new Rulebook(db, {
    onCall: (_tenantId, scheduleId, at) => onCall.onCall(scheduleId, at),
    exists: (tenantId, type, id) => reachable.exists(tenantId, type, id),
  });
  const applier = new Applier({
    rules, readRules: (tenantIds) => read(tenantIds), relay, now: () => new Date(),
    due: (at) => { if (at.getTime() - Date.now() < LOOK_AGAIN_MS) clock.wake(); },
  });
  const fired = metrics.counter('clock_fired_total', 'incidents whose time had come');
  const clock = new DueLoop({
    work: new Clockwork(db, applier, (count) => fired.inc(count), warn),
    what: 'incidents that are due', now: () => new Date(), log,
  });
  const settling = new DueLoop({ work: new Settling(db, applier, rules), what: 'changes of rules', now: () => new Date(), log, batch: SLICE });
  const storms = new DueLoop({
    work: new Storms({ db, rules, offer: (rows) => relay.offer(rows), warn }),
    what: 'storms that are due', now: () => new Date(), log, batch: 1,
  });
  const auditor = new Auditor(db);
  metrics.gauge('escalations_overdue', 'open incidents that nobody has acknowledged and whose next escalation step should have come', [],
    async (gauge) => gauge.set(await auditor.overdue().catch(() => Number.NaN)));

  const prints = new RulePrints(db);
  const read = async (tenantIds?: readonly string[]): Promise<void> =>
    void (await Promise.all(tenantIds === undefined ? [rules.load(), onCall.load()] : [rules.refresh(tenantIds), onCall.refresh(tenantIds)]));
  /** Of a tenant whose rules changed, or of whichever tenants' rules are others than those that were read. */
  const readAgain = (tenantId?: string): Promise<void> => {
    if (tenantId !== undefined) prints.forget(tenantId);
    return (tenantId === undefined ? prints.readChanged(read) : read([tenantId])).catch((error: unknown) => warn('the rules could not be read again', error));
  };
  const news = new Listener({ url: config.DATABASE_URL, channel: 'incidents_rules', heard: (tenantId) => {
    heard();
    void readAgain(tenantId);
  } });
  let reading: NodeJS.Timeout;

  return {
    rules, applier,
    // A change that is stored is answered, even when Postgres goes away now: the replicas hear of it all the same.
    changed: (tenantId) => readAgain(tenantId).finally(settling.wake),
    background: [
      // Quiet and policies hold before the first event is decided: consumers start after this.
      {
        name: 'rules',
        start: async () => {
          await prints.readChanged(read);
          news.start();
          reading = setInterval(() => void readAgain(), RULES_LOOKED_AT_MS).unref();
        },
        stop: async () => {
          clearInterval(reading);
          await news.stop();
        },
      },
      { name: 'settling', start: () => settling.start(), stop: () => settling.stop() },
      { name: 'storms', start: () => storms.start(), stop: () => storms.stop() },
      { name: 'clock', start: () => clock.start(), stop: () => clock.stop() },
      ...watchdog(context, auditor),
    ],
  };
}

/** What tells the operator's watchdog, when there is one. */
function watchdog({ config, log }: ServiceContext<Config>, auditor: Auditor): Background[] {
  const { DEAD_MAN_URL: url, OUTBOUND_ALLOW_PRIVATE: allowPrivate, OUTBOUND_ALLOW_CIDRS: allowCidrs } = config;
  if (url === undefined) return [];
  const outbound = createOutbound({ policy: addressPolicy({ allowPrivate: String(allowPrivate), allowCidrs }) });
  const deadMan = new DeadMan({ url, outbound, auditor, warn: (message, error) => log.warn({ err: error }, message) });
  return [{ name: 'watchdog', start: () => deadMan.start(), stop: async () => { await deadMan.stop(); await outbound.close(); } }];
}
