import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import {
  AlsoAnswers, Answers, AnswersText, IdPipe, badRequest, conflict,
  decodeCursor, etagOf, notFound, page, requireMatch, type Page,
} from '@signalbox/http-api';
import type { Response } from 'express';
import type { IncomingMessage } from 'node:http';
import { ReplayRunner } from '../replay/runner.js';
import type { LetterFilter } from '../store/letter-filter.js';
import type { Letter } from '../store/letter-row.js';
import { LetterStore } from '../store/letter-store.js';
import { ReplayStore } from '../store/replay-store.js';
import { LetterAnswer, LetterSummaryAnswer, PurgeAnswer, ReplayDryRunAnswer, ReplayJobAnswer } from './answers.dto.js';
import { LetterFilterDto, LetterListQuery, Purge, ReplayMany, ReplayOne, SummaryQuery } from './dead-letters.dto.js';
import { sendLines } from './live.js';
import { OwnRoutes } from './own-routes.js';
import { narrowing, requireDead, selectionOf } from './selection.js';

const SAMPLE = 5;

/** What could not be delivered or processed: look, mend, replay, purge. */
@Controller('api/v1/customer/dead-letter')
export class DeadLettersController {
  constructor(
    private readonly letters: LetterStore,
    private readonly replays: ReplayStore,
    private readonly runner: ReplayRunner,
    private readonly routes: OwnRoutes,
  ) {}

  /** Dead letters, the newest death first. Payloads over 16 KB are left out (`shortened`): read the letter itself for them. */
  @Get()
  @Answers(LetterAnswer, 'page')
  @Requires({ resource: 'dead-letter', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, ...filter }: LetterListQuery): Promise<Page<LetterAnswer>> {
    const rows = await this.letters.list(identity.tenantId, filter, limit, decodeCursor(cursor));
    return page(rows, limit, (row) => ({ at: new Date(row.diedAt), id: row.id }));
  }

  /** How many, by what they have in common and by time. */
  @Get('summary')
  @Answers(LetterSummaryAnswer)
  @Requires({ resource: 'dead-letter', action: 'read', role: 'viewer' })
  async summary(@CurrentIdentity() identity: Identity, @Query() { by, bucket, ...filter }: SummaryQuery): Promise<LetterSummaryAnswer> {
    const { groups, truncated } = await this.letters.summary(identity.tenantId, filter, [...new Set(by ?? [])], bucket);
    return { data: groups, truncated };
  }

  /** All that match, whole, as NDJSON; newest death first. */
  @Get('export')
  @AnswersText('application/x-ndjson')
  @Requires({ resource: 'dead-letter', action: 'read', role: 'viewer' })
  async export(@CurrentIdentity() identity: Identity, @Query() filter: LetterFilterDto, @Res() response: Response): Promise<void> {
    await sendLines(response, 'dead-letters.ndjson', this.pages(identity.tenantId, filter));
  }

