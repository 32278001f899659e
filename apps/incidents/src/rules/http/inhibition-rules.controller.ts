import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { Answers, IdPipe, ListQuery, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import type { InhibitionEntity } from '../store/entities.js';
import { InhibitionStore } from '../store/rule-store.js';
import { Trials } from '../store/trials.js';
import { InhibitionRuleAnswer, PreviewAnswer } from './answers.dto.js';
import { matchersOf } from './fields.js';
import { InhibitionRuleChange, NewInhibitionRule } from './quiet.dto.js';
import { RuleResource, given } from './rule-resource.js';

@Controller('api/v1/inhibition-rules')
export class InhibitionRulesController {
  private readonly resource: RuleResource<InhibitionEntity, InhibitionRuleAnswer>;

  constructor(store: InhibitionStore, private readonly trials: Trials) {
    this.resource = new RuleResource(store, { resource: 'inhibition-rules', one: 'inhibition rule', shown });
  }

  @Get()
  @Answers(InhibitionRuleAnswer, 'page')
  @Requires({ resource: 'inhibition-rules', action: 'read', role: 'viewer' })
  list(@CurrentIdentity() identity: Identity, @Query() query: ListQuery): Promise<Page<InhibitionRuleAnswer>> {
    return this.resource.page(identity, query);
  }

  @Get(':id')
  @Answers(InhibitionRuleAnswer)
  @Requires({ resource: 'inhibition-rules', action: 'read', role: 'viewer' })
  read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<InhibitionRuleAnswer> {
    return this.resource.read(identity, id);
  }

  @Post()
  @Answers(InhibitionRuleAnswer)
  @Requires({ resource: 'inhibition-rules', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewInhibitionRule): Promise<InhibitionRuleAnswer> {
    return this.resource.create(identity, columnsOf(body));
  }

  /** What it would have kept quiet of the last 1,000 events: the incidents that opened while a source was open. */
  @Post('preview')
  @HttpCode(200)
  @Answers(PreviewAnswer)
  @Requires({ resource: 'inhibition-rules', action: 'read', role: 'viewer' })
  async preview(@CurrentIdentity() identity: Identity, @Body() body: NewInhibitionRule): Promise<PreviewAnswer> {
    return this.trials.of(identity.tenantId, { inhibitions: [{ id: newId(), ...columnsOf(body) }] });
  }

  @Patch(':id')
  @Answers(InhibitionRuleAnswer)
  @Requires({ resource: 'inhibition-rules', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: InhibitionRuleChange,
    @Req() request: IncomingMessage,
  ): Promise<InhibitionRuleAnswer> {
    const { name, source, target, equal } = body;
    return this.resource.change(identity, id, request, (row) => void Object.assign(row, given({
      name, source: source && matchersOf(source), target: target && matchersOf(target), equal,
    })));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'inhibition-rules', action: 'write', role: 'editor' })
  remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    return this.resource.remove(identity, id, request);
  }
}

function columnsOf({ name, source, target, equal = [] }: NewInhibitionRule) {
  return { name, source: matchersOf(source), target: matchersOf(target), equal };
}

function shown({ id, name, source, target, equal, version, createdAt, updatedAt }: InhibitionEntity): InhibitionRuleAnswer {
  return { id, name, source, target, equal, version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
