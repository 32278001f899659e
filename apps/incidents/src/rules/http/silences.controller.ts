import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { Answers, IdPipe, ListQuery, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import type { SilenceEntity } from '../store/entities.js';
import { SilenceStore } from '../store/rule-store.js';
import { Trials } from '../store/trials.js';
import { PreviewAnswer, SilenceAnswer } from './answers.dto.js';
import { matchersOf } from './fields.js';
import { NewSilence, SilenceChange } from './quiet.dto.js';
import { refuse } from './references.js';
import { RuleResource, given } from './rule-resource.js';

const EVER = { from: '1970-01-01T00:00:00.000Z', to: '9999-12-31T23:59:59.999Z' };

@Controller('api/v1/silences')
export class SilencesController {
  private readonly resource: RuleResource<SilenceEntity, SilenceAnswer>;

  constructor(store: SilenceStore, private readonly trials: Trials) {
    this.resource = new RuleResource(store, { resource: 'silences', one: 'silence', shown });
  }

  @Get()
  @Answers(SilenceAnswer, 'page')
  @Requires({ resource: 'silences', action: 'read', role: 'viewer' })
  list(@CurrentIdentity() identity: Identity, @Query() query: ListQuery): Promise<Page<SilenceAnswer>> {
    return this.resource.page(identity, query);
  }

  @Get(':id')
  @Answers(SilenceAnswer)
  @Requires({ resource: 'silences', action: 'read', role: 'viewer' })
  read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<SilenceAnswer> {
    return this.resource.read(identity, id);
  }

  /** What is open and matches is quiet from now on. */
  @Post()
  @Answers(SilenceAnswer)
  @Requires({ resource: 'silences', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewSilence): Promise<SilenceAnswer> {
    return this.resource.create(identity, { ...checked(body, new Date()), createdBy: identity.subject.name });
  }

  /** What it would have kept quiet of the last 1,000 events, had it always held: its times are set aside. */
  @Post('preview')
  @HttpCode(200)
  @Answers(PreviewAnswer)
  @Requires({ resource: 'silences', action: 'read', role: 'viewer' })
  async preview(@CurrentIdentity() identity: Identity, @Body() body: NewSilence): Promise<PreviewAnswer> {
    const { name, matchers } = checked(body, new Date());
    return this.trials.of(identity.tenantId, { silences: [{ id: newId(), name, matchers, startsAt: EVER.from, endsAt: EVER.to }] });
  }

  /** What is open is held against it as it is then: one that ends now wakes what it kept quiet. */
  @Patch(':id')
  @Answers(SilenceAnswer)
  @Requires({ resource: 'silences', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: SilenceChange,
    @Req() request: IncomingMessage,
  ): Promise<SilenceAnswer> {
    return this.resource.change(identity, id, request, (row) => {
      Object.assign(row, given({
        name: body.name, matchers: body.matchers && matchersOf(body.matchers), startsAt: dateOf(body.startsAt), endsAt: dateOf(body.endsAt),
      }));
      refuse(timeFaults(row));
    });
  }

  /** Ends it: what it kept quiet is told now. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'silences', action: 'write', role: 'editor' })
  remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    return this.resource.remove(identity, id, request);
  }
}

/** What a new one is made of; refuses (400) what cannot be. */
function checked({ name, matchers, startsAt, endsAt }: NewSilence, now: Date) {
  const times = { startsAt: dateOf(startsAt) ?? now, endsAt: new Date(endsAt) };
  refuse([...timeFaults(times), ...(times.endsAt <= now ? [{ path: 'endsAt', message: 'must be later than now' }] : [])]);
  return { name, matchers: matchersOf(matchers), ...times };
}

function timeFaults({ startsAt, endsAt }: Pick<SilenceEntity, 'startsAt' | 'endsAt'>) {
  return endsAt > startsAt ? [] : [{ path: 'endsAt', message: 'must be later than startsAt' }];
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

function shown({ id, name, matchers, startsAt, endsAt, createdBy, version, createdAt, updatedAt }: SilenceEntity): SilenceAnswer {
  return {
    id, name, matchers, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), createdBy,
    version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(),
  };
}