  /** The whole of one: payload, original bytes, headers, attempts, trace. */
  @Get(':id')
  @Answers(LetterAnswer)
  @Requires({ resource: 'dead-letter', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<LetterAnswer> {
    return found(await this.letters.find(identity.tenantId, id), id);
  }

  /** Replays what the ids or the filter name, as a job; a dry run counts and shows some of it. */
  @Post('replay')
  @HttpCode(202)
  @Answers(ReplayJobAnswer)
  @AlsoAnswers(200, ReplayDryRunAnswer)
  @AlsoAnswers(404)
  @Requires({ resource: 'dead-letter', action: 'write', role: 'editor' })
  async replayMany(
    @CurrentIdentity() identity: Identity,
    @Body() body: ReplayMany,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReplayJobAnswer | ReplayDryRunAnswer> {
    const selection = selectionOf(body, ['ids', 'filter']);
    requireDead(selection);
    if (body.dryRun === true) {
      response.status(200);
      const filter: LetterFilter = { ...selection.filter, state: ['dead'] };
      const dead = { ...selection, filter };
      const sample = selection.ids === undefined
        ? await this.letters.list(identity.tenantId, filter, SAMPLE)
        : await this.sample(identity.tenantId, selection.ids);
      return { dryRun: true, count: await this.letters.count(identity.tenantId, dead), sample: sample.slice(0, SAMPLE) };
    }
    const job = await this.replays.order(identity, { selection, ...(body.ratePerSecond === undefined ? {} : { ratePerSecond: body.ratePerSecond }) });
    this.runner.wake();
    return found(job, body.ids?.[0] ?? '');
  }

  /** Replays one, as it is, with another payload, or by another route. */
  @Post(':id/replay')
  @HttpCode(202)
  @Answers(ReplayJobAnswer)
  @Requires({ resource: 'dead-letter', action: 'write', role: 'editor' })
  async replayOne(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() { payload, ...body }: ReplayOne): Promise<ReplayJobAnswer> {
    const routeId = body.routeId ?? undefined;
    const letter = found(await this.letters.find(identity.tenantId, id), id);
    if (letter.state !== 'dead') {
      throw conflict(
        letter.state === 'replaying' ? 'The letter is being replayed: wait for the outcome.' : 'The letter has been replayed already.',
        'not-dead',
      );
    }
    if (letter.owner === 'ops') {
      throw conflict('The letter could not be read when it came, so nobody can carry it out; its bytes are in `raw`.', 'not-replayable');
    }
    if (routeId !== undefined && letter.kind !== 'route') {
      throw badRequest([{ path: 'routeId', message: 'only letters of kind route can go to another route' }]);
    }
    if (routeId !== undefined) await this.routes.require(identity.tenantId, routeId);
    const job = await this.replays.order(identity, {
      selection: { ids: [id] }, ...(payload === undefined ? {} : { payload }),
      ...(routeId === undefined ? {} : { routeId }),
    });
    this.runner.wake();
    return found(job, id);
  }

  /** Deletes what the ids, the filter or the age name. A dry run counts; the real purge must repeat that count. */
  @Post('purge')
  @HttpCode(200)
  @Answers(PurgeAnswer)
  @Requires({ resource: 'dead-letter', action: 'write', role: 'admin' })
  async purge(@CurrentIdentity() identity: Identity, @Body() body: Purge): Promise<PurgeAnswer> {
    const selection = selectionOf(body, ['ids', 'filter', 'olderThanDays']);
    if (body.dryRun === true) return { dryRun: true, count: await this.letters.purgeable(identity.tenantId, selection) };
    if (body.count === undefined) throw badRequest([{ path: 'count', message: 'must be the count of a dry run (dryRun: true)' }]);
    const told = selection.ids === undefined
      ? { filter: narrowing(body.filter ?? {}), ...(body.olderThanDays === undefined ? {} : { olderThanDays: body.olderThanDays }) }
      : { ids: selection.ids.length };
    const count = await this.letters.purge(identity, selection, body.count, told);
    if (count !== body.count) {
      throw conflict(`It would delete ${count} letters and not ${body.count}, so it deleted none: look again, and repeat the new count.`, 'count-differs');
    }
    return { dryRun: false, count };
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'dead-letter', action: 'write', role: 'admin' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    const result = await this.letters.remove(identity, id, ({ updatedAt }) => requireMatch(request, etagOf(updatedAt)));
    if (result === 'unknown') throw notFound('dead letter', id);
    if (result === 'replaying') throw conflict('The letter is being replayed: wait for the outcome.', 'not-dead');
  }

  private async sample(tenantId: string, ids: readonly string[]): Promise<Letter[]> {
    const letters = await Promise.all(ids.slice(0, SAMPLE).map((id) => this.letters.find(tenantId, id)));
    return letters.filter((letter) => letter?.state === 'dead') as Letter[];
  }

  private async *pages(tenantId: string, filter: LetterFilter): AsyncGenerator<Letter[]> {
    for (let after: { at: Date; id: string } | undefined; ;) {
      const rows = await this.letters.exported(tenantId, filter, after);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      after = { at: new Date(last.diedAt), id: last.id };
    }
  }
}

function found<T>(thing: T | undefined, id: string): T {
  if (thing === undefined) throw notFound('dead letter', id);
  return thing;
}
