import type { Quiet } from '@signalbox/contracts';
import { changed, planned, type Change, type IncidentState, type KeyState, type Notable, type Plan } from './incident-state.js';
import { plusSeconds, secondsBetween } from './instant.js';
import { matchesAll, textOf } from './matcher.js';
import type { Group, Loud, Neighbours } from './neighbours.js';
import type { Grouping, ServiceRules, TenantRules } from './rules.js';
import { isWorse } from './severity.js';
import { blow, notableOf, stormKeyOf } from './storm.js';

const LOOK_AGAIN_SECONDS = 5;
const MOST_LOOK_AGAIN_SECONDS = 3_600;

/** What is looked at to tell whether an incident is quiet. */
export interface Circumstances {
  readonly now: string;
  readonly rules: TenantRules;
  readonly neighbours: Neighbours;
}

/** Why an incident that opens is quiet from its birth, and its group; and what is to be told of many. */
export interface Birth { readonly quiet: Quiet | null; readonly groupKey: string | null; readonly notables: readonly Notable[] }

/** A fresh incident joins its group and counts for its service's storm; then whatever makes it quiet is looked for. */
export function quietAtBirth(incident: IncidentState, key: KeyState, circumstances: Circumstances): Birth {
  const storm = stormOf(incident, circumstances);
  const flapping = flappingOf(incident, key, circumstances);
  const before = fromOutside(incident, circumstances) ?? flapping.quiet ?? storm.quiet;
  const group = groupOf(incident, circumstances, before === null);
  const quiet = before ?? group.quiet;
  const groupKey = quiet?.kind === 'storm' ? storm.groupKey : group.groupKey ?? storm.groupKey;
  return { quiet, groupKey, notables: [...storm.notables, ...flapping.notables] };
}

/** What keeps an incident quiet now, looked at again: null when nothing does any more. */
export function quietNow(incident: IncidentState, key: KeyState, circumstances: Circumstances): Quiet | null {
  const { quiet } = incident.plan;
  const { now } = circumstances;
  if (quiet?.kind === 'manual' && (quiet.until === null || quiet.until > now)) return quiet;
  if (quiet?.kind === 'merged' && circumstances.neighbours.holds(quiet)) return quiet;
  return fromOutside(incident, circumstances) ?? stillFlapping(incident, key, now, circumstances.rules) ?? stillGrouped(incident, circumstances);
}

/** An incident that goes quiet, or is loud again: its changes, none when it stays as it is. */
export function settleQuiet(incident: IncidentState, key: KeyState, circumstances: Circumstances): Change[] {
  if (incident.status !== 'OPEN' && incident.status !== 'SUPPRESSED') return [];
  const quiet = quietNow(incident, key, circumstances);
  return quiet === null ? loudAgain(incident) : goneQuiet(incident, quiet, circumstances.now);
}

/**
 * The incident with what keeps it quiet now, before anything is told of it: also while somebody has it in hand. One that is suppressed is not quiet any
 * more when `settleQuiet` says so, not before.
 */
export function withQuiet(incident: IncidentState, key: KeyState, circumstances: Circumstances): IncidentState {
  if (incident.status === 'RESOLVED' || incident.status === 'SUPPRESSED') return incident;
  const quiet = quietNow(incident, key, circumstances);
  if (quiet === null ? incident.plan.quiet === null : same(incident.plan.quiet, quiet)) return incident;
  return { ...incident, plan: planned(incident, quietPlan(quiet, circumstances.now)) };
}

/** What is planned for one that is quiet. When what it is quiet for is over it is poked; when both happened in the same moment, the next look finds out. */
export function quietPlan(quiet: Quiet | null, now: string): Pick<Plan, 'quiet' | 'lookAgain'> {
  return { quiet, lookAgain: quiet === null || quiet.byIncidentId === null ? null : { at: plusSeconds(now, LOOK_AGAIN_SECONDS), seconds: LOOK_AGAIN_SECONDS } };
}

/** One that was looked at and stays as it is. After a poke it is looked at soon: whoever poked may not have committed yet what he knew. */
export function lookedAt(incident: IncidentState, now: string): IncidentState {
  const { lookAgain } = incident.plan;
  if (lookAgain === null) return incident;
  const seconds = lookAgain.at <= now ? Math.min(lookAgain.seconds * 2, MOST_LOOK_AGAIN_SECONDS) : LOOK_AGAIN_SECONDS;
  return { ...incident, plan: planned(incident, { lookAgain: { at: plusSeconds(now, seconds), seconds } }) };
}

function goneQuiet(incident: IncidentState, quiet: Quiet, now: string): Change[] {
  if (incident.status === 'SUPPRESSED' && same(incident.plan.quiet, quiet)) return [];
  return [changed(incident, 'suppressed', { status: 'SUPPRESSED', plan: planned(incident, quietPlan(quiet, now)) }, { data: { ...quiet } })];
}

