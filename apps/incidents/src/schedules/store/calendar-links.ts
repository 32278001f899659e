import { identityHeader, signToken, verifyToken, type Authenticate, type Identity } from '@signalbox/access';
import { ResourceStore, type OutboxRow } from '@signalbox/database';
import { unauthorized } from '@signalbox/http-api';
import type { DataSource } from 'typeorm';
import { CalendarLinkEntity } from './calendar-link.entity.js';

/** Calendars are subscribed to for years: a link ends when it is revoked. */
const NEVER = new Date('9999-12-31T23:59:59Z');
const FEED = /^\/api\/v1\/schedules\/([^/?]+)\/calendar\.ics\?(.*)$/;

interface Claim { readonly tenantId: string; readonly linkId: string }

/** Signed links to schedules' calendars. The token is kept nowhere: the row of its id says whether it still holds. */
export class CalendarLinks {
  readonly rows: ResourceStore<CalendarLinkEntity>;

  /** `keys`: the first signs, all verify. */
  constructor(source: DataSource, offer: (rows: readonly OutboxRow[]) => void, private readonly keys: readonly Buffer[], private readonly publicUrl: string) {
    this.rows = new ResourceStore(source, CalendarLinkEntity, offer);
  }

  /** The address for a calendar app. Whoever has it reads the schedule. */
  urlOf({ id, tenantId, scheduleId }: CalendarLinkEntity): string {
    const claim: Claim = { tenantId, linkId: id };
    return `${this.publicUrl.replace(/\/+$/, '')}/api/v1/schedules/${scheduleId}/calendar.ics?token=${signToken(claim, this.keys[0]!, NEVER)}`;
  }

  /**
   * Who asks: by the front door's word, or by a link's token, which reads the calendar of
   * its schedule and nothing else. Throws a problem (401) for a token that does not hold.
   */
  authenticate(byHeader: ReturnType<typeof identityHeader>): Authenticate {
    return async (request) => await byHeader(request) ?? this.byToken(request.method, request.url ?? '');
  }

  private async byToken(method: string | undefined, url: string): Promise<Identity | undefined> {
    const [, scheduleId, query = ''] = FEED.exec(url) ?? [];
    const token = new URLSearchParams(query).get('token');
    if (method !== 'GET' || scheduleId === undefined || token === null) return undefined;
    const verdict = verifyToken<Claim>(token, this.keys);
    const link = verdict.ok ? await this.rows.find(verdict.payload.tenantId, verdict.payload.linkId) : null;
    if (link === null || link.scheduleId !== scheduleId.toLowerCase()) throw unauthorized('This calendar link does not hold (any more): make a new one.');
    return { tenantId: link.tenantId, subject: { type: 'service', id: link.id, name: 'calendar link' }, role: 'viewer', scopes: [] };
  }
}
