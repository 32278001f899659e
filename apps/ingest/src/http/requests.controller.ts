import { Controller, Get, Param, Query } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IdPipe, ListQuery, decodeCursor, notFound, page, type Page } from '@signalbox/http-api';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { OUTCOMES, type Outcome } from '../request-log/request-row.js';
import { IntegrationStore } from '../store/integration-store.js';
import { RequestStore, type ListedRequest, type WholeRequest } from '../store/request-store.js';
import { RequestAnswer, WholeRequestAnswer } from './answers.dto.js';

export class RequestListQuery extends ListQuery {
  /** What was answered. */
  @IsOptional() @IsInt() @Min(100) @Max(599)
  status?: number;

  @IsOptional() @IsIn(OUTCOMES)
  outcome?: Outcome;
}

/** "Did it reach you?": what arrived at an integration, newest first. A log: sampled under load, and gone after some days. */
@Controller('api/v1/integrations/:id/requests')
export class RequestsController {
  constructor(private readonly integrations: IntegrationStore, private readonly requests: RequestStore) {}

  @Get()
  @Answers(RequestAnswer, 'page')
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  async list(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Query() { limit, cursor, ...filter }: RequestListQuery,
  ): Promise<Page<RequestAnswer>> {
    const place = decodeCursor(cursor);
    await this.requireIntegration(identity, id);
    const rows = await this.requests.list(identity.tenantId, id, { limit, ...(place === undefined ? {} : { after: place.id }) }, filter);
    const { data, nextCursor } = page(rows, limit, (row) => ({ at: row.receivedAt, id: row.id }));
    return { data: data.map(listed), nextCursor };
  }

  /** One request with its headers and its body, secrets masked. */
  @Get(':requestId')
  @Answers(WholeRequestAnswer)
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  async read(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Param('requestId', IdPipe) requestId: string,
  ): Promise<WholeRequestAnswer> {
    await this.requireIntegration(identity, id);
    const row = await this.requests.find(identity.tenantId, id, requestId);
    if (row === undefined) throw notFound('request', requestId);
    return whole(row);
  }

  private async requireIntegration(identity: Identity, id: string): Promise<void> {
    if (await this.integrations.find(identity.tenantId, id) === null) throw notFound('integration', id);
  }
}

function listed({
  id, receivedAt, method, path, remoteAddress, contentType, status,
  outcome, reason, events, durationMs, traceId, bodyBytes,
}: ListedRequest): RequestAnswer {
  return {
    id, receivedAt: receivedAt.toISOString(), method, path, remoteAddress,
    contentType, status, outcome, reason, events, durationMs, traceId, bodyBytes,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function whole(row: WholeRequest): WholeRequestAnswer {
  const { errors, headers, body, bodyBytes } = row;
  return { ...listed(row), errors: [...errors], headers, ...bodyOf(body), bodyTruncated: body !== null && body.length < (bodyBytes ?? 0) };
}

function bodyOf(bytes: Buffer | null): Pick<WholeRequestAnswer, 'body' | 'bodyEncoding'> {
  if (bytes === null) return { body: null, bodyEncoding: null };
  try {
    return { body: utf8.decode(bytes), bodyEncoding: 'utf8' };
  } catch {
    return { body: bytes.toString('base64'), bodyEncoding: 'base64' };
  }
}
