import { ResourceStore, type OutboxRow } from '@signalbox/database';
import { In, LessThan, MoreThan, type DataSource } from 'typeorm';
import { finalSchedule, handOffs, onCallAt, type Entry, type HandOff, type OnCall } from '../domain/on-call.js';
import { piecesOf, type Piece } from '../domain/pieces.js';
import { DAY_MS, type Override, type Schedule } from '../domain/schedule.js';
import type { People } from '../people.js';
import { OverrideEntity } from './override.entity.js';
import { ScheduleEntity } from './schedule.entity.js';

/** How far the next hand-off is looked for. */
const NEXT_WITHIN_MS = 31 * DAY_MS;

/** Schedules and their overrides, and who is on call by them. */
export class ScheduleStore {
  readonly schedules: ResourceStore<ScheduleEntity>;
  readonly overrides: ResourceStore<OverrideEntity>;

  constructor(private readonly source: DataSource, private readonly people: People, offer: (rows: readonly OutboxRow[]) => void) {
    this.schedules = new ResourceStore(source, ScheduleEntity, offer);
    this.overrides = new ResourceStore(source, OverrideEntity, offer);
  }

  /** Who is on call for a tenant's schedule at an instant; null when the tenant has no such schedule. */
  async onCall(tenantId: string, scheduleId: string, at: Date): Promise<OnCall | null> {
    const schedule = await this.schedules.find(tenantId, scheduleId);
    return schedule === null ? null : (await this.onCallOf(tenantId, [schedule], at))[0]!;
  }

  /** Who is on call for each of a tenant's schedules at an instant. */
  async onCallOf(tenantId: string, schedules: readonly ScheduleEntity[], at: Date): Promise<OnCall[]> {
    const overrides = await this.overridesWithin(schedules.map(({ id }) => id), at, new Date(at.getTime() + 1));
    const absent = await this.absent(tenantId, schedules, overrides);
    return schedules.map((schedule) => onCallAt(schedule, overrides.filter(({ scheduleId }) => scheduleId === schedule.id), at, absent));
  }

  /** When another person is on call after an instant; null when nobody is within 31 days. */
  async nextHandOff(tenantId: string, schedule: ScheduleEntity, at: Date): Promise<HandOff | null> {
    const to = new Date(at.getTime() + NEXT_WITHIN_MS);
    const overrides = await this.overridesWithin([schedule.id], at, to);
    return handOffs(schedule, overrides, at, to, await this.absent(tenantId, [schedule], overrides))[0] ?? null;
  }

  /** Who is on call throughout a window of at most a year. */
  async final(tenantId: string, schedule: ScheduleEntity, from: Date, to: Date): Promise<Entry[]> {
    const overrides = await this.overridesWithin([schedule.id], from, to);
    return finalSchedule(schedule, overrides, from, to, await this.absent(tenantId, [schedule], overrides));
  }

  /** The same for a schedule that is not stored. */
  async preview(tenantId: string, schedule: Schedule, from: Date, to: Date): Promise<Entry[]> {
    return finalSchedule(schedule, [], from, to, await this.absent(tenantId, [schedule], []));
  }

  /**
   * Everybody's shifts that touch a window (instants in milliseconds), each from its very beginning, and when any of it was changed last.
   * `longestMs`: no shift is longer. The time of who is absent is nobody's.
   */
  async shifts(
    tenantId: string,
    schedule: ScheduleEntity,
    { from, to, longestMs }: { from: number; to: number; longestMs: number },
  ): Promise<{ pieces: Piece[]; changedAt: Date }> {
    const overrides = await this.overridesWithin([schedule.id], new Date(from - longestMs), new Date(to));
    const absent = await this.absent(tenantId, [schedule], overrides);
    const pieces = piecesOf(schedule, overrides, from - longestMs, to).filter((piece) => piece.to > from && !absent.has(piece.userId));
    return { pieces, changedAt: new Date(Math.max(...[schedule, ...overrides].map(({ updatedAt }) => updatedAt.getTime()))) };
  }

  /** The overrides of some schedules that touch a window, in the order in which they were made. */
  async overridesWithin(scheduleIds: readonly string[], from: Date, to: Date): Promise<OverrideEntity[]> {
    return this.source.manager.find(OverrideEntity, {
      where: { scheduleId: In([...scheduleIds]), startsAt: LessThan(to), endsAt: MoreThan(from) }, order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  /** How many overrides of a schedule are not over. */
  async countAhead(scheduleId: string, now: Date): Promise<number> {
    return this.source.manager.countBy(OverrideEntity, { scheduleId, endsAt: MoreThan(now) });
  }

  private absent(tenantId: string, schedules: readonly Schedule[], overrides: readonly Override[]): Promise<ReadonlySet<string>> {
    const inLayers = schedules.flatMap(({ layers }) => layers.flatMap(({ users }) => users));
    return this.people.absentOf(tenantId, [...inLayers, ...overrides.map(({ userId }) => userId)]);
  }
}
