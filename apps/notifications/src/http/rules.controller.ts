import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, auditMessage, type Identity } from '@signalbox/access';
import { ResourceStore, type OutboxMessage } from '@signalbox/database';
import { Answers, IdPipe, ListQuery, badRequest, decodeCursor, etagOf, notFound, page, requireMatch, unchangedSince, type Page } from '@signalbox/http-api';
import { directoryMessage } from '@signalbox/messaging';
import type { IncomingMessage } from 'node:http';
import { isMistyped, severityNamed } from '../domain/event-types.js';
import type { Conditions, Target } from '../domain/rules.js';
import { LiveConfig } from '../store/live-config.js';
import { Recipients } from '../store/recipients.js';
import { RuleEntity } from '../store/rule.entity.js';
import { RuleAnswer } from './answers.dto.js';
import { OwnServices } from './own-services.js';
import { NewRule, RuleChange, RuleConditions, RuleTarget } from './rules.dto.js';

@Controller('api/v1/customer/notification-routing-rules')
export class RulesController {
  constructor(
    private readonly rules: ResourceStore<RuleEntity>,
    private readonly live: LiveConfig,
    private readonly recipients: Recipients,
    private readonly services: OwnServices,
  ) {}

  @Get()
  @Requires({ resource: 'routing-rules', action: 'read', role: 'viewer' })
  @Answers(RuleAnswer, 'page')
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor }: ListQuery): Promise<Page<RuleAnswer>> {
    const place = decodeCursor(cursor);
    const rows = await this.rules.list(identity.tenantId, { limit, ...(place === undefined ? {} : { after: { at: place.at.toISOString(), id: place.id } }) });
    return page(rows.map(shown), limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':id')
  @Requires({ resource: 'routing-rules', action: 'read', role: 'viewer' })
  @Answers(RuleAnswer)
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<RuleAnswer> {
    return shown(found(await this.rules.find(identity.tenantId, id), id));
  }

  @Post()
  @Requires({ resource: 'routing-rules', action: 'write', role: 'editor' })
  @Answers(RuleAnswer)
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewRule): Promise<RuleAnswer> {
    const row = await this.rules.create(identity.tenantId, await this.fieldsOf(identity, body), announce(identity));
    this.live.keepRule(row.id, row);
    return shown(row);
  }

  @Put(':id')
  @Requires({ resource: 'routing-rules', action: 'write', role: 'editor' })
  @Answers(RuleAnswer)
  async replace(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: NewRule,
    @Req() request: IncomingMessage,
  ): Promise<RuleAnswer> {
    return this.update(identity, id, await this.fieldsOf(identity, body), request);
  }

  @Patch(':id')
  @Requires({ resource: 'routing-rules', action: 'write', role: 'editor' })
  @Answers(RuleAnswer)
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: RuleChange,
    @Req() request: IncomingMessage,
  ): Promise<RuleAnswer> {
    const { conditions, targets, ...rest } = body;
    return this.update(identity, id, {
      ...rest,
      ...(given(conditions) ? { conditions: await this.checked(identity, conditions) } : {}),
      ...(given(targets) ? { targets: await this.ownTargets(identity, targets) } : {}),
    }, request);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'routing-rules', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await this.rules.remove(identity.tenantId, id, unchangedSince(request), announce(identity)))) throw notFound('routing rule', id);
    this.live.keepRule(id, null);
  }

  private async update(identity: Identity, id: string, fields: Partial<RuleEntity>, request: IncomingMessage) {
    const row = await this.rules.update(identity.tenantId, id, (rule) => {
      requireMatch(request, etagOf(rule.version));
      Object.assign(rule, Object.fromEntries(Object.entries(fields).filter(([, value]) => given(value))));
    }, announce(identity));
    const rule = found(row, id);
    this.live.keepRule(id, rule);
    return shown(rule);
  }

  private async fieldsOf(identity: Identity, body: NewRule) {
    return {
      name: body.name, enabled: body.enabled ?? true, priority: body.priority ?? 0, stop: body.stop ?? false,
      conditions: await this.checked(identity, body.conditions ?? {}), targets: await this.ownTargets(identity, body.targets),
    };
  }

  private async checked({ tenantId }: Identity, conditions: RuleConditions): Promise<Conditions> {
    const message = 'is no event type of incidents: GET /api/v1/event-types lists them';
    const mistyped = (conditions.eventTypes ?? []).flatMap((type, index) =>
      (isMistyped(type) ? [{ path: `conditions.eventTypes[${index}]`, message }] : []));
    if (mistyped.length > 0) throw badRequest(mistyped);
    await this.services.require(tenantId, Object.fromEntries((conditions.serviceIds ?? []).map((id, index) => [`conditions.serviceIds[${index}]`, id])));
    return normalised(conditions);
  }

  private async ownTargets({ tenantId }: Identity, targets: readonly RuleTarget[]): Promise<Target[]> {
    const named = targets.map(({ type, id }) => ({ type, id: id.toLowerCase() }));
    const own = await Promise.all(named.map((target) => this.recipients.isOwn(tenantId, target)));
    const faults = named.flatMap(({ type }, index) =>
      (own[index] === true ? [] : [{ path: `targets[${index}].id`, message: `is not the id of a ${type} of yours` }]));
    if (faults.length > 0) throw badRequest(faults);
    return named;
  }
}

function given<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function normalised(conditions: RuleConditions): Conditions {
  const set = Object.fromEntries(Object.entries(conditions).filter(([, value]) => given(value))) as Conditions;
  return set.severities === undefined ? set : { ...set, severities: set.severities.map((name) => severityNamed(name) ?? name) };
}

function shown(row: RuleEntity) {
  const { id, name, enabled, priority, stop, conditions, targets, version } = row;
  return { id, name, enabled, priority, stop, conditions, targets, version, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('routing rule', id);
  return row;
}

function announce(identity: Identity) {
  return (before: RuleEntity | undefined, after: RuleEntity | undefined): OutboxMessage[] => {
    const { id, version, tenantId } = (after ?? before)!;
    return [
      directoryMessage('routing-rules', id, after === undefined ? version + 1 : version, after === undefined ? null : { id, tenantId }),
      auditMessage(identity, {
        action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update', resource: 'routing-rules', resourceId: id,
        before: before === undefined ? null : shown(before), after: after === undefined ? null : shown(after),
      }),
    ];
  };
}
