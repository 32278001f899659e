import type { IncidentStatus, Quiet, Severity } from '@signalbox/contracts';
import type { IncidentState } from './incident-state.js';
import { secondsBetween } from './instant.js';
import type { Matched } from './matcher.js';
import type { Storm } from './storm.js';

/** A group of incidents that is one for those who are told, or the count of a service's new incidents. */
export interface Group {
  readonly key: string;
  readonly headId: string | null;
  /** Whether the head can stand for others: it is open, and not quiet itself. */
  readonly headStands: boolean;
  /** How severe the head is. */
  readonly headSeverity: Severity | null;
  /** When the newest joined. */
  readonly lastAt: string | null;
  /** The minute that is counted, and the new incidents in it. */
  readonly minute: string | null;
  readonly inMinute: number;
  /** Null while there is none, and for a group. */
  readonly storm: Storm | null;
}

/** A loud incident that may stand for others. */
export interface Loud extends Matched { readonly id: string }

/**
 * What an incident's fate depends on beside its own key: the groups it may join, and the loud incidents of its tenant. Read under lock before a batch is
 * decided; it remembers what the batch itself did, so that the hundredth incident of a batch sees the first.
 */
export class Neighbours {
  private readonly groups: Map<string, Group>;
  private readonly loud: Map<string, Loud>;
  private readonly statuses: Map<string, IncidentStatus>;
  private readonly calm: ReadonlySet<string>;
  readonly touched = new Set<string>();
  /** New incidents by the counter that they were counted for without more. */
  readonly countedCalmly = new Map<string, number>();

  constructor(read: { groups?: readonly Group[]; loud?: readonly Loud[]; statuses?: ReadonlyMap<string, IncidentStatus>; calm?: ReadonlySet<string> } = {}) {
    this.calm = read.calm ?? new Set();
    this.groups = new Map((read.groups ?? []).map((group) => [group.key, group]));
    this.loud = new Map((read.loud ?? []).map((one) => [one.id, one]));
    this.statuses = new Map(read.statuses ?? []);
  }

  group(key: string): Group {
    return this.groups.get(key) ?? { key, headId: null, headStands: false, headSeverity: null, lastAt: null, minute: null, inMinute: 0, storm: null };
  }

  changedGroups(): Group[] {
    return [...this.touched].map((key) => this.group(key));
  }

  /** Whether the incident for which another one is quiet still gives a reason for it. Nobody would be told of what is quiet for one that is quiet itself. */
  holds({ kind, byIncidentId }: Quiet): boolean {
    if (byIncidentId === null) return true;
    const status = this.loud.has(byIncidentId) ? 'OPEN' : this.statuses.get(byIncidentId) ?? 'RESOLVED';
    if (kind === 'merged') return status !== 'RESOLVED';
    return kind === 'inhibited' ? isLoud(status) : stands(status);
  }

  loudOnes(): Iterable<Loud> {
    return this.loud.values();
  }

  /** The group after one more: it becomes the head when there is none that stands for it. */
  join(key: string, incidentId: string, at: string): Group {
    const before = this.group(key);
    return this.put(before.headStands ? { ...before, lastAt: at } : { ...before, headId: incidentId, headStands: true, lastAt: at });
  }

  /** Begins anew with this one as the head, whoever was it. */
  lead(key: string, incidentId: string, at: string): Group {
    return this.put({ ...this.group(key), headId: incidentId, headStands: true, lastAt: at });
  }

  /** Counts one more new incident for a counter that is far from its limit, and was not locked; false: it has to be looked at. */
  countCalmly(key: string): boolean {
    if (!this.calm.has(key)) return false;
    this.countedCalmly.set(key, (this.countedCalmly.get(key) ?? 0) + 1);
    return true;
  }

  /** Counts one more new incident in the minute of `at`. */
  count(key: string, at: string): Group {
    const before = this.group(key);
    const same = before.minute !== null && secondsBetween(before.minute, at) < 60;
    const storm = before.storm === null ? null : { ...before.storm, below: before.storm.below + 1 };
    return this.put({ ...before, minute: same ? before.minute : at, inMinute: same ? before.inMinute + 1 : 1, storm });
  }

  setStorm(key: string, storm: Storm): void {
    this.put({ ...this.group(key), storm });
  }

  /** Notes what an incident is after a decision. */
  note(incident: IncidentState): void {
    const { id, status, severity } = incident;
    this.statuses.set(id, status);
    if (isLoud(status)) this.loud.set(id, incident);
    else this.loud.delete(id);
    for (const group of this.groups.values()) {
      if (group.headId === id) this.groups.set(group.key, { ...group, headStands: stands(status), headSeverity: severity });
    }
  }

  private put(group: Group): Group {
    this.groups.set(group.key, group);
    this.touched.add(group.key);
    return group;
  }
}

/** Loud ones inhibit others. */
export function isLoud(status: IncidentStatus): boolean {
  return status === 'OPEN' || status === 'ACKNOWLEDGED';
}

/** A snoozed incident is in somebody's hands, and so are those behind it. */
export function stands(status: IncidentStatus): boolean {
  return isLoud(status) || status === 'SNOOZED';
}
