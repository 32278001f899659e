import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, AnswersText, IdPipe, ListQuery, conflict, decodeCursor, notFound, page, type Page } from '@signalbox/http-api';
import { Transform } from 'class-transformer';
import { IsArray, IsIn, IsOptional } from 'class-validator';
import type { Response } from 'express';
import { ITEM_STATES, JOB_STATES, type ItemState, type JobAction, type JobState } from '../domain/replay-job.js';
import { ReplayRunner } from '../replay/runner.js';
import type { ReplayJob } from '../store/replay-job-row.js';
import { ReplayStore } from '../store/replay-store.js';
import { ReplayItemAnswer, ReplayJobAnswer } from './answers.dto.js';
import { sendEvents } from './live.js';

export class JobListQuery extends ListQuery {
  @IsOptional() @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value)) @IsArray() @IsIn(JOB_STATES, { each: true })
  state?: JobState[];
}

export class ItemListQuery extends ListQuery {
  @IsOptional() @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value)) @IsArray() @IsIn(ITEM_STATES, { each: true })
  state?: ItemState[];
}

/** Replays that run, wait or are over. `done` letters are delivered. */
@Controller('api/v1/replay-jobs')
export class ReplayJobsController {
  constructor(private readonly replays: ReplayStore, private readonly runner: ReplayRunner) {}

  /** Replay jobs, newest first. */
  @Get()
  @Answers(ReplayJobAnswer, 'page')
  @Requires({ resource: 'replay-jobs', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, state }: JobListQuery): Promise<Page<ReplayJobAnswer>> {
    const rows = await this.replays.list(identity.tenantId, state, limit, decodeCursor(cursor));
    return page(rows, limit, (row) => ({ at: new Date(row.startedAt), id: row.id }));
  }

  @Get(':id')
  @Answers(ReplayJobAnswer)
  @Requires({ resource: 'replay-jobs', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ReplayJobAnswer> {
    return found(await this.replays.find(identity.tenantId, id), id);
  }

  /** The letters of a job in the order in which they go out, each with its state, and the reason when it failed or was skipped. */
  @Get(':id/items')
  @Answers(ReplayItemAnswer, 'page')
  @Requires({ resource: 'replay-jobs', action: 'read', role: 'viewer' })
  async items(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Query() { limit, cursor, state }: ItemListQuery,
  ): Promise<Page<ReplayItemAnswer>> {
    found(await this.replays.find(identity.tenantId, id), id);
    const rows = await this.replays.items(id, state, limit, decodeCursor(cursor)?.at.getTime());
    // Their order is a position and no time; a cursor holds a number either way.
    return page(rows, limit, (row) => ({ at: new Date(row.position), id: row.letterId }));
  }

  /** Server-sent events: `progress` with the job whenever it has moved, `end` with the finished job. */
  @Get(':id/stream')
  @AnswersText('text/event-stream')
  @Requires({ resource: 'replay-jobs', action: 'read', role: 'viewer' })
  async stream(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Res() response: Response): Promise<void> {
    found(await this.replays.find(identity.tenantId, id), id);
    await sendEvents(response, () => this.replays.find(identity.tenantId, id), (job) => job.finishedAt !== null);
  }

  /** Sends nothing more until it is resumed; what is on its way comes to its end. */
  @Post(':id/pause')
  @HttpCode(200)
  @Answers(ReplayJobAnswer)
  @Requires({ resource: 'replay-jobs', action: 'write', role: 'editor' })
  async pause(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ReplayJobAnswer> {
    return this.act(identity, id, 'pause');
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Answers(ReplayJobAnswer)
  @Requires({ resource: 'replay-jobs', action: 'write', role: 'editor' })
  async resume(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ReplayJobAnswer> {
    return this.act(identity, id, 'resume');
  }

  /** Skips all that has not gone out; what is on its way comes to its end. */
  @Post(':id/cancel')
  @HttpCode(200)
  @Answers(ReplayJobAnswer)
  @Requires({ resource: 'replay-jobs', action: 'write', role: 'editor' })
  async cancel(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ReplayJobAnswer> {
    return this.act(identity, id, 'cancel');
  }

  private async act(identity: Identity, id: string, action: JobAction): Promise<ReplayJob> {
    const job = await this.replays.act(identity, id, action);
    if (job === 'conflict') throw conflict(`The job is over or cancelled: it cannot ${action} any more.`, 'job-over');
    this.runner.wake();
    return found(job, id);
  }
}

function found<T>(job: T | undefined, id: string): T {
  if (job === undefined) throw notFound('replay job', id);
  return job;
}
