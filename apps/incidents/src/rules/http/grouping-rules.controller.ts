import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { Answers, IdPipe, ListQuery, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import type { GroupingEntity } from '../store/entities.js';
import { GroupingStore } from '../store/rule-store.js';
import { Trials } from '../store/trials.js';
import { GroupingRuleAnswer, PreviewAnswer } from './answers.dto.js';
import { matchersOf } from './fields.js';
import { GroupingRuleChange, NewGroupingRule } from './quiet.dto.js';
import { RuleResource, given } from './rule-resource.js';

@Controller('api/v1/grouping-rules')
export class GroupingRulesController {
  private readonly resource: RuleResource<GroupingEntity, GroupingRuleAnswer>;

  constructor(store: GroupingStore, private readonly trials: Trials) {
    this.resource = new RuleResource(store, { resource: 'grouping-rules', one: 'grouping rule', shown });
  }

  @Get()
  @Answers(GroupingRuleAnswer, 'page')
  @Requires({ resource: 'grouping-rules', action: 'read', role: 'viewer' })
  list(@CurrentIdentity() identity: Identity, @Query() query: ListQuery): Promise<Page<GroupingRuleAnswer>> {
    return this.resource.page(identity, query);
  }

  @Get(':id')
  @Answers(GroupingRuleAnswer)
  @Requires({ resource: 'grouping-rules', action: 'read', role: 'viewer' })
  read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<GroupingRuleAnswer> {
    return this.resource.read(identity, id);
  }

  /** Of incidents that open from now on. */
  @Post()
  @Answers(GroupingRuleAnswer)
  @Requires({ resource: 'grouping-rules', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewGroupingRule): Promise<GroupingRuleAnswer> {
    return this.resource.create(identity, columnsOf(body));
  }

  /** What it would have grouped of the last 1,000 events, were it the first rule that matches. */
  @Post('preview')
  @HttpCode(200)
  @Answers(PreviewAnswer)
  @Requires({ resource: 'grouping-rules', action: 'read', role: 'viewer' })
  async preview(@CurrentIdentity() identity: Identity, @Body() body: NewGroupingRule): Promise<PreviewAnswer> {
    return this.trials.of(identity.tenantId, { groupings: [{ id: newId(), ...columnsOf(body) }] });
  }

  /** Holds for incidents that open from now on. */
  @Patch(':id')
  @Answers(GroupingRuleAnswer)
  @Requires({ resource: 'grouping-rules', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: GroupingRuleChange,
    @Req() request: IncomingMessage,
  ): Promise<GroupingRuleAnswer> {
    const { name, matchers, by, windowSeconds } = body;
    return this.resource.change(identity, id, request, (row) => void Object.assign(row, given({
      name, matchers: matchers && matchersOf(matchers), by, windowSeconds,
    })));
  }

  /** What it kept quiet is told now. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'grouping-rules', action: 'write', role: 'editor' })
  remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    return this.resource.remove(identity, id, request);
  }
}

function columnsOf({ name, matchers = [], by = [], windowSeconds }: NewGroupingRule) {
  return { name, matchers: matchersOf(matchers), by, windowSeconds };
}

function shown({ id, name, matchers, by, windowSeconds, version, createdAt, updatedAt }: GroupingEntity): GroupingRuleAnswer {
  return { id, name, matchers, by, windowSeconds, version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