/** What was quiet from its birth is told as if it opened now. */
function loudAgain(incident: IncidentState): Change[] {
  if (incident.status !== 'SUPPRESSED') return [];
  const { told, quiet } = incident.plan;
  const plan = planned(incident, { quiet: null, lookAgain: null, told: true });
  return [changed(incident, told ? 'unsuppressed' : 'triggered', { status: 'OPEN', plan }, { data: { afterQuiet: quiet } })];
}

function same(a: Quiet | null, b: Quiet): boolean {
  return a !== null && a.kind === b.kind && a.ruleId === b.ruleId && a.until === b.until && a.byIncidentId === b.byIncidentId;
}

/** Silences, windows, and incidents that stand for this one: what holds whenever it is looked at. */
function fromOutside(incident: IncidentState, { now, rules, neighbours }: Circumstances): Quiet | null {
  const service = rules.service(incident.serviceId);
  const silence = rules.silences.find((one) => one.startsAt <= now && now < one.endsAt && matchesAll(one.matchers, incident));
  if (silence !== undefined) return { kind: 'silence', ruleId: silence.id, name: silence.name, until: silence.endsAt, byIncidentId: null };
  for (const window of rules.windows) {
    if (window.serviceIds.length > 0 && !window.serviceIds.includes(incident.serviceId)) continue;
    const until = window.endAt(now);
    if (until === null || !matchesAll(window.matchers, incident)) continue;
    return { kind: 'maintenance', ruleId: window.id, name: window.name, until, byIncidentId: null };
  }
  const inhibitions = rules.inhibitions.filter(({ target }) => matchesAll(target, incident));
  if (inhibitions.length === 0 && (service?.dependsOn.length ?? 0) === 0) return null;
  for (const other of neighbours.loudOnes()) {
    if (other.id === incident.id) continue;
    const rule = inhibitions.find(({ source, target, equal }) => matchesAll(source, other)
      && !(matchesAll(source, incident) && matchesAll(target, other)) && haveInCommon(equal, incident, other));
    if (rule !== undefined) return { kind: 'inhibited', ruleId: rule.id, name: rule.name, until: null, byIncidentId: other.id };
    if (service?.dependsOn.includes(other.serviceId) === true) {
      const reason = `${service.name} depends on ${rules.service(other.serviceId)?.name ?? 'a service that has an incident'}`;
      return { kind: 'inhibited', ruleId: null, name: reason, until: null, byIncidentId: other.id };
    }
  }
  return null;
}

/** What neither has is nothing that they have in common: alerts of all kinds would hide behind each other. */
function haveInCommon(fields: readonly string[], one: IncidentState, other: Loud): boolean {
  return fields.every((field) => { const text = textOf(one, field); return text !== '' && text === textOf(other, field); });
}

export function groupKeyOf(grouping: Grouping, incident: IncidentState): string {
  return `group/${grouping.id}/${JSON.stringify(grouping.by.map((field) => textOf(incident, field)))}`;
}

/** The keys of groups that a fresh incident may join: they are locked before it is decided. */
export function groupKeysOf(incident: IncidentState, rules: TenantRules): string[] {
  const grouping = groupingOf(incident, rules);
  return [
    ...(grouping === undefined ? [] : [groupKeyOf(grouping, incident)]),
    ...(typeof rules.service(incident.serviceId)?.stormPerMinute === 'number' ? [stormKeyOf(incident.serviceId)] : []),
  ];
}

/** The oldest rule that matches and whose fields it has: one that lacks a field has nothing in common with others. */
function groupingOf(incident: IncidentState, rules: TenantRules): Grouping | undefined {
  return rules.groupings.find(({ matchers, by }) => matchesAll(matchers, incident) && by.every((field) => textOf(incident, field) !== ''));
}

/** `mayLead`: nothing else keeps it quiet. */
function groupOf(incident: IncidentState, { now, rules, neighbours }: Circumstances, mayLead: boolean): { quiet: Quiet | null; groupKey: string | null } {
  const grouping = groupingOf(incident, rules);
  if (grouping === undefined) return { quiet: null, groupKey: null };
  const groupKey = groupKeyOf(grouping, incident);
  const group = neighbours.group(groupKey);
  const fresh = group.lastAt !== null && secondsBetween(group.lastAt, now) <= grouping.windowSeconds && !(mayLead && outranks(incident, group));
  const { headId } = fresh ? neighbours.join(groupKey, incident.id, now) : neighbours.lead(groupKey, incident.id, now);
  return { groupKey, quiet: headId === incident.id ? null : inGroup(grouping, headId) };
}

/**
 * Whoever has a warning in hand was not told of a critical incident: one that is
 * more severe than the head of its group speaks for itself, and for those that come.
 */
function outranks({ severity }: IncidentState, { headStands, headSeverity }: Group): boolean {
  return headStands && headSeverity !== null && isWorse(severity, headSeverity);
}

/**
 * From the first incident over the limit on, a service's new incidents are quiet behind
 * the first one of that minute; the storm, and how many there are in it, is told instead.
 */
