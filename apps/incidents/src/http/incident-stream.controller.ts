import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { AnswersText, Problem, badRequest, unavailable } from '@signalbox/http-api';
import { Bus } from '@signalbox/messaging';
import { IsArray, IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import type { ServerResponse } from 'node:http';
import { IncidentFeed } from '../stream/feed.js';
import { follow } from '../stream/follow.js';
import { positionOf, type Position } from '../stream/position.js';

const MOST_CLIENTS = 1_000;
const MOST_OF_A_TENANT = 100;
const READY_WITHIN_MS = 5_000;

export class StreamQuery {
  /** The id of a service. */
  @IsOptional() @IsUUID()
  service?: string;

  /** Only changes after which it has one of these. */
  @IsOptional() @IsArray() @IsIn(['OPEN', 'ACKNOWLEDGED', 'SNOOZED', 'SUPPRESSED', 'RESOLVED'], { each: true })
  status?: string[];

  /** Where to go on, for clients that cannot set the header Last-Event-ID. */
  @IsOptional() @IsString() @MaxLength(30)
  lastEventId?: string;
}

@Controller('api/v1/incidents')
export class IncidentStreamController {
  private readonly clients = new Map<string, number>();

  constructor(private readonly feed: IncidentFeed, private readonly bus: Bus) {}

  /**
   * Server-sent events: `incident` for each change of an incident, in order and once; `Last-Event-ID` goes on where a client was. `reset`: that is too long
   * ago (7 days), read the list again. A comment every 15 seconds. It ends after 15 minutes at the latest, and clients come again.
   */
  @Get('stream')
  @AnswersText('text/event-stream')
  @Requires({ resource: 'incidents', action: 'read', role: 'viewer' })
  async stream(
    @CurrentIdentity() { tenantId }: Identity,
    @Query() { lastEventId, service, status }: StreamQuery,
    @Headers('last-event-id') header: string | undefined,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const after = placeIn(header, lastEventId);
    const leave = this.enter(tenantId);
    try {
      const recent = await this.feed.ready(READY_WITHIN_MS);
      if (recent === undefined) throw unavailable('The stream of incident changes cannot be read now: come again in a moment.');
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' });
      if (response.req.method === 'HEAD') return void response.end();
      response.flushHeaders();
      const wanted = { ...(service === undefined ? {} : { service: service.toLowerCase() }), ...(status === undefined ? {} : { status }) };
      // Whatever breaks off in the middle is gone on with by the client.
      await follow(response, recent, { bus: this.bus, feed: this.feed, tenantId, wanted, after }).catch(() => response.destroy());
    } finally {
      leave();
    }
  }

  private enter(tenantId: string): () => void {
    const own = this.clients.get(tenantId) ?? 0;
    const all = [...this.clients.values()].reduce((sum, count) => sum + count, 0);
    if (own >= MOST_OF_A_TENANT) {
      const detail = `There are ${own} streams of this tenant open already: close some.`;
      throw new Problem({ status: 429, detail, headers: { 'Retry-After': '30' } });
    }
    if (all >= MOST_CLIENTS) throw unavailable('There are as many streams open as this service carries: come again later.', 30);
    this.clients.set(tenantId, own + 1);
    this.feed.join();
    return () => {
      this.feed.leave();
      const left = this.clients.get(tenantId)! - 1;
      if (left === 0) this.clients.delete(tenantId);
      else this.clients.set(tenantId, left);
    };
  }
}

/** The header is what a browser says when it comes again; the parameter is where it began. */
function placeIn(header: string | undefined, parameter: string | undefined): Position | undefined {
  const given = header === undefined || header === '' ? parameter : header;
  if (given === undefined) return undefined;
  const place = positionOf(given);
  if (place === undefined) {
    const path = header === undefined || header === '' ? 'lastEventId' : 'Last-Event-ID';
    throw badRequest([{ path, message: 'is no id of an event of this stream' }]);
  }
  return place;
}
