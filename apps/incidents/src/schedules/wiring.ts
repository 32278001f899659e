import type { Provider, Type } from '@nestjs/common';
import { deriveKey } from '@signalbox/access';
import { DueLoop, type OutboxRow } from '@signalbox/database';
import type { ReadModel } from '@signalbox/messaging';
import type { Background, HouseConfig, ServiceContext } from '@signalbox/runtime';
import type { DataSource } from 'typeorm';
import { CalendarController } from './http/calendar.controller.js';
import { OnCallController } from './http/on-call.controller.js';
import { OverridesController } from './http/overrides.controller.js';
import { SchedulesController } from './http/schedules.controller.js';
import { People } from './people.js';
import { CalendarLinks } from './store/calendar-links.js';
import { HandOffs } from './store/hand-offs.js';
import { ScheduleStore } from './store/schedule-store.js';

export interface ScheduleParts {
  readonly entities: DataSource;
  readonly offer: (rows: readonly OutboxRow[]) => void;
  readonly members: ReadModel<'members'>;
  readonly teams: ReadModel<'teams'>;
}

export interface Schedules {
  readonly store: ScheduleStore;
  readonly links: CalendarLinks;
  readonly handOffs: DueLoop;
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
  readonly background: Background;
}

/** The wiring of who is on call: schedules, their calendars, and the notices of hand-offs. */
export function assembleSchedules({ db, config, log }: ServiceContext<HouseConfig>, { entities, offer, members, teams }: ScheduleParts): Schedules {
  const warn = (message: string, error?: unknown): void => log.warn({ err: error }, message);
  const people = new People(members, teams);
  const store = new ScheduleStore(entities, people, offer);
  const linkKeys = config.SIGNALBOX_MASTER_KEY.split(',').map((key) => deriveKey(key, 'links/calendar'));
  const links = new CalendarLinks(entities, offer, linkKeys, config.PUBLIC_ADMIN_URL);
  const handOffs = new DueLoop({
    work: new HandOffs({ db, schedules: store, people, offer, warn }),
    what: 'hand-offs of schedules', now: () => new Date(), log,
  });
  return {
    store, links, handOffs,
    controllers: [SchedulesController, OverridesController, OnCallController, CalendarController],
    providers: [{ provide: ScheduleStore, useValue: store }, { provide: CalendarLinks, useValue: links }, { provide: People, useValue: people }],
    background: { name: 'hand-offs', start: () => handOffs.start(), stop: () => handOffs.stop() },
  };
}
