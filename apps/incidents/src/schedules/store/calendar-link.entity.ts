import { ResourceEntity } from '@signalbox/database';
import { Column, Entity } from 'typeorm';

/** A link with which a calendar reads a schedule without a session, as long as its row is there. */
@Entity('schedule_calendar_links')
export class CalendarLinkEntity extends ResourceEntity {
  @Column('uuid', { name: 'schedule_id' })
  scheduleId!: string;
}
