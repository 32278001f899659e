import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import type { Actor } from '@signalbox/contracts';
import { Answers, IdPipe, ListQuery, decodeCursor, notFound, page, type Page } from '@signalbox/http-api';
import { ChangeStore } from '../store/change-store.js';
import { IncidentStore } from '../store/incident-store.js';
import { ChangeEventAnswer, IncidentAnswer, TimelineAnswer } from './answers.dto.js';
import { ActionBody, IncidentListQuery } from './incidents.dto.js';

@Controller('api/v1/incidents')
export class IncidentsController {
  constructor(private readonly incidents: IncidentStore, private readonly changes: ChangeStore) {}

  /** Incidents, newest first. */
  @Get()
  @Answers(IncidentAnswer, 'page')
  @Requires({ resource: 'incidents', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() query: IncidentListQuery): Promise<Page<IncidentAnswer>> {
    const { limit, cursor, ...filter } = query;
    const rows = await this.incidents.list(identity.tenantId, filter, limit, placeOf(cursor));
    return page(rows, limit, (row) => ({ at: new Date(row.openedAt), id: row.id }));
  }

  @Get(':id')
  @Answers(IncidentAnswer)
  @Requires({ resource: 'incidents', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<IncidentAnswer> {
    return found(await this.incidents.find(identity.tenantId, id), id);
  }

  /** Every event, change, notification and delivery of an incident, oldest first. */
  @Get(':id/timeline')
  @Answers(TimelineAnswer, 'page')
  @Requires({ resource: 'incidents', action: 'read', role: 'viewer' })
  async timeline(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Query() query: ListQuery): Promise<Page<TimelineAnswer>> {
    found(await this.incidents.find(identity.tenantId, id), id);
    const rows = await this.incidents.timeline(identity.tenantId, id, query.limit, placeOf(query.cursor));
    return page(rows, query.limit, (row) => ({ at: new Date(row.at), id: row.id }));
  }

  /** What was changed in the 24 hours before it opened: in its own service first, then in the tenant's others, each newest first. */
  @Get(':id/changes')
  @Answers(ChangeEventAnswer, 'page')
  @Requires({ resource: 'incidents', action: 'read', role: 'viewer' })
  async changesBefore(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Query() { limit, cursor }: ListQuery): Promise<Page<ChangeEventAnswer>> {
    const incident = found(await this.incidents.find(identity.tenantId, id), id);
    const rows = await this.changes.before(identity.tenantId, incident, limit, placeOf(cursor));
    return page(rows, limit, (row) => ({ at: new Date(row.at), id: row.id }));
  }

  /** Somebody is on it: repeats and escalation stop. Acknowledging twice changes nothing. */
  @Post(':id/acknowledge')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires({ resource: 'incidents', action: 'write', role: 'editor' })
  async acknowledge(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() body: ActionBody): Promise<IncidentAnswer> {
    await this.incidents.answer(identity.tenantId, [id], 'acknowledge', actorOf(identity), body.note);
    return found(await this.incidents.find(identity.tenantId, id), id);
  }

  /** It is over. The next trigger of the same key opens a new incident. */
  @Post(':id/resolve')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires({ resource: 'incidents', action: 'write', role: 'editor' })
  async resolve(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() body: ActionBody): Promise<IncidentAnswer> {
    await this.incidents.answer(identity.tenantId, [id], 'resolve', actorOf(identity), body.note);
    return found(await this.incidents.find(identity.tenantId, id), id);
  }
}

function found<T>(incident: T | null, id: string): T {
  if (incident === null) throw notFound('incident', id);
  return incident;
}

/** The place of a cursor as the stores take it. */
export function placeOf(cursor: string | undefined): { at: string; id: string } | undefined {
  const place = decodeCursor(cursor);
  return place === undefined ? undefined : { at: place.at.toISOString(), id: place.id };
}

function actorOf({ subject }: Identity): Actor {
  return { type: subject.type === 'service' ? 'system' : subject.type, id: subject.id, name: subject.name, via: 'api' };
}
