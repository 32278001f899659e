import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IdPipe, ListQuery, decodeCursor, page, type Page } from '@signalbox/http-api';
import type { ServerResponse } from 'node:http';
import { ChangeStore } from '../store/change-store.js';
import { IncidentStore } from '../store/incident-store.js';
import { ChangeEventAnswer, IncidentAnswer, NoteAnswer, TimelineAnswer } from './answers.dto.js';
import { found, tagged } from './by-people.js';
import { IncidentListQuery } from './incidents.dto.js';

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
  async read(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return tagged(response, found(await this.incidents.find(identity.tenantId, id), id));
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

  /** What people wrote on it, oldest first. */
  @Get(':id/notes')
  @Answers(NoteAnswer, 'page')
  @Requires({ resource: 'incidents', action: 'read', role: 'viewer' })
  async notes(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Query() query: ListQuery): Promise<Page<NoteAnswer>> {
    found(await this.incidents.find(identity.tenantId, id), id);
    const rows = await this.incidents.timeline(identity.tenantId, id, query.limit, placeOf(query.cursor), 'notes');
    const notes = rows.map((row) => ({ id: row.id, at: row.at, author: row.actor!, text: row.data.note as string }));
    return page(notes, query.limit, (row) => ({ at: new Date(row.at), id: row.id }));
  }

  /** What was changed in the 24 hours before it opened: in its own service first, then in the tenant's others, each newest first. */
  @Get(':id/changes')
  @Answers(ChangeEventAnswer, 'page')
  @Requires({ resource: 'incidents', action: 'read', role: 'viewer' })
  async changesBefore(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Query() { limit, cursor }: ListQuery,
  ): Promise<Page<ChangeEventAnswer>> {
    const incident = found(await this.incidents.find(identity.tenantId, id), id);
    const rows = await this.changes.before(identity.tenantId, incident, limit, placeOf(cursor));
    return page(rows, limit, (row) => ({ at: new Date(row.at), id: row.id }));
  }
}

/** The place of a cursor as the stores take it. */
export function placeOf(cursor: string | undefined): { at: string; id: string } | undefined {
  const place = decodeCursor(cursor);
  return place === undefined ? undefined : { at: place.at.toISOString(), id: place.id };
}