function stormOf(incident: IncidentState, { now, rules, neighbours }: Circumstances): { quiet: Quiet | null; groupKey: string | null; notables: Notable[] } {
  const service = rules.service(incident.serviceId);
  if (service === undefined || service.stormPerMinute === null) return { quiet: null, groupKey: null, notables: [] };
  const groupKey = stormKeyOf(service.id);
  if (neighbours.countCalmly(groupKey)) return { quiet: null, groupKey: null, notables: [] };
  const { inMinute, minute } = neighbours.count(groupKey, now);
  const { headId, storm: before } = neighbours.join(groupKey, incident.id, now);
  const isHead = headId === incident.id;
  if (inMinute <= service.stormPerMinute) return { quiet: null, groupKey: isHead ? groupKey : null, notables: [] };
  const { storm, words } = blow(before, { minute: minute!, inMinute, severity: incident.severity, quiet: !isHead }, now);
  neighbours.setStorm(groupKey, storm);
  return { groupKey, notables: words.map((word) => notableOf(word, service)), quiet: isHead ? null : inStorm(service, headId) };
}

function inStorm({ stormPerMinute }: ServiceRules, headId: string | null): Quiet {
  return { kind: 'storm', ruleId: null, name: `more than ${stormPerMinute} new incidents a minute`, until: null, byIncidentId: headId };
}

function inGroup({ id, name }: Grouping, headId: string | null): Quiet {
  return { kind: 'grouped', ruleId: id, name, until: null, byIncidentId: headId };
}

/**
 * A member whose head does not stand for it any more follows the next head, or becomes it: the first that is looked
 * at. So does one that something else kept quiet from its birth on. A rule that was deleted groups nothing any more.
 */
function stillGrouped(incident: IncidentState, { now, rules, neighbours }: Circumstances): Quiet | null {
  const { quiet, groupKey, told } = incident.plan;
  if (quiet?.kind === 'grouped' && !rules.groupings.some(({ id }) => id === quiet.ruleId)) return null;
  const behind = quiet?.kind === 'grouped' || quiet?.kind === 'storm';
  if (groupKey === null || (told && !behind)) return null;
  if (groupKey !== stormKeyOf(incident.serviceId) && outranks(incident, neighbours.group(groupKey))) {
    neighbours.lead(groupKey, incident.id, now);
    return null;
  }
  if (behind && neighbours.holds(quiet)) return quiet;
  const { headId } = neighbours.join(groupKey, incident.id, now);
  if (headId === incident.id) return null;
  if (behind) return { ...quiet, byIncidentId: headId };
  const service = rules.service(incident.serviceId);
  if (groupKey === stormKeyOf(incident.serviceId)) return service === undefined ? null : inStorm(service, headId);
  const grouping = rules.groupings.find(({ id }) => groupKey.startsWith(`group/${id}/`));
  return grouping === undefined ? null : inGroup(grouping, headId);
}

function flappingOf(incident: IncidentState, key: KeyState, { now, rules }: Circumstances): { quiet: Quiet | null; notables: Notable[] } {
  const quiet = flappingQuiet(incident, key, now, rules);
  if (quiet === null) return { quiet, notables: [] };
  const { changes, seconds } = rules.service(incident.serviceId)!.flapping!;
  // The opening before this one was still told.
  const began = recent(key.flips.slice(0, -2), now, seconds).length < changes;
  if (!began) return { quiet, notables: [] };
  const notable: Notable = {
    eventType: 'incident.flapping', severity: incident.severity, serviceId: incident.serviceId,
    // Of this time: who acknowledged the last one hears of the next.
    fingerprint: `flapping/${key.flips[0]}/${incident.scopeId}/${incident.dedupKey}`.slice(0, 255),
    title: `${incident.title} is flapping: ${changes} changes within ${Math.round(seconds / 60)} minutes; it is told again when it is calm`,
  };
  return { quiet, notables: [notable] };
}

function stillFlapping(incident: IncidentState, key: KeyState, now: string, rules: TenantRules): Quiet | null {
  return incident.plan.quiet?.kind === 'flapping' ? flappingQuiet(incident, key, now, rules) : null;
}

/** Quiet until so few of the key's openings and resolutions are recent that it is calm again. */
function flappingQuiet(incident: IncidentState, key: KeyState, now: string, rules: TenantRules): Quiet | null {
  const flapping = rules.service(incident.serviceId)?.flapping ?? null;
  if (flapping === null) return null;
  const flips = recent(key.flips, now, flapping.seconds);
  if (flips.length < flapping.changes) return null;
  const until = plusSeconds(flips[flips.length - flapping.changes]!, flapping.seconds);
  return { kind: 'flapping', ruleId: null, name: `${flapping.changes} changes within ${flapping.seconds} s`, until, byIncidentId: null };
}

export function recent(flips: readonly string[], now: string, seconds: number): string[] {
  const from = plusSeconds(now, -seconds);
  return flips.filter((at) => at > from);
}
